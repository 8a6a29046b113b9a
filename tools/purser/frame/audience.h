// Who reads the answer: the process that started this one, at the other end of standard output. What is
// granted to nobody would be held, and then counted as spent, for a call that is never sent.
#pragma once

#include <exception>

namespace purser::cli {

// At the start, while the parent is the one that asked.
void remember_parent();

// The parent has ended, or what standard output leads to was closed.
bool audience_has_left();

// A wait has ended, since nobody is left to wait for; what was granted was given back.
class AudienceLeft final : public std::exception {
 public:
  const char* what() const noexcept override {
    return "nobody waits for the answer any more: the process that asked has ended, or the other end of "
           "standard "
           "output is closed";
  }
};

}  // namespace purser::cli
