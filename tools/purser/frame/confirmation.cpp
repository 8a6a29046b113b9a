#include "frame/confirmation.h"

#include <unistd.h>

#include <iostream>

#include "frame/printable.h"
#include "frame/talk.h"
#include "purser/error.h"

namespace purser::cli {
namespace {

bool is_confirmed(const std::string& question) {
  talk_raw(one_line(question) + " [y/N] ");
  std::string reply;
  std::getline(std::cin, reply);
  return reply == "y" || reply == "Y" || reply == "yes";
}

}  // namespace

void require_yes_off_a_terminal(const Arguments& arguments, const std::string& warning) {
  if (arguments.has("--yes") || isatty(STDIN_FILENO) == 1) return;
  throw Error(ErrorCode::usage, warning + ": add --yes to say that it is meant");
}

void require_confirmation(const Arguments& arguments, const std::string& question) {
  if (arguments.has("--yes") || is_confirmed(question)) return;
  throw Error(ErrorCode::usage, "nothing was changed: it was not confirmed");
}

}  // namespace purser::cli
