#include "frame/context.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "frame/output.h"
#include "frame/printable.h"
#include "frame/talk.h"

namespace purser::cli {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The parent's process id: a script runs this program once a step, and its own process is what the steps
// have in common.
std::string calling_worker() {
  utsname host{};
  return fmt::format("{}:{}", uname(&host) == 0 ? host.nodename : "unknown-host", getppid());
}

constexpr std::size_t kLongestName = 200;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// The worker's name stands in every row of the ledger, so it obeys the same rules as a task's name.
std::string named_worker(const Arguments& globals) {
  if (!globals.has("--worker")) return calling_worker();
  std::string name = globals.text("--worker");
  if (name.empty() || name.size() > kLongestName || std::any_of(name.begin(), name.end(), is_control)) {
    throw Error(ErrorCode::usage,
                fmt::format("--worker takes a name of 1 to {} bytes without control characters, not {}",
                            kLongestName, in_quotes(name)));
  }
  return name;
}

std::string named_database(const Arguments& globals) {
  if (!globals.has("--db")) return environment("PURSER_DB");
  std::string path = globals.text("--db");
  if (path.empty()) throw Error(ErrorCode::usage, "--db needs a path, and this one is empty");
  return path;
}

}  // namespace

void StderrLog::line(LogLevel level, std::string_view text) {
  talk((level == LogLevel::warning ? "warning: " : "") + std::string(text));
}

Context::Context(const Arguments& globals, std::vector<std::string> words)
    : words_(std::move(words)),
      json_(globals.has("--json")),
      colour_(!json_ && shows_colour()),
      names_account_(globals.has("--account")),
      names_database_(false),
      account_(globals.has("--account") ? globals.text("--account") : "default"),
      worker_(named_worker(globals)),
      database_path_(named_database(globals)) {
  names_database_ = !database_path_.empty();
}

DatabaseOptions Context::database_options(Clock& clock) {
  DatabaseOptions options;
  options.path = names_database_ ? database_path_ : default_database_path();
  options.worker = worker_;
  options.clock = &clock;
  options.log = &log_;
  return options;
}

DatabaseOptions Context::quiet_database_options() {
  DatabaseOptions options = database_options();
  options.log = nullptr;
  return options;
}

void Context::answer(const json::Object& object, std::string_view text) {
  if (json_) {
    print(object);
  } else {
    print(text);
  }
}

void Context::answer_now(const json::Object& object, std::string_view text) {
  answer(object, text);
  if (!deliver(std::exchange(output_, {}))) throw OutputLost();
}

void Context::print(const json::Object& object) { output_ += object.text() + "\n"; }

void Context::print(std::string_view text) {
  output_ += text;
  if (!text.empty() && text.back() != '\n') output_ += '\n';
}

}  // namespace purser::cli
