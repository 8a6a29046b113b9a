// Simulated time among real processes: it stands while anyone works, moves when all wait, and outlives those
// who are killed.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <sstream>

#include "processes/child.h"
#include "standin/standin_test.h"

namespace purser::test {
namespace {

using namespace std::chrono_literals;
using standin::Hold;
using standin::Process;
using standin::WorkerClock;

const Instant kStart{Duration{kStartMs}};

void sleep_for(WorkerClock& clock, Duration time) { clock.sleep_until(clock.steady_now() + time); }

[[noreturn]] void never_end() {
  for (;;) pause();
}

// Minutes since the start, as the stand-in has it.
std::int64_t minutes(const Process& standin) { return (standin.state().now_ms - kStartMs) / 60'000; }

std::string minutes_of(const WorkerClock& clock) {
  return std::to_string(std::chrono::duration_cast<std::chrono::minutes>(clock.now() - kStart).count());
}

TEST(StandinClock, MovesFromInstantToInstantInOrder) {
  Process standin(PURSER_STANDIN, in_stepped_time({}, 3));
  Pipe told;
  std::vector<Child> workers;
  for (int period : {2, 3, 7}) {
    workers.emplace_back([&, period] {
      WorkerClock clock(standin.clock(), "every " + std::to_string(period));
      for (int i = 0; i < 20; ++i) {
        sleep_for(clock, std::chrono::minutes(period));
        told.write_line(minutes_of(clock) + " " + std::to_string(period));
      }
      return 0;
    });
  }
  for (Child& worker : workers) EXPECT_EQ(worker.wait(), 0);
  told.close_write();
  std::map<int, int> counts;
  int last = 0;
  while (auto line = told.read_line()) {
    std::istringstream words(*line);
    int minute = 0, period = 0;
    words >> minute >> period;
    EXPECT_GE(minute, last);
    last = minute;
    EXPECT_EQ(minute, ++counts[period] * period);
  }
  EXPECT_EQ(counts, (std::map<int, int>{{2, 20}, {3, 20}, {7, 20}}));
  EXPECT_EQ(minutes(standin), 140);
}

TEST(StandinClock, StandsUntilAllHaveJoinedAndWhileOneWorks) {
  Process standin(PURSER_STANDIN, in_stepped_time({}, 2));
  Pipe told, go_on;
  Child first([&] {
    WorkerClock clock(standin.clock(), "first");
    told.write_line("joined");
    sleep_for(clock, 1h);
    told.write_line(minutes_of(clock));
    return 0;
  });
  EXPECT_EQ(told.read_line(), "joined");
  Pipe ready;
  Child second([&] {
    WorkerClock clock(standin.clock(), "second");
    ready.write_line("joined");
    go_on.read_line();
    sleep_for(clock, 30min);
    ready.write_line(minutes_of(clock));
    sleep_for(clock, 10h);
    return 0;
  });
  EXPECT_EQ(ready.read_line(), "joined");
  EXPECT_EQ(minutes(standin), 0);
  go_on.write_line("go on");
  EXPECT_EQ(ready.read_line(), "30");
  EXPECT_EQ(told.read_line(), "60");
  EXPECT_EQ(first.wait(), 0);
  EXPECT_EQ(second.wait(), 0);
  EXPECT_EQ(minutes(standin), 630) << "when one is gone, the other's time goes on";
}

TEST(StandinClock, GoesOnWithoutAWorkerThatIsKilledAtWork) {
  Process standin(PURSER_STANDIN, in_stepped_time({}, 2));
  Pipe told;
  Child victim([&]() -> int {
    WorkerClock clock(standin.clock(), "victim");
    sleep_for(clock, 5min);
    told.write_line("awake");
    never_end();
  });
  Child survivor([&] {
    WorkerClock clock(standin.clock(), "survivor");
    sleep_for(clock, 1h);
    return minutes_of(clock) == "60" ? 0 : 1;
  });
  EXPECT_EQ(told.read_line(), "awake");
  EXPECT_EQ(minutes(standin), 5);
  victim.kill();
  EXPECT_EQ(survivor.wait(), 0);
}

TEST(StandinClock, DoesNotStopAtTheInstantThatADeadWorkerWaitedFor) {
  Process standin(PURSER_STANDIN, in_stepped_time({}, 2));
  Pipe told, go_on;
  Child victim([&] {
    WorkerClock clock(standin.clock(), "victim");
    told.write_line("joined");
    sleep_for(clock, 5min);
    return 0;
  });
  EXPECT_EQ(told.read_line(), "joined");
  Child survivor([&] {
    WorkerClock clock(standin.clock(), "survivor");
    told.write_line("joined");
    go_on.read_line();
    sleep_for(clock, 1h);
    return minutes_of(clock) == "60" ? 0 : 1;
  });
  EXPECT_EQ(told.read_line(), "joined");
  victim.kill();
  go_on.write_line("go on");
  EXPECT_EQ(survivor.wait(), 0);
}

TEST(StandinClock, AHoldKeepsTimeWhileAWorkerIsReplaced) {
  Process standin(PURSER_STANDIN, in_stepped_time({}, 2));
  Hold hold(standin.clock());
  Pipe told;
  const auto work = [&] {
    WorkerClock clock(standin.clock(), "worker");
    sleep_for(clock, 10min);
    told.write_line(minutes_of(clock));
    return 0;
  };
  Child first(work), second(work);
  hold.wait_for_joins(2);
  first.kill();
  EXPECT_EQ(hold.now(), kStart);
  Child third(work);
  hold.wait_for_joins(3);
  EXPECT_EQ(hold.now(), kStart);
  hold.go();
  EXPECT_EQ(told.read_line(), "10");
  EXPECT_EQ(told.read_line(), "10");
  EXPECT_EQ(second.wait(), 0);
  EXPECT_EQ(third.wait(), 0);

  hold.hold();
  Child fourth(work);
  hold.wait_for_joins(4);
  EXPECT_EQ(minutes(standin), 10);
  hold.go();
  EXPECT_EQ(told.read_line(), "20");
  EXPECT_EQ(fourth.wait(), 0);
}

TEST(StandinClock, AHoldEndsWithItsOwnerThoughChildrenInheritedIt) {
  Process standin(PURSER_STANDIN, in_stepped_time({}, 1));
  auto hold = std::make_unique<Hold>(standin.clock());
  Pipe told;
  Child worker([&] {
    WorkerClock clock(standin.clock(), "worker");
    sleep_for(clock, 10min);
    told.write_line(minutes_of(clock));
    return 0;
  });
  hold->wait_for_joins(1);
  hold.reset();
  EXPECT_EQ(told.read_line(), "10");
  EXPECT_EQ(worker.wait(), 0);
}

TEST(StandinClock, IsTheTimeOfTheServices) {
  Standin standin({"--tokens", "0"});
  standin.pass(8h);
  EXPECT_EQ(standin.keepa_json("/token")["timestamp"], kStartMs + 8 * 3'600'000);
  EXPECT_EQ(standin.keepa("/token").header("date"), "Thu, 01 Jan 2026 08:00:00 GMT");
  EXPECT_EQ(json::parse(standin.complete(yes_or_no("?")).text())["created"], kStartMs / 1000 + 8 * 3'600);
}

TEST(StandinClock, TimeThatHasPassedIsNoWait) {
  Standin standin;
  WorkerClock other(standin.clock(), "other");  // at work: time cannot move
  standin.pass(0ms);
  standin.pass(-1h);
  EXPECT_EQ(other.now(), kStart);
}

TEST(StandinClock, CanBeHeldBackForAViewer) {
  const auto before = std::chrono::steady_clock::now();
  Process standin(PURSER_STANDIN, in_stepped_time({"--least-real-hour", "100"}));
  WorkerClock clock(standin.clock(), "test");
  sleep_for(clock, 2h);
  EXPECT_GE(std::chrono::steady_clock::now() - before, 200ms);
  EXPECT_EQ(minutes_of(clock), "120");
}

TEST(StandinClock, AWorkerLearnsThatTheStandinIsGone) {
  Process standin(PURSER_STANDIN, in_stepped_time({}, 2));
  WorkerClock clock(standin.clock(), "test");
  standin.kill();
  EXPECT_THROW(sleep_for(clock, 1h), std::runtime_error);
  EXPECT_THROW(WorkerClock(standin.clock(), "late"), std::runtime_error);
}

TEST(StandinClock, ThereIsNoneInRealTime) {
  Process standin(PURSER_STANDIN, {});
  try {
    WorkerClock clock(standin.clock(), "test");
    FAIL() << "a clock was given";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("--stepped"), std::string::npos) << error.what();
  }
}

TEST(StandinClock, RefusesWhatItDoesNotUnderstand) {
  Standin standin;
  for (const char* line : {"sleep 5", "join", "sleep", "go on", "", "joins many"}) {
    standin::ClockConnection caller(standin.clock());
    EXPECT_THROW(caller.ask(line), std::runtime_error) << line;
  }
  standin::ClockConnection caller(standin.clock());
  EXPECT_THROW(caller.ask(std::string(100'000, 'x')), std::runtime_error);
  standin.pass(1min);
  EXPECT_EQ(minutes(standin), 1);
}

}  // namespace
}  // namespace purser::test
