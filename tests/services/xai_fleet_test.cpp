// Many real processes at one missing verdict of a real file, with a stand-in that takes its time.
#include <gtest/gtest.h>

#include <map>

#include "processes/child.h"
#include "purser/create.h"
#include "purser/xai_service.h"
#include "standin/client.h"
#include "support/scratch.h"

namespace purser::xai {
namespace {

using std::chrono::seconds;
using test::Child;
using test::Pipe;

// The machine's time, ten times as fast, for all processes alike: a flight lapses in a second.
class FastClock final : public Clock {
 public:
  Instant now() const override { return wall_ + std::chrono::floor<Duration>(passed()); }
  SteadyInstant steady_now() const override { return steady_ + passed(); }
  void sleep_until(SteadyInstant when) override {
    system_clock().sleep_until(steady_ + (when - steady_) / kTimes + std::chrono::nanoseconds(1));
  }

 private:
  static constexpr int kTimes = 10;
  SteadyInstant::duration passed() const { return (system_clock().steady_now() - steady_) * kTimes; }

  Instant wall_ = system_clock().now();
  SteadyInstant steady_ = system_clock().steady_now();
};

class XaiServiceFleet : public ::testing::Test {
 protected:
  XaiServiceFleet() { create_database(options(system_clock())); }

  DatabaseOptions options(Clock& clock) const {
    return {.path = folder_.file("purser.db"),
            .worker = this_worker(),
            .clock = &clock,
            .busy_deadline = seconds(60)};
  }
  ServiceOptions services(Duration deadline) const {
    ServiceOptions all;
    all.api_key = standin_.xai_key();
    all.base_url = standin_.xai_url();
    all.deadline = deadline;
    return all;
  }
  static Question book() { return {.title = "Eragon", .season = "Sep", .price = {4990}}; }

  // A process that judges, and says where its verdict came from.
  Child judge(Clock& clock, Duration deadline, test::StartLine& start, Pipe& told) {
    return Child([this, &clock, deadline, &start, &told] {
      Database database = Database::open(options(clock));
      Service service(database, services(deadline));
      told.write_line("ready");
      start.wait_in_child();
      Judgement judgement = service.judge(book(), {.safe_assumption = false});
      told.write_line(std::string(name_of(judgement.source)) + (judgement.verdict ? " yes" : " no"));
      return 0;
    });
  }
  // Starts that many processes at once: how many of them printed which answer.
  std::map<std::string, int> answers_of(int processes, Clock& clock, Duration deadline) {
    test::StartLine start;
    Pipe told;
    std::vector<Child> children;
    children.reserve(static_cast<std::size_t>(processes));
    for (int i = 0; i < processes; ++i) children.push_back(judge(clock, deadline, start, told));
    for (int i = 0; i < processes; ++i) EXPECT_EQ(told.read_line(), "ready");
    start.go();
    std::map<std::string, int> answers;
    for (int i = 0; i < processes; ++i) ++answers[told.read_line().value_or("nothing")];
    for (Child& child : children) EXPECT_EQ(child.wait(), 0);
    return answers;
  }
  QuotaState quota() {
    Database database = Database::open(options(system_clock()));
    EXPECT_TRUE(Quota(database).verify());
    return Quota(database).status();
  }

