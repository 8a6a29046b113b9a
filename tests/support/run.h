// Real programs in real processes: start one, wait for it, see what it said.
//
//   auto done = purser::test::run({.words = {"purser", "status", "--json"}, .environment = {{"PURSER_DB",
//   path}}}); EXPECT_EQ(done.exit_status, 0) << done.err;
//
// Standard input, output and error are files in memory, so nothing blocks however much is said.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace purser::test {

struct Command {
  std::vector<std::string> words;  // the program (found on PATH where it has no slash) and its arguments
  std::string input = {};          // on standard input
  std::map<std::string, std::optional<std::string>> environment = {};  // beside our own; nullopt: without it
};

struct Finished {
  int exit_status = -1;  // -1 where a signal ended it
  int signal = 0;
  std::string out, err;
};

// A process that was started. Whoever does not wait for it kills it.
class Process {
 public:
  explicit Process(const Command& command);  // throws std::system_error where it cannot be started
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t id() const { return id_; }
  void signal(int number) const;
  Finished wait();

 private:
  pid_t id_ = -1;
  int in_ = -1, out_ = -1, err_ = -1;
};

Finished run(const Command& command);

// As a user who owns nothing here (nobody), in `group` beside his own: needs root, see `is_root`.
Command as_nobody(Command command, gid_t group = 65534);
bool is_root();

// Whether `name` is a program on PATH.
bool has_program(const std::string& name);

}  // namespace purser::test
