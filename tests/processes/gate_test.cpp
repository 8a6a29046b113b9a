// The write gate between processes: who holds it, who dies holding it, who ignores it.
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <utility>

#include "processes/process_test.h"

namespace purser::test {
namespace {

using namespace std::chrono_literals;

// A clock that calls `at_next_reading` the next time the library reads it: which it does with the gate in its
// hands, since a decision needs the time at which the lock was there.
class InterruptingClock final : public Clock {
 public:
  Instant now() const override {
    if (at_next_reading) std::exchange(at_next_reading, nullptr)();
    return system_clock().now();
  }
  SteadyInstant steady_now() const override { return system_clock().steady_now(); }
  void sleep_until(SteadyInstant when) override { system_clock().sleep_until(when); }

  mutable std::function<void()> at_next_reading;
};

class Gate : public ProcessTest {
 protected:
  // A process that does `before` with the database open, begins an acquire, and with the gate in its hands
  // does `inside`, tells so, and stays there.
  Child stop_inside(
      Pipe& told, std::function<void()> before = [] {}, std::function<void()> inside = [] {}) const {
    return Child([&] {
      InterruptingClock clock;
      DatabaseOptions mine = options();
      mine.clock = &clock;
      Database database = Database::open(mine);
      keepa::Ledger ledger(database);
      acquire(ledger, "backfiller", 1);  // now it has the gate's file open
      before();
      clock.at_next_reading = [&] {
        inside();
        told.write_line("inside");
        for (;;) pause();
      };
      return acquire(ledger, "backfiller", 80) ? 0 : 1;
    });
  }

  bool is_held() const {
    const int gate = ::open(gate_path().c_str(), O_RDWR | O_CLOEXEC);
    const bool held = flock(gate, LOCK_EX | LOCK_NB) != 0;
    close(gate);
    return held;
  }

  void expect_that_the_next_writer_gets_in() const {
    Database database = open();
    keepa::Ledger ledger(database);
    EXPECT_TRUE(acquire(ledger, "backfiller", 80));
    EXPECT_TRUE(all_add_up(ledger.verify()));
  }

  // What the error of a writer says that waits in vain.
  std::string refusal() const {
    return test::message_of(ErrorCode::busy, [&] {
      Database database = Database::open(options(100ms));
      keepa::Ledger ledger(database);
      acquire(ledger, "backfiller", 80);
    });
  }
  static std::string fmt_pid(pid_t pid) { return "(pid " + std::to_string(pid) + ")"; }