  standin::Process standin_{PURSER_STANDIN};
  test::ScratchFolder folder_;
};

TEST_F(XaiServiceFleet, AStampedeOfFiftyIsOneCallAndFiftyAnswers) {
  constexpr int kProcesses = 50;
  standin_.set_switch("xai.fault", "slow");
  standin_.set_switch("xai.slow_ms", "1500");
  auto answers = answers_of(kProcesses, system_clock(), seconds(120));

  EXPECT_EQ(answers, (std::map<std::string, int>{{"xai yes", 1}, {"cache yes", kProcesses - 1}}));
  EXPECT_EQ(standin_.state().xai.calls, 1);
  EXPECT_EQ(standin_.state().xai.billed, 1);
  EXPECT_EQ(quota().calls_today, 1);
}

// An outage costs one call and not fifty.
TEST_F(XaiServiceFleet, WhatFailsForTheOneWhoAsksHasFailedForAllWhoWait) {
  constexpr int kProcesses = 20;
  standin_.set_switch("xai.fault", "slow");
  standin_.set_switch("xai.slow_ms", "1500");
  standin_.set_switch("xai.answer", "not_boolean");
  auto answers = answers_of(kProcesses, system_clock(), seconds(120));
  EXPECT_EQ(answers, (std::map<std::string, int>{{"fallback no", kProcesses}}));
  EXPECT_EQ(standin_.state().xai.calls, 1);
  EXPECT_EQ(quota().calls_today, 1);
}

TEST_F(XaiServiceFleet, TenWorkersOnOneRefusedQuestionAreOneRequestAndOneUnit) {
  constexpr int kProcesses = 10;
  standin_.set_switch("xai.fault", "slow");
  standin_.set_switch("xai.slow_ms", "1500");
  standin_.set_switch("xai.answer", "content_403");
  auto answers = answers_of(kProcesses, system_clock(), seconds(120));
  EXPECT_EQ(answers, (std::map<std::string, int>{{"fallback no", kProcesses}}));
  EXPECT_EQ(answers_of(kProcesses, system_clock(), seconds(120)), answers);  // the next run
  EXPECT_EQ(standin_.state().xai.calls, 1);
  EXPECT_EQ(quota().calls_today, 1);
}

TEST_F(XaiServiceFleet, FortyBooksDuringARateLimitAreARequestAWorkerAtMostAndNoUnit) {
  constexpr int kProcesses = 8;
  constexpr int kBooksEach = 5;
  standin_.set_switch("xai.answer", "rate_429");
  standin_.set_switch("xai.retry_after", "long");
  auto drain = [&](bool one_knows) {
    Pipe told;
    test::StartLine start;
    std::vector<Child> children;
    for (int worker = 0; worker < kProcesses; ++worker) {
      children.emplace_back([&, worker] {
        Database database = Database::open(options(system_clock()));
        Service service(database, services(seconds(30)));
        told.write_line("ready");
        start.wait_in_child();
        for (int i = 0; i < kBooksEach; ++i) {
          Question question = book();
          question.title = std::to_string(worker * kBooksEach + i);
          if (!service.judge(question).retry_at) return 1;
        }
        return 0;
      });
    }
    for (int i = 0; i < kProcesses; ++i) EXPECT_EQ(told.read_line(), "ready");
    start.go();
    for (Child& child : children) EXPECT_EQ(child.wait(), 0);
    EXPECT_LE(standin_.state().xai.calls, kProcesses) << "those that were on their way";
    if (one_knows) {
      EXPECT_EQ(standin_.state().xai.calls, 0);
    }
    EXPECT_EQ(quota().calls_today, 0);
    EXPECT_EQ(quota().pause->reason, PauseReason::rate_limited);
  };
  drain(false);
  standin_.reset();
  drain(true);
}

TEST_F(XaiServiceFleet, TheHolderIsKilledInMidCallAndOneTakesOver) {
  constexpr int kWaiting = 10;
  FastClock clock;
  standin_.set_switch("xai.fault", "hang", 1);
  Pipe told;
  test::StartLine at_once;
  Child holder = judge(clock, seconds(30), at_once, told);
  ASSERT_EQ(told.read_line(), "ready");
  at_once.go();
  for (int looks = 0; standin_.state().xai.in_flight == 0; ++looks) ASSERT_LT(looks, 100'000);
  ASSERT_EQ(quota().calls_today, 1);
  holder.kill();

  auto answers = answers_of(kWaiting, clock, seconds(30));

  EXPECT_EQ(answers, (std::map<std::string, int>{{"xai yes", 1}, {"cache yes", kWaiting - 1}}));
  EXPECT_EQ(standin_.state().xai.calls, 2);
  EXPECT_EQ(quota().calls_today, 2);
}

}  // namespace
}  // namespace purser::xai
