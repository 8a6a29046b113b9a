// Who is named to those that wait in vain.
#include "store/gate/lock_holders.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <limits>

#include "store/gate/gate.h"
#include "store/gate/kernel_locks.h"
#include "support/forked.h"
#include "support/scratch.h"

namespace purser::store {
namespace {

using test::Forked;

constexpr Duration kAtOnce{0};
constexpr Duration kShort{20};

bool says(const std::string& message, const std::string& fragment) {
  return message.find(fragment) != std::string::npos;
}

bool sees_locks() {
  std::ifstream locks("/proc/locks");
  return locks.good();
}

class LockHolders : public ::testing::Test {
 protected:
  void SetUp() override {
    alarm(300);
    if (!sees_locks()) GTEST_SKIP() << "no /proc/locks here";
  }
  void TearDown() override { alarm(0); }

  std::string waited_in_vain() {
    WriteGate gate(database_);
    return test::message_of(ErrorCode::busy, [&] { gate.lock(kShort); });
  }
  std::filesystem::path gate() const { return folder_.file("purser.db-gate"); }

  test::ScratchFolder folder_;
  std::filesystem::path database_ = folder_.file("purser.db");
};

TEST_F(LockHolders, AHolderIsNamedWithWhatItIsAt) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Forked holder([&] {
    prctl(PR_SET_NAME, "odd)\n\x1b[31m");
    WriteGate own(database_);
    own.lock(kAtOnce);
    pid_t me = getpid();
    if (write(ends[1], &me, sizeof me) != sizeof me) return 1;
    pause();
    return 0;
  });
  pid_t it = 0;
  ASSERT_EQ(read(ends[0], &it, sizeof it), static_cast<ssize_t>(sizeof it));
  close(ends[0]);
  close(ends[1]);
  std::string message = waited_in_vain();
  EXPECT_TRUE(says(message, "odd) (pid " + std::to_string(it) + ")") ||
              says(message, "odd)??[31m (pid " + std::to_string(it) + ")"))
      << message;
  EXPECT_TRUE(says(message, "held for ")) << message;
  ASSERT_EQ(kill(it, SIGSTOP), 0);
  int status = 0;
  ASSERT_EQ(waitpid(it, &status, WUNTRACED), it);
  message = waited_in_vain();
  EXPECT_TRUE(says(message, "which is stopped")) << message;
  EXPECT_TRUE(says(message, "`kill -CONT " + std::to_string(it) + "`")) << message;
  EXPECT_EQ(message.find_first_of("\n\x1b"), std::string::npos);
}

TEST_F(LockHolders, AnotherThreadIsThisProcess) {
  WriteGate own(database_);
  own.lock(kAtOnce);
  std::string message = waited_in_vain();
  EXPECT_TRUE(says(message, "this very process (pid " + std::to_string(getpid()) + ")")) << message;
}

// The kernel's list still shows the one that locked, which is gone: its child has the descriptor.
TEST_F(LockHolders, WhoInheritedTheDescriptorIsNamed) {
  {
    WriteGate maker(database_);
    maker.lock(kAtOnce);
  }
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Forked first([&] {
    int descriptor = open(gate().c_str(), O_RDWR);
    if (flock(descriptor, LOCK_EX) != 0) return 1;
    if (fork() != 0) return 0;
    pid_t me = getpid();
    if (write(ends[1], &me, sizeof me) != sizeof me) _exit(1);
    pause();
    _exit(0);
  });
  pid_t heir = 0;
  ASSERT_EQ(read(ends[0], &heir, sizeof heir), static_cast<ssize_t>(sizeof heir));
  ASSERT_EQ(first.wait(), 0);
  std::string message = waited_in_vain();
  kill(heir, SIGKILL);
  close(ends[0]);
  close(ends[1]);
  EXPECT_TRUE(says(message, "(pid " + std::to_string(heir) + ")")) << message;
}

// Of SQLite's locks, whoever has them and by whichever kind of lock. A reader needs no right to write for
// that.
TEST_F(LockHolders, WhoHasTheWritersByteIsNamed) {
  std::ofstream(database_) << "a database";
  auto shared = folder_.file("purser.db-shm");
  std::ofstream(shared) << "its index";
  for (int command : {F_SETLK, F_OFD_SETLK}) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    Forked reader([&] {
      int descriptor = open(shared.c_str(), O_RDONLY);
      struct flock lock {};
      lock.l_type = F_RDLCK;
      lock.l_start = 120;
      lock.l_len = 1;
      if (fcntl(descriptor, command, &lock) != 0) return 1;
      pid_t me = getpid();
      if (write(ends[1], &me, sizeof me) != sizeof me) return 1;
      pause();
      return 0;
    });
    pid_t it = 0;
    ASSERT_EQ(read(ends[0], &it, sizeof it), static_cast<ssize_t>(sizeof it));
    close(ends[0]);
    close(ends[1]);
    auto holders = lock_holders(database_);
    ASSERT_EQ(holders.size(), 1U) << command;
    EXPECT_EQ(holders[0].pid, it);
    EXPECT_TRUE(log_readers(database_).empty());
    auto programs = programs_at(database_);
    ASSERT_EQ(programs.size(), 1U);
    EXPECT_EQ(programs[0].process.pid, it);
    EXPECT_EQ(programs[0].user, geteuid());
    EXPECT_FALSE(programs[0].is_replaced);
  }
  EXPECT_TRUE(lock_holders(database_).empty());
  EXPECT_TRUE(programs_at(database_).empty());
}

TEST(KernelLocks, LinesAreRead) {
  auto lock = parse_lock("12: POSIX  ADVISORY  READ 26302 fe:00:10955448 123 127");
  ASSERT_TRUE(lock);
  EXPECT_EQ(lock->kind, KernelLock::Kind::posix);
  EXPECT_FALSE(lock->is_exclusive);
  EXPECT_EQ(lock->pid, 26302);
  EXPECT_EQ(lock->inode, 10955448U);
  EXPECT_EQ(lock->first, 123);
  EXPECT_EQ(lock->last, 127);
  lock = parse_lock("1: FLOCK  ADVISORY  WRITE 7 00:2a:3 0 EOF");
  ASSERT_TRUE(lock);
  EXPECT_EQ(lock->kind, KernelLock::Kind::flock);
  EXPECT_TRUE(lock->is_exclusive);
  EXPECT_EQ(lock->last, std::numeric_limits<std::int64_t>::max());
  lock = parse_lock("3: OFDLCK ADVISORY  WRITE -1 103:02:99 120 120");
  ASSERT_TRUE(lock);
  EXPECT_EQ(lock->kind, KernelLock::Kind::open_file);
  EXPECT_EQ(lock->pid, -1);
  for (const char* none :
       {"", "nonsense", "1: -> FLOCK  ADVISORY  WRITE 7 00:2a:3 0 EOF",
        "1: LEASE  ACTIVE  READ 7 00:2a:3 0 EOF", "1: FLOCK  ADVISORY  WRITE 7 <none>:0 0 EOF",
        "1: FLOCK  ADVISORY  WRITE x 00:2a:3 0 EOF"}) {
    EXPECT_FALSE(parse_lock(none)) << none;
  }
}

}  // namespace
}  // namespace purser::store