  std::string gate_path() const { return folder_.file("purser.db-gate").string(); }
};

// A child that a worker leaves behind, as one does that starts a helper and does not exec. It lives until the
// test lets go of the leash.
void fork_one_that_lives_on(Pipe& leash, Pipe& told) {
  const pid_t pid = fork();
  if (pid == 0) {
    leash.close_write();
    leash.read_line();
    std::_Exit(0);
  }
  told.write_line(std::to_string(pid));
}

TEST_F(Gate, AKilledHolderHoldsNobodyUp) {
  make_database(1000);
  Pipe told;
  Child holder = stop_inside(told);
  ASSERT_EQ(told.read_line(), "inside");
  ASSERT_TRUE(is_held());
  holder.kill();
  expect_that_the_next_writer_gets_in();
}

// The child has a copy of every descriptor, the locked one too: it must let go of it at the fork.
TEST_F(Gate, NeitherDoesOneWhoseChildLivesOn) {
  make_database(1000);
  for (const bool forks_inside : {false, true}) {
    Pipe told, leash;
    auto leave_one = [&] { fork_one_that_lives_on(leash, told); };
    auto nothing = [] {};
    Child holder =
        forks_inside ? stop_inside(told, nothing, leave_one) : stop_inside(told, leave_one, nothing);
    const pid_t survivor = std::stoi(told.read_line().value());
    ASSERT_EQ(told.read_line(), "inside");
    ASSERT_TRUE(is_held());
    holder.kill();
    ASSERT_EQ(kill(survivor, 0), 0) << "the child should have lived on";
    expect_that_the_next_writer_gets_in();
  }
}

TEST_F(Gate, AWaitBeyondTheDeadlineIsBusyAndRetryable) {
  make_database(1000);
  Pipe told, let_go;
  Child holder([&] {
    const int gate = ::open(gate_path().c_str(), O_RDWR | O_CLOEXEC);
    flock(gate, LOCK_EX);
    told.write_line("held");
    let_go.read_line();
    return 0;
  });
  ASSERT_EQ(told.read_line(), "held");
  Database database = Database::open(options(100ms));
  keepa::Ledger ledger(database);
  EXPECT_TRUE(ledger.status().state.known) << "a read does not wait for writers";
  EXPECT_PURSER_ERROR(ErrorCode::busy, acquire(ledger, "backfiller", 80));
  let_go.write_line("now");
  EXPECT_EQ(holder.wait(), 0);
  EXPECT_TRUE(acquire(ledger, "backfiller", 80)) << "the same call succeeds a moment later";
  EXPECT_TRUE(all_add_up(ledger.verify()));
}

// Who is stopped inside, as by a debugger or a frozen container, holds the gate; nobody can take it from him.
TEST_F(Gate, AStoppedHolderMakesTheOthersBusyUntilHeGoesOn) {
  make_database(1000);
  Pipe told;
  Child holder([&] {
    InterruptingClock clock;
    DatabaseOptions mine = options();
    mine.clock = &clock;
    Database database = Database::open(mine);
    keepa::Ledger ledger(database);
    clock.at_next_reading = [&] {
      told.write_line("inside");
      raise(SIGSTOP);
    };
    return acquire(ledger, "backfiller", 80) ? 0 : 1;
  });
  ASSERT_EQ(told.read_line(), "inside");
  int stopped = 0;
  ASSERT_EQ(waitpid(holder.pid(), &stopped, WUNTRACED), holder.pid());
  const std::string message = refusal();
  EXPECT_NE(message.find(fmt_pid(holder.pid()) + ", which is stopped"), std::string::npos) << message;
  EXPECT_NE(message.find("`kill -CONT " + std::to_string(holder.pid()) + "`"), std::string::npos) << message;
  std::vector<Child> hasty;
  for (int i = 0; i < 3; ++i) {
    hasty.emplace_back([&] {
      Database database = Database::open(options(100ms));
      keepa::Ledger ledger(database);
      return error_of([&] { acquire(ledger, "backfiller", 80); }) == ErrorCode::busy ? 0 : 1;
    });
  }
  for (Child& child : hasty) EXPECT_EQ(child.wait(), 0);
  Child patient([&] {
    Database database = open();
    keepa::Ledger ledger(database);
    told.write_line("asks");
    return acquire(ledger, "backfiller", 80) ? 0 : 1;
  });
  ASSERT_EQ(told.read_line(), "asks");
  ASSERT_EQ(kill(holder.pid(), SIGCONT), 0);
  EXPECT_EQ(holder.wait(), 0);
  EXPECT_EQ(patient.wait(), 0);
  expect_that_the_next_writer_gets_in();
}

// Saturated by eight, on two processors or more: while any of them is short of its share, it still gets in.
TEST_F(Gate, ServesEachOfManyWhoNeverPause) {
  constexpr int kProcesses = 8, kAll = 1600;
  make_database(1'000'000'000);
  Pipe told;
  StartLine start;
  std::vector<Child> workers;
  for (int i = 0; i < kProcesses; ++i) {
    workers.emplace_back([&, i] {
      Database database = open();
      keepa::Ledger ledger(database);
      const std::string name = std::to_string(i);
      start.wait_in_child();
      for (;;) {
        acquire(ledger, "backfiller", 1).value();
        told.write_line(name);
      }
      return 0;
    });
  }
  start.go();
  std::vector<int> served(kProcesses);
  for (int i = 0; i < kAll; ++i) ++served.at(std::stoul(told.read_line().value()));
  workers.clear();  // kills them
  for (int i = 0; i < kProcesses; ++i) EXPECT_GT(served[static_cast<std::size_t>(i)], 0) << "process " << i;
  expect_that_the_next_writer_gets_in();
}

// Debian's shell, which knows nothing of the gate.
class Shell {
 public:
  explicit Shell(const std::filesystem::path& database)
      : process_([this, path = database.string()] {
          dup2(in_.read_end(), STDIN_FILENO);
          dup2(out_.write_end(), STDOUT_FILENO);
          execlp("sqlite3", "sqlite3", "-bail", path.c_str(), static_cast<char*>(nullptr));
          return 127;
        }) {}

  // Runs `sql`, and returns when it has been run.
  void run(const std::string& sql) {
    in_.write_line(sql + "\nSELECT 'done';");
    const auto answer = out_.read_line();
    if (answer != "done")
      throw std::runtime_error("sqlite3 said: " + answer.value_or("nothing; is it installed?"));
  }

  pid_t pid() const { return process_.pid(); }

 private:
  Pipe in_, out_;
  Child process_;
};

// Who may read the files can stop all that write; he is named.
TEST_F(Gate, AReaderWhoHoldsTheWritersByteIsNamed) {
  make_database(1000);
  Pipe told;
  Child reader([&] {
    const int shared = ::open((options().path.string() + "-shm").c_str(), O_RDONLY | O_CLOEXEC);
    struct flock lock {};
    lock.l_type = F_RDLCK;
    lock.l_start = 120;
    lock.l_len = 1;
    if (fcntl(shared, F_OFD_SETLK, &lock) != 0) return 1;
    told.write_line("held");
    for (;;) pause();
  });
  ASSERT_EQ(told.read_line(), "held");
  const std::string message = refusal();
  EXPECT_NE(message.find(fmt_pid(reader.pid())), std::string::npos) << message;
  reader.kill();
  expect_that_the_next_writer_gets_in();
}

TEST_F(Gate, AForeignToolsLockIsWaitedForOrBusy) {
  make_database(1000);
  Shell shell(options().path);
  shell.run("BEGIN IMMEDIATE;");
  {
    Database hasty = Database::open(options(100ms));
    keepa::Ledger ledger(hasty);
    EXPECT_PURSER_ERROR(ErrorCode::busy, acquire(ledger, "backfiller", 80));
    EXPECT_TRUE(ledger.status().state.known);
  }
  const std::string message = refusal();
  EXPECT_NE(message.find("sqlite3 " + fmt_pid(shell.pid())), std::string::npos) << message;
  EXPECT_NE(message.find("end its transaction"), std::string::npos) << message;
  Pipe told;
  Child patient([&] {
    Database database = open();
    keepa::Ledger ledger(database);
    told.write_line("asks");
    return acquire(ledger, "backfiller", 80) ? 0 : 1;
  });
  ASSERT_EQ(told.read_line(), "asks");
  shell.run("UPDATE keepa_policy SET patience_ms = 90000 WHERE name = 'standard'; COMMIT;");
  EXPECT_EQ(patient.wait(), 0);
  Database database = open();
  EXPECT_TRUE(all_add_up(keepa::Ledger(database).verify()));
}

}  // namespace
}  // namespace purser::test
