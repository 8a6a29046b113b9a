// What cannot be undone is asked for: at a terminal by a question, elsewhere by --yes.
#pragma once

#include <string>

#include "frame/verb.h"

namespace purser::cli {

// Off a terminal, without --yes: throws usage. `warning`: what the verb does, as a sentence's beginning.
void require_yes_off_a_terminal(const Arguments& arguments, const std::string& warning);

// Throws usage where neither --yes nor the person at the terminal says so.
void require_confirmation(const Arguments& arguments, const std::string& question);

}  // namespace purser::cli
