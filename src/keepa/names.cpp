// The names of enums, which are stored and printed, and commands for a person to copy.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "purser/keepa.h"
#include "purser/keepa_status.h"

namespace purser::keepa {
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || c == ':' || c == '/';
}

// A name can be any text: quoted where a shell would not take it literally.
std::string shell_word(std::string_view text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  std::string quoted = "'";
  for (char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

// "--name value", or "--name=value" for a value with a leading dash, which would be taken for another option.
std::string option_text(std::string_view name, std::string_view value) {
  bool has_dash = !value.empty() && value.front() == '-';
  return fmt::format("{}{}{}", name, has_dash ? '=' : ' ', shell_word(value));
}

}  // namespace

std::string_view name_of(Reason reason) {
  switch (reason) {
    case Reason::threshold: return "threshold";
    case Reason::buffer: return "buffer";
    case Reason::max_deficit: return "max_deficit";
    case Reason::queued: return "queued";
    case Reason::unknown_balance: return "unknown_balance";
    case Reason::no_refill: return "no_refill";
    case Reason::beyond_capacity: return "beyond_capacity";
  }
  return "unknown";
}

std::string_view name_of(Advice advice) { return advice == Advice::wait ? "wait" : "skip"; }

std::string_view name_of(Ending ending) {
  switch (ending) {
    case Ending::settle: return "settle";
    case Ending::release: return "release";
    case Ending::expire: return "expire";
    case Ending::nullify: return "void";
  }
  return "unknown";
}

std::string keepa_command(std::string_view account, std::string_view verb) {
  std::string of_account = account == "default" ? "" : option_text("--account", account) + " ";
  return fmt::format("purser {}keepa {}", of_account, verb);
}

std::string leave_command(std::string_view account, std::string_view task) {
  return keepa_command(account, "leave " + option_text("--task", task));
}

}  // namespace purser::keepa
