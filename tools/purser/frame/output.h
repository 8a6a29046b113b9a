// Standard output, which is for answers: the one place that writes there. Whatever came into an answer is
// made safe to print here; a value that may hold a line's end passes one_line() before.
#pragma once

#include <exception>
#include <string_view>

namespace purser::cli {

// On a terminal, unless NO_COLOR is set.
bool shows_colour();

// False, with a word on stderr, where the answer did not get out: nobody is to take silence for a grant.
bool deliver(std::string_view output);

// An answer in mid-run did not get out, and that was told: there is nobody left to work for.
class OutputLost final : public std::exception {
 public:
  const char* what() const noexcept override { return "standard output is lost"; }
};

}  // namespace purser::cli
