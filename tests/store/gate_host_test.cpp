// The write gate in hosts that do as they like with signals, threads and system calls: each waits, and is
// told that it waited in vain. A host that a signal ended would not have answered.
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <thread>

#include "store/gate/gate.h"
#include "support/forked.h"
#include "support/refused_calls.h"
#include "support/scratch.h"

namespace purser::store {
namespace {

using test::error_of;
using test::Forked;

constexpr Duration kAtOnce{0};
constexpr Duration kLongEnoughToBeHungry{60};
constexpr int kSignals = 64;
constexpr std::size_t kMaskBytes = 8;

// As the kernel has it: also of those that the C library keeps for itself.
struct KernelAction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)();
  unsigned long mask;
};

// What may not be changed stays.
void set_all(void (*handler)(int)) {
  for (int number = 1; number <= kSignals; ++number) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_ONSTACK;
    sigaction(number, &action, nullptr);
    KernelAction raw{handler, 0, nullptr, 0};
    bool is_plain = handler == SIG_DFL || handler == SIG_IGN;
    if (is_plain) syscall(SYS_rt_sigaction, number, &raw, nullptr, kMaskBytes);
  }
}

void block_all() {
  sigset_t all{};
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

class GateHost : public ::testing::Test {
 protected:
  // A wait that never ends must end the test.
  void SetUp() override {
    alarm(300);
    holder_.lock(kAtOnce);
  }
  void TearDown() override { alarm(0); }

  // 0: it waited in vain and was told so, several times.
  int waits_in_vain() {
    WriteGate gate(database_);
    for (int i = 0; i < 3; ++i) {
      if (error_of([&] { gate.lock(kLongEnoughToBeHungry); }) != ErrorCode::busy) return 1;
    }
    return 0;
  }

  test::ScratchFolder folder_;
  std::filesystem::path database_ = folder_.file("purser.db");
  WriteGate holder_{database_};
};

TEST_F(GateHost, ThatResetsEveryHandlerAgainAndAgain) {
  Forked host([&] {
    std::atomic<bool> done{false};
    std::thread resetting([&] {
      while (!done) set_all(SIG_DFL);
    });
    int answer = waits_in_vain();
    done = true;
    resetting.join();
    return answer;
  });
  EXPECT_EQ(host.wait(), 0);
}

TEST_F(GateHost, ThatIgnoresEverySignal) {
  Forked host([&] {
    set_all(SIG_IGN);
    return waits_in_vain();
  });
  EXPECT_EQ(host.wait(), 0);
}

TEST_F(GateHost, ThatHandlesEverySignalOnItsOwnStackAndBlocksThem) {
  Forked host([&] {
    std::array<char, 64 * 1024> room{};
    stack_t stack{};
    stack.ss_sp = room.data();
    stack.ss_size = room.size();
    sigaltstack(&stack, nullptr);
    set_all([](int) { _exit(9); });
    block_all();
    return waits_in_vain();
  });
  EXPECT_EQ(host.wait(), 0);
}

TEST_F(GateHost, ThatBlocksEverySignalInEveryThread) {
  Forked host([&] {
    block_all();
    int answer = 2;
    std::thread([&] { answer = waits_in_vain(); }).join();
    return answer;
  });
  EXPECT_EQ(host.wait(), 0);
}

TEST_F(GateHost, FindsItsSignalsAsTheyWere) {
  Forked host([&] {
    std::array<struct sigaction, kSignals + 1> before{};
    for (int number = 1; number <= kSignals; ++number)
      sigaction(number, nullptr, &before.at(static_cast<std::size_t>(number)));
    if (waits_in_vain() != 0) return 2;
    for (int number = 1; number <= kSignals; ++number) {
      struct sigaction after {};
      sigaction(number, nullptr, &after);
      if (after.sa_handler != before.at(static_cast<std::size_t>(number)).sa_handler) return 3;
    }
    return 0;
  });
  EXPECT_EQ(host.wait(), 0);
}

TEST_F(GateHost, ThatIsInterruptedByItsOwnSignalsAllTheTime) {
  Forked host([&] {
    set_all([](int) {});
    std::atomic<bool> done{false};
    pthread_t waiting = pthread_self();
    std::thread interrupting([&] {
      while (!done) pthread_kill(waiting, SIGUSR1);
    });
    int answer = waits_in_vain();
    done = true;
    interrupting.join();
    return answer;
  });
  EXPECT_EQ(host.wait(), 0);
}

TEST_F(GateHost, WithoutThreads) {
  Forked host([&] {
    test::refuse_calls({SYS_clone, SYS_clone3}, EAGAIN);
    return waits_in_vain();
  });
  EXPECT_EQ(host.wait(), 0);
}

TEST_F(GateHost, WithoutThreadsAndFutexes) {
  Forked host([&] {
    // At the first exception of a process the C++ library itself sleeps on a futex, or aborts.
    try {
      throw std::runtime_error("the first");
    } catch (const std::exception&) {
    }
    test::refuse_calls({SYS_clone, SYS_clone3, SYS_futex}, EPERM);
    return waits_in_vain();
  });
  EXPECT_EQ(host.wait(), 0);
}

TEST_F(GateHost, WithoutThreadsGetsInOnceItIsFree) {
  holder_.unlock();
  Forked host([&] {
    test::refuse_calls({SYS_clone, SYS_clone3}, EPERM);
    WriteGate gate(database_);
    for (int i = 0; i < 100; ++i) {
      gate.lock(std::chrono::minutes(5));
      gate.unlock();
    }
    return 0;
  });
  for (int i = 0; i < 100; ++i) {
    holder_.lock(std::chrono::minutes(5));
    holder_.unlock();
  }
  EXPECT_EQ(host.wait(), 0);
}

// As the filters that are older than the call do.
TEST_F(GateHost, WhereStatxIsRefused) {
  holder_.unlock();
  for (int error : {EPERM, ENOSYS}) {
    Forked host([&] {
      test::refuse_calls({SYS_statx}, error);
      WriteGate gate(database_);
      for (int i = 0; i < 3; ++i) {
        gate.lock(kAtOnce);
        gate.unlock();
      }
      std::filesystem::remove(folder_.file("purser.db-gate"));
      gate.lock(kAtOnce);
      return std::filesystem::exists(folder_.file("purser.db-gate")) ? 0 : 1;
    });
    EXPECT_EQ(host.wait(), 0);
  }
}

TEST_F(GateHost, ThatForksWhileItWaits) {
  Forked host([&] {
    std::atomic<bool> done{false};
    std::thread waiting([&] {
      while (!done) waits_in_vain();
    });
    int faults = 0;
    for (int i = 0; i < 30; ++i) {
      Forked child([&] { return waits_in_vain(); });
      faults += child.wait() == 0 ? 0 : 1;
    }
    done = true;
    waiting.join();
    return faults;
  });
  EXPECT_EQ(host.wait(), 0);
}

int threads() {
  int count = 0;
  for ([[maybe_unused]] const auto& task : std::filesystem::directory_iterator("/proc/self/task")) ++count;
  return count;
}

// As a script that opens the database for each call, while a holder is stopped for hours.
#ifdef __SANITIZE_THREAD__
constexpr int kOwnThreads = 2;  // the sanitizer has one of its own
#else
constexpr int kOwnThreads = 1;
#endif

TEST_F(GateHost, ThatComesAndGoesLeavesNothingBehind) {
  Forked host([&] {
    for (int i = 0; i < 20; ++i) {
      WriteGate gate(database_);
      if (error_of([&] { gate.lock(kLongEnoughToBeHungry); }) != ErrorCode::busy) return 1;
    }
    return threads() <= kOwnThreads ? 0 : 2;
  });
  EXPECT_EQ(host.wait(), 0);
}

TEST_F(GateHost, AfterWaitsInVainGetsInOnceItIsFree) {
  WriteGate waiter(database_);
  for (int i = 0; i < 3; ++i) EXPECT_PURSER_ERROR(ErrorCode::busy, waiter.lock(kLongEnoughToBeHungry));
  {
    WriteGate gone(database_);
    EXPECT_PURSER_ERROR(ErrorCode::busy, gone.lock(kLongEnoughToBeHungry));
  }
  holder_.unlock();
  WriteGate other(database_);
  for (int i = 0; i < 100; ++i) {
    other.lock(std::chrono::minutes(5));
    other.unlock();
    waiter.lock(std::chrono::minutes(5));
    waiter.unlock();
  }
}

}  // namespace
}  // namespace purser::store
