// Parses the words of the command line into a verb and its arguments. The only part that knows CLI11.
#pragma once

#include <string>
#include <vector>

#include "frame/verb.h"

namespace purser::cli {

struct CommandLine {
  const VerbSpec* verb = nullptr;  // null: the words name none
  std::string path;                // the verb, or how far the words led: "", "keepa", "keepa policy"
  Arguments arguments;             // of the verb
  Arguments globals;               // --db, --account, --worker, --json, --help, --version
};

// Throws Error(usage) for whatever the tables do not allow, with a message of purser's instead of CLI11's.
// With --help or --version the words need nothing but a verb that exists.
CommandLine parse_command_line(const std::vector<std::string>& words);

// Whether errors are printed as JSON too. It needs no parsed line, so that errors of parsing are among them.
bool wants_json(const std::vector<std::string>& words);

}  // namespace purser::cli
