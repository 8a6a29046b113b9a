// The programs `purser` and `purser-net`: find the verb that the words of the command line name, run it,
// write its answer to stdout, and end with its exit status.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "frame/command_line.h"
#include "frame/context.h"
#include "frame/output.h"
#include "frame/printable.h"
#include "frame/talk.h"
#include "frame/verbs.h"
#include "json/exit_status.h"
#include "purser/error.h"
#include "purser/key_ring.h"

namespace purser::cli {
namespace {

using Words = std::vector<std::string>;  // of the command line, the program's name first

struct Outcome {
  int status = kYes;
  std::string output;
  std::function<void()> give_back = {};  // gives back what was granted, where the output cannot be written
};

Outcome fault(ErrorCode code, const std::string& whole_message, bool retryable, bool json) {
  std::string message = shortened(whole_message, kLongestMessage);
  talk(message);
  Outcome outcome{json::exit_status(code), {}};
  if (json) outcome.output = json::encode_error(code, message, retryable).text() + "\n";
  return outcome;
}

Outcome no_verb(const std::string& path, bool json) {
  talk_raw(help_for(path) + "\n");
  std::string group = path.empty() ? "purser" : "purser " + path;
  return fault(ErrorCode::usage, fmt::format("{} needs a verb (see {} --help)", group, group), false, json);
}

Outcome version(bool json) {
  if (json) return {kYes, json::Object().add("version", PURSER_VERSION).text() + "\n"};
  return {kYes, "purser " PURSER_VERSION "\n"};
}

// The workers may have a database that this caller forgot to name; a new one would then be a second truth. So
// the message does not only suggest `purser init`.
[[noreturn]] void refuse_unnamed_database() {
  throw Error(
      ErrorCode::no_database,
      fmt::format(
          "PURSER_DB is not set, and there is no database at {}: "
          "name the workers' database with PURSER_DB or --db; `purser init` makes a new, empty one there",
          default_database_path().string()));
}

Outcome run(const Words& words) {
  CommandLine line = parse_command_line({words.begin() + 1, words.end()});
  bool json = line.globals.has("--json");
  if (line.globals.has("--help")) return {kYes, help_for(line.path)};
  if (line.globals.has("--version")) return version(json);
  if (line.verb == nullptr) return no_verb(line.path, json);
  Context context(line.globals, words);
  try {
    int status = line.verb->run(context, line.arguments);
    return {status, context.output(), context.take_give_back()};
  } catch (const Error& fault) {
    if (fault.code() != ErrorCode::no_database || context.names_database()) throw;
    refuse_unnamed_database();
  }
}

// Keys pass through much of the memory: the environment, strings, libcurl's buffers. So all of it is kept
// out of the swap, or none. All of it where the operator lifted the limit (LimitMEMLOCK=infinity): under a
// finite one, a later allocation would fail.
void keep_out_of_swap() {
  struct rlimit limit {};
  if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY) return;
  static_cast<void>(
      mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT));  // refused: as without the limit lifted
}

Outcome run_and_catch(const Words& words) {
  try {
    forbid_core_dumps();  // for every verb, since there may be secrets in the environment
    keep_out_of_swap();
    return run(words);
  } catch (const OutputLost&) {
    return {kDisk, {}};
  } catch (const ReaderLeft& left) {
    talk(left.what());
    return {kDisk, {}};
  } catch (const Error& error) {
    return fault(error.code(), error.what(), error.retryable(), wants_json(words));
  } catch (const std::bad_alloc&) {
    return fault(ErrorCode::io_error, "there is not enough memory for this", false, wants_json(words));
  } catch (const std::exception& error) {
    return fault(ErrorCode::internal, fmt::format("internal error: {}", error.what()), false,
                 wants_json(words));
  }
}

// Where the caller closed a standard descriptor, the next file that is opened here would get its number,
// and the answer would be written into that file. A read-only /dev/null takes the number: reading finds the
// end, and writing fails.
void occupy_standard_descriptors() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) >= 0) continue;
    if (open("/dev/null", O_RDONLY) < 0) _exit(kDisk);
  }
}

int run_program(const Words& words) {
  // A reader who left and a file at its size limit then are errors of write(), which are reported.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  occupy_standard_descriptors();
  remember_parent();
  Outcome outcome = run_and_catch(words);
  if (deliver(outcome.output)) return outcome.status;
  if (outcome.give_back) outcome.give_back();
  return kDisk;
}

}  // namespace
}  // namespace purser::cli

int main(int argc, char** argv) {
  std::vector<std::string> words(argv, argv + argc);
  if (words.empty()) words.emplace_back("purser");
  return purser::cli::run_program(words);
}
