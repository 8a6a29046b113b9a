// Messages to the person at the terminal, on stderr; stdout is for answers.
//
// Each is one write, so that lines of several processes stay whole, and any thread may write one. A closed
// stderr is no error. The only place that writes there: messages are made safe to print, and no text from
// elsewhere begins a line of its own.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "frame/verb.h"

namespace purser::cli {

void talk_raw(const std::string& text);  // whole lines, or a question without a newline
void talk(std::string_view line);        // one line, after "purser: "

// A transient line, for a terminal: the next one replaces it, and so does any message.
void show_line(const std::string& text);
void clear_line();

// Runs `writes`, which may write to the terminal: the transient line is cleared before, and no message of
// another thread comes between.
void exclusively(const std::function<void()>& writes);

// --- Confirmation of what cannot be undone: a question at a terminal, elsewhere --yes --------------------

// Throws usage without --yes where stdin is no terminal. `warning` begins the message: what the verb does.
void require_yes_off_a_terminal(const Arguments& arguments, const std::string& warning);

// Throws usage where neither --yes nor the person at the terminal says so.
void require_confirmation(const Arguments& arguments, const std::string& question);

}  // namespace purser::cli
