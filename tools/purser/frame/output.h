// Standard output, which is for answers, and the process that reads it. This is the one place that writes there.
// Whatever came into an answer is made safe to print here; a value that may hold a line's end passes one_line()
// before.
#pragma once

#include <exception>
#include <string_view>

namespace purser::cli {

// On a terminal, unless NO_COLOR is set.
bool shows_colour();

// False, with a message on stderr, where the answer could not be written: nobody may take silence for a grant.
bool deliver(std::string_view output);

// One of several answers could not be written, which stderr says already: there is nobody left to work for.
class OutputLost final : public std::exception {
 public:
  const char* what() const noexcept override { return "standard output is lost"; }
};

// --- The reader ------------------------------------------------------------------------------------------
//
// The process that started this one, at the other end of standard output. What is granted when it has gone
// would be held, and then counted as spent, for a call that is never sent.

// Call it at the start, while the parent is the one that asked.
void remember_parent();

// The parent has ended, or what standard output leads to was closed.
bool reader_has_left();

// Ends a wait whose reader has left; what was granted was given back.
class ReaderLeft final : public std::exception {
 public:
  const char* what() const noexcept override {
    return "nobody waits for the answer any more: the process that asked has ended, or the other end of standard "
           "output is closed";
  }
};

}  // namespace purser::cli
