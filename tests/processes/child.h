// Real processes for tests: forked before the test opens a database, told by pipes when to go on.
//
//   Pipe told;
//   Child worker([&] { ...; told.write_line("done"); return 0; });
//   EXPECT_EQ(told.read_line(), "done");
//   EXPECT_EQ(worker.wait(), 0);
//
// In a child no EXPECT is heard: it answers by its exit status and through pipes.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace purser::test {

class Pipe {
 public:
  Pipe();
  ~Pipe();
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  // Whole also beside other writers: one write of less than PIPE_BUF.
  void write_line(std::string_view text);
  // nullopt: nobody who could write is left.
  std::optional<std::string> read_line();
  void close_write();

  int read_end() const { return read_end_; }
  int write_end() const { return write_end_; }

 private:
  int read_end_ = -1;
  int write_end_ = -1;
  std::string unread_;
};

// Where all children wait until the parent says go.
class StartLine {
 public:
  void wait_in_child();
  void go() { pipe_.close_write(); }

 private:
  Pipe pipe_;
};

class Child {
 public:
  static constexpr int kThrew = 99;  // `work` threw; what it threw is on stderr

  explicit Child(const std::function<int()>& work);
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;  // kills the one that was here
  ~Child();                                  // kills it where it still lives

  pid_t pid() const { return pid_; }
  int wait() noexcept;   // its exit status, or minus the signal that ended it
  void kill() noexcept;  // SIGKILL, and it is gone when this returns

 private:
  pid_t pid_ = 0;  // 0: waited for
};

}  // namespace purser::test
