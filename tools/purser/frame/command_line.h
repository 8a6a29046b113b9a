// From the words of the command line to a verb and its arguments. The only part that knows CLI11.
#pragma once

#include <string>
#include <vector>

#include "frame/verb.h"

namespace purser::cli {

struct CommandLine {
  const VerbSpec* verb = nullptr;  // null: none was named
  std::string path;                // the verb, or how far the words led: "", "keepa", "keepa policy"
  Arguments arguments;             // of the verb
  Arguments globals;               // --db, --account, --worker, --json, --help, --version
};

// Throws Error(usage), in words of our own, for whatever the tables do not allow. With --help or
// --version among the globals nothing else is required of the words but a verb that exists.
CommandLine parse_command_line(const std::vector<std::string>& words);

// Whether errors, those of parsing among them, are to be told as JSON too.
bool wants_json(const std::vector<std::string>& words);

}  // namespace purser::cli
