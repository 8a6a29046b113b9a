// The write gate: who may write, one at a time, over threads and processes, and whoever dies.
#include "store/gate/gate.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>
#include <vector>

#include "support/forked.h"
#include "support/scratch.h"

namespace purser::store {
namespace {

using test::error_of;
using test::Forked;
using test::Word;

constexpr Duration kAtOnce{0};
constexpr Duration kShort{20};
constexpr Duration kAsLongAsItTakes = std::chrono::minutes(5);

class Gate : public ::testing::Test {
 protected:
  // A wait that never ends must end the test.
  void SetUp() override { alarm(300); }
  void TearDown() override { alarm(0); }

  bool is_free() {
    WriteGate probe(database_);
    return !error_of([&] { probe.lock(kAtOnce); });
  }
  std::filesystem::path file() const { return folder_.file("purser.db-gate"); }

  test::ScratchFolder folder_;
  std::filesystem::path database_ = folder_.file("purser.db");
};

TEST_F(Gate, LetsOneIn) {
  WriteGate first(database_);
  WriteGate second(database_);
  first.lock(kAtOnce);
  EXPECT_TRUE(first.is_locked());
  EXPECT_PURSER_ERROR(ErrorCode::busy, second.lock(kAtOnce));
  EXPECT_FALSE(second.is_locked());
  first.unlock();
  EXPECT_FALSE(first.is_locked());
  second.lock(kAtOnce);
  EXPECT_TRUE(second.is_locked());
}

TEST_F(Gate, AWaitBeyondItsDeadlineIsBusyAndMayBeRetried) {
  WriteGate holder(database_);
  holder.lock(kAtOnce);
  WriteGate waiter(database_);
  for (Duration patience : {kShort, kAtOnce, Duration{-5}, Duration{1}}) {
    EXPECT_PURSER_ERROR(ErrorCode::busy, waiter.lock(patience));
  }
  auto refused = test::thrown_by([&] { waiter.lock(kAtOnce); });
  ASSERT_TRUE(refused) << "two hold the gate";
  EXPECT_TRUE(refused->retryable());
  holder.unlock();
  waiter.lock(kAtOnce);
}

TEST_F(Gate, TheLongestPatienceIsNoOverflow) {
  WriteGate holder(database_);
  holder.lock(kAtOnce);
  std::atomic<bool> got_it{false};
  std::thread waiter([&] {
    WriteGate gate(database_);
    gate.lock(Duration::max());
    got_it = true;
  });
  holder.unlock();
  waiter.join();
  EXPECT_TRUE(got_it);
}

// A worker may block every signal.
TEST_F(Gate, TheDeadlineHoldsInAThreadThatBlocksSignals) {
  WriteGate holder(database_);
  holder.lock(kAtOnce);
  std::optional<ErrorCode> code;
  sigset_t before{};
  sigset_t after{};
  std::thread([&] {
    sigset_t all{};
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    pthread_sigmask(SIG_BLOCK, nullptr, &before);
    WriteGate waiter(database_);
    code = error_of([&] { waiter.lock(kShort); });
    pthread_sigmask(SIG_BLOCK, nullptr, &after);
  }).join();
  EXPECT_EQ(code, ErrorCode::busy);
  for (int number = 1; number <= SIGRTMAX; ++number) {
    EXPECT_EQ(sigismember(&after, number), sigismember(&before, number)) << "signal " << number;
  }
}

TEST_F(Gate, ManyThreadsWithGatesOfTheirOwnExcludeEachOther) {
  constexpr int kThreads = 8;
  constexpr int kRounds = 500;
  // Read and written in two steps that the gate alone keeps together. Atomic each, since the thread sanitizer
  // does not know that the kernel's lock orders memory.
  std::atomic<int> counter{0};
  std::atomic<int> faults{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      try {
        WriteGate gate(database_);
        for (int round = 0; round < kRounds; ++round) {
          gate.lock(kAsLongAsItTakes);
          int seen = counter.load(std::memory_order_relaxed);
          std::this_thread::yield();
          counter.store(seen + 1, std::memory_order_relaxed);
          gate.unlock();
        }
      } catch (const std::exception&) {
        ++faults;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(faults, 0);
  EXPECT_EQ(counter, kThreads * kRounds);
}

TEST_F(Gate, AGateThatIsDestroyedIsFree) {
  {
    WriteGate gate(database_);
    gate.lock(kAtOnce);
  }
  EXPECT_TRUE(is_free());
}

TEST_F(Gate, UnlockingAnOpenGateDoesNothing) {
  WriteGate gate(database_);
  gate.unlock();
  EXPECT_FALSE(gate.is_locked());
  EXPECT_FALSE(std::filesystem::exists(file())) << "who only reads needs no gate file";
}

TEST_F(Gate, ItsFileIsPrivateWhateverTheUmask) {
  mode_t before = umask(0);
  WriteGate gate(database_);
  gate.lock(kAtOnce);
  umask(before);
  struct stat made {};
  ASSERT_EQ(stat(file().c_str(), &made), 0);
  EXPECT_EQ(made.st_mode & 07777U, 0600U);
}

TEST_F(Gate, ARemovedGateFileIsMadeAgain) {
  WriteGate first(database_);
  first.lock(kAtOnce);
  first.unlock();
  std::filesystem::remove(file());
  first.lock(kAtOnce);
  EXPECT_TRUE(std::filesystem::exists(file()));
  EXPECT_FALSE(is_free()) << "whoever comes later must meet at the same file";
}

TEST_F(Gate, WhoWaitedAtARemovedGateFileMovesToTheNewOne) {
  WriteGate holder(database_);
  holder.lock(kAtOnce);
  WriteGate waiter(database_);
  EXPECT_PURSER_ERROR(ErrorCode::busy, waiter.lock(kAtOnce));  // it has the old file open
  std::filesystem::remove(file());
  holder.unlock();
  waiter.lock(kAtOnce);
  EXPECT_FALSE(is_free());
}

TEST_F(Gate, AMissingFolderIsAnError) {
  WriteGate gate(folder_.file("none") / "purser.db");
  EXPECT_PURSER_ERROR(ErrorCode::io_error, gate.lock(kAtOnce));
}

TEST_F(Gate, ExcludesOtherProcesses) {
  Word locked;
  Forked holder([&] {
    WriteGate gate(database_);
    gate.lock(kAtOnce);
    locked.say();
    pause();
    return 0;
  });
  ASSERT_TRUE(locked.wait());
  EXPECT_FALSE(is_free());
}

TEST_F(Gate, AKilledHolderHoldsNobodyUp) {
  Word locked;
  Forked holder([&] {
    WriteGate gate(database_);
    gate.lock(kAtOnce);
    locked.say();
    pause();
    return 0;
  });
  ASSERT_TRUE(locked.wait());
  holder.kill();
  EXPECT_TRUE(is_free());
}

// A descriptor that a fork copied would keep a dead parent's lock for as long as the child lives.
TEST_F(Gate, AChildThatLivesOnDoesNotKeepItsDeadParentsLock) {
  Word child_lives;
  Word go;
  Word child_still_lives;
  Forked parent([&] {
    WriteGate gate(database_);
    gate.lock(kAtOnce);
    if (fork() == 0) {
      child_lives.say();
      if (go.wait()) child_still_lives.say();
      _exit(0);
    }
    pause();
    return 0;
  });
  ASSERT_TRUE(child_lives.wait());
  EXPECT_FALSE(is_free()) << "the child let go of its parent's lock";
  parent.kill();
  EXPECT_TRUE(is_free());
  go.say();
  EXPECT_TRUE(child_still_lives.wait());
}

TEST_F(Gate, AChildsGateIsOpenAndUsable) {
  WriteGate gate(database_);
  gate.lock(kAtOnce);
  Forked child([&] {
    if (gate.is_locked()) return 1;
    if (error_of([&] { gate.lock(kAtOnce); }) != ErrorCode::busy) return 2;
    return 0;
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_TRUE(gate.is_locked());
  EXPECT_FALSE(is_free());
}

TEST_F(Gate, ForksAreCountedInTheChild) {
  unsigned here = fork_generation();
  Forked child([&] {
    if (fork_generation() != here + 1) return 1;
    Forked grandchild([&] { return fork_generation() == here + 2 ? 0 : 2; });
    return grandchild.wait();
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(fork_generation(), here);
}

// Between opening the file and noting its descriptor, a fork must not copy one that nobody will close.
TEST_F(Gate, ForksBesideBusyGatesLeaveNoLockBehind) {
  std::atomic<bool> done{false};
  std::thread busy([&] {
    while (!done) {
      WriteGate gate(database_);
      gate.lock(kAsLongAsItTakes);
    }
  });
  std::vector<std::unique_ptr<Forked>> children;
  for (int i = 0; i < 30; ++i) {
    children.push_back(std::make_unique<Forked>([&] {
      int copies = 0;
      for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        if (std::filesystem::read_symlink(entry.path(), gone) == file()) ++copies;
      }
      return copies;
    }));
  }
  for (auto& child : children) EXPECT_EQ(child->wait(), 0);
  done = true;
  busy.join();
}

TEST_F(Gate, WithoutRoomForItsPageItLetsNobodyIn) {
  Forked poor([&] {
    signal(SIGXFSZ, SIG_IGN);
    rlimit nothing{0, 0};
    if (setrlimit(RLIMIT_FSIZE, &nothing) != 0) return 1;
    WriteGate gate(database_);
    if (error_of([&] { gate.lock(kAtOnce); }) != ErrorCode::disk_full) return 2;
    return gate.is_locked() ? 3 : 0;
  });
  EXPECT_EQ(poor.wait(), 0);
  WriteGate rich(database_);
  rich.lock(kAtOnce);
  EXPECT_EQ(rich.page().layout, SharedPage::kLayout);
}

// Not only removed: another file in its place is the gate of all who come later.
TEST_F(Gate, OneThatWasMovedAsideIsTheGateNoMore) {
  WriteGate early(database_);
  early.lock(kAtOnce);
  early.unlock();
  std::filesystem::rename(file(), folder_.file("aside"));
  WriteGate late(database_);
  late.lock(kAtOnce);
  EXPECT_PURSER_ERROR(ErrorCode::busy, early.lock(kAtOnce));
  late.unlock();
  early.lock(kAtOnce);
  EXPECT_PURSER_ERROR(ErrorCode::busy, late.lock(kAtOnce));
}

// A page of a shorter file is no memory: whoever looks at it gets a signal.
TEST_F(Gate, AFileThatIsEmptiedWhileNobodyIsInsideIsMadeLongAgain) {
  WriteGate gate(database_);
  for (off_t size : {0, 100, 4095}) {
    gate.lock(kAtOnce);
    gate.unlock();
    ASSERT_EQ(truncate(file().c_str(), size), 0);
    Forked other([&] {
      WriteGate own(database_);
      own.lock(kAtOnce);
      return own.page().layout == SharedPage::kLayout ? 0 : 1;
    });
    EXPECT_EQ(other.wait(), 0);
    gate.lock(kAtOnce);
    EXPECT_EQ(gate.page().layout, SharedPage::kLayout);
    gate.unlock();
  }
}

// The page that is mapped is gone with the file's end: it must not be touched before it is looked at.
TEST_F(Gate, AFileThatIsEmptiedBetweenTwoLocksOfOneGateHarmsNobody) {
  for (off_t size : {0, 100, 4095}) {
    Forked worker([&] {
      WriteGate own(database_);
      for (int i = 0; i < 3; ++i) {
        own.lock(kAtOnce);
        own.unlock();
        if (truncate(file().c_str(), size) != 0) return 1;
      }
      own.lock(kAtOnce);
      return own.page().layout == SharedPage::kLayout ? 0 : 2;
    });
    EXPECT_EQ(worker.wait(), 0) << size;
  }
}

TEST_F(Gate, AFileThatIsEmptiedWhileOneWaitsHarmsNobody) {
  WriteGate holder(database_);
  holder.lock(kAtOnce);
  Forked waiter([&] {
    WriteGate own(database_);
    own.lock(kAsLongAsItTakes);
    return own.page().layout == SharedPage::kLayout ? 0 : 1;
  });
  ASSERT_EQ(truncate(file().c_str(), 0), 0);
  ASSERT_EQ(truncate(file().c_str(), 4096), 0);
  holder.unlock();
  EXPECT_EQ(waiter.wait(), 0);
}

// A hole that meets a full disk would be a signal.
TEST_F(Gate, AFileThatIsAHoleIsAllocatedBeforeItIsMapped) {
  { std::ofstream(file()).flush(); }
  ASSERT_EQ(chmod(file().c_str(), 0600), 0);
  ASSERT_EQ(truncate(file().c_str(), 1 << 20), 0);
  WriteGate gate(database_);
  gate.lock(kAtOnce);
  struct stat made {};
  ASSERT_EQ(stat(file().c_str(), &made), 0);
  EXPECT_GE(made.st_blocks * 512, 4096);
}

// What a stranger made could be held by him for ever, or be another file.
class StrangeGate : public Gate {
 protected:
  void SetUp() override {
    Gate::SetUp();
    std::ofstream{database_} << "a database";
  }
  void expect_refused(const std::string& fragment) {
    WriteGate gate(database_);
    std::string message = test::message_of(ErrorCode::unsafe_files, [&] { gate.lock(kAtOnce); });
    EXPECT_NE(message.find(fragment), std::string::npos) << message;
    EXPECT_FALSE(gate.is_locked());
    std::filesystem::remove_all(file());
    gate.lock(kAtOnce);
  }
  void make(mode_t mode = 0600) {
    std::filesystem::remove(file());
    { std::ofstream(file()).flush(); }
    chmod(file().c_str(), mode);
  }
};

TEST_F(StrangeGate, OneThatOthersMayWriteIsRefused) {
  for (mode_t mode : {0620U, 0602U, 0666U}) {
    make(mode);
    expect_refused("may be written by others");
  }
}

TEST_F(StrangeGate, ASecondNameOfAnotherFileIsRefusedAndNotWritten) {
  auto victim = folder_.file("victim");
  std::ofstream(victim) << "somebody's";
  chmod(victim.c_str(), 0600);
  std::filesystem::create_hard_link(victim, file());
  expect_refused("has a second name");
  EXPECT_EQ(std::filesystem::file_size(victim), 10U);
}

TEST_F(StrangeGate, WhatIsNoFileIsRefusedWithoutWaiting) {
  ASSERT_EQ(mkfifo(file().c_str(), 0600), 0);
  expect_refused("is no file");
}

TEST_F(StrangeGate, OneOfAnotherUserIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  constexpr uid_t kSomebody = 4242;
  make();
  ASSERT_EQ(chown(file().c_str(), kSomebody, kSomebody), 0);
  expect_refused("belongs to user 4242, the database to root");
  // The database's owner's is his own, and root's was made for him.
  ASSERT_EQ(chown(database_.c_str(), kSomebody, kSomebody), 0);
  for (uid_t owner : {kSomebody, uid_t{0}}) {
    make();
    ASSERT_EQ(chown(file().c_str(), owner, owner), 0);
    WriteGate gate(database_);
    gate.lock(kAtOnce);
  }
}

// What cannot be looked at is not said to be gone.
TEST_F(StrangeGate, AFolderThatIsClosedMeanwhileIsNamed) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  constexpr uid_t kNobody = 65534;
  for (const auto& path : {folder_.path(), database_}) ASSERT_EQ(chown(path.c_str(), kNobody, kNobody), 0);
  Forked worker([&] {
    if (setgid(kNobody) != 0 || setuid(kNobody) != 0) return 1;
    WriteGate gate(database_);
    gate.lock(kAtOnce);
    gate.unlock();
    if (chmod(folder_.path().c_str(), 0) != 0) return 2;
    auto code = error_of([&] { gate.lock(kAtOnce); });
    chmod(folder_.path().c_str(), 0700);
    return code == ErrorCode::cannot_open ? 0 : 3;
  });
  EXPECT_EQ(worker.wait(), 0);
  chmod(folder_.path().c_str(), 0700);
}

// Whoever owns the folder could lead another user's process to a file that is not his.
TEST_F(Gate, FollowsNoLink) {
  auto victim = folder_.file("victim");
  std::ofstream(victim) << "somebody else's";
  std::filesystem::create_symlink(victim, file());
  WriteGate gate(database_);
  EXPECT_PURSER_ERROR(ErrorCode::io_error, gate.lock(kAtOnce));
  EXPECT_FALSE(gate.is_locked());
}

TEST_F(Gate, RootGivesAwayOnlyWhatItMade) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  constexpr uid_t kNobody = 65534;
  std::ofstream{database_} << "nobody's database";
  ASSERT_EQ(chown(database_.c_str(), kNobody, kNobody), 0);
  auto victim = folder_.file("victim");
  std::ofstream(victim) << "root's";
  std::filesystem::create_hard_link(victim, file());
  WriteGate linked(database_);
  EXPECT_PURSER_ERROR(ErrorCode::unsafe_files, linked.lock(kAtOnce));
  struct stat owner {};
  ASSERT_EQ(stat(victim.c_str(), &owner), 0);
  EXPECT_EQ(owner.st_uid, 0U);
  std::filesystem::remove(file());
  WriteGate made(database_);
  made.lock(kAtOnce);
  ASSERT_EQ(stat(file().c_str(), &owner), 0);
  EXPECT_EQ(owner.st_uid, kNobody);
}

}  // namespace
}  // namespace purser::store
