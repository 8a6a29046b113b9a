// Standard output, which is for answers, and the process that reads it. The only place that writes there. An
// answer is made safe to print here; a value in it that may hold a newline passes one_line() before.
#pragma once

#include <exception>
#include <string_view>

namespace purser::cli {

// True on a terminal, unless NO_COLOR is set or the terminal is dumb.
bool shows_colour();

// False, with a message on stderr, where the answer could not be written: silence must not pass for a grant.
bool deliver(std::string_view output);

// Ends a verb of many answers, one of which could not be written; deliver() has reported that.
class OutputLost final : public std::exception {
 public:
  const char* what() const noexcept override { return "standard output is lost"; }
};

// --- The reader ------------------------------------------------------------------------------------------
//
// The process that started this one, at the other end of standard output. What is granted when it has gone
// would be held, and then counted as spent, for a call that is never sent.

// REQUIRES: called at the start, while the parent is still the process that asked.
void remember_parent();

// True where that parent has ended, or the other end of standard output was closed.
bool reader_has_left();

// Ends a wait whose reader has left; what was granted was given back.
class ReaderLeft final : public std::exception {
 public:
  const char* what() const noexcept override {
    return "nobody waits for the answer any more: "
           "the process that asked has ended, or the other end of standard output is closed";
  }
};

}  // namespace purser::cli
