// Lines to the person at the terminal, on stderr; stdout is for answers.
//
// Each is written at once, so that lines of several processes stay whole, and any thread may write one. A
// closed stderr is nobody's fault.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace purser::cli {

void talk_raw(const std::string& text);
inline void talk(std::string_view line) { talk_raw("purser: " + std::string(line) + "\n"); }

// A line of the moment, for a terminal: the next one takes its place, and so does whatever is said.
void show_line(const std::string& text);
void clear_line();

// Writes elsewhere on the terminal: without the line of the moment, and with nobody else talking meanwhile.
void undisturbed(const std::function<void()>& writes);

}  // namespace purser::cli
