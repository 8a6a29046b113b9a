// Lines to the person at the terminal, on stderr; stdout is for answers.
//
// Each is written at once, so that lines of several processes stay whole, and any thread may write one. A
// closed stderr is nobody's fault. This is the one place that writes there: what is said is made safe to
// print, and nothing that came from elsewhere makes a line of its own.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "frame/verb.h"

namespace purser::cli {

void talk_raw(const std::string& text);  // lines, or a question that is not ended
void talk(std::string_view line);        // one line, "purser: " before it

// A line of the moment, for a terminal: the next one takes its place, and so does whatever is said.
void show_line(const std::string& text);
void clear_line();

// Writes elsewhere on the terminal: without the line of the moment, and with nobody else talking meanwhile.
void undisturbed(const std::function<void()>& writes);

// --- Confirmation of what cannot be undone: a question at a terminal, elsewhere --yes --------------------

// Throws usage without --yes where there is no terminal. `warning`: what the verb does, the beginning of a
// sentence.
void require_yes_off_a_terminal(const Arguments& arguments, const std::string& warning);

// Throws usage where neither --yes nor the person at the terminal says so.
void require_confirmation(const Arguments& arguments, const std::string& question);

}  // namespace purser::cli
