// The flows of xAI against the stand-in: each answer and each fault goes to its place, nothing is charged
// twice, nothing that is no verdict is kept, and no secret is seen anywhere.
#include "services/xai_service_test.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <future>
#include <memory>
#include <ostream>
#include <thread>
#include <vector>

#include "standin/xai/responses.h"
#include "store/transaction.h"
#include "support/foreign_tool.h"

namespace purser::xai {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class XaiService : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { standin_ = std::make_unique<standin::Process>(PURSER_STANDIN); }
  static void TearDownTestSuite() { standin_.reset(); }
  static standin::XaiFigures asked() { return standin_->state().xai; }
  // For so many requests; else from here on.
  static void set(const std::string& name, const std::string& value, std::optional<int> times = {}) {
    standin_->set_switch(name, value, times);
  }
  void SetUp() override {
    set("xai.answer", "normal");
    set("xai.fault", "none");
    set("xai.retry_after", "none");
    standin_->reset();
  }
  void expect_no_secret(Bench& bench) {
    std::string bytes = bench.every_byte();
    for (const std::string& secret :
         {standin_->xai_key(), standin_->xai_key().substr(0, 12), std::string("xa***gA"),
          std::string("console.x.ai"), std::string(standin::kTeam)}) {
      EXPECT_EQ(bytes.find(secret), std::string::npos) << secret;
    }
    EXPECT_NE(bytes.find("SQLite format 3"), std::string::npos);  // the file was looked at
  }

  static inline std::unique_ptr<standin::Process> standin_;
};

// --- The good way ------------------------------------------------------------------------------------

TEST_F(XaiService, AsksOnceAndThenKnows) {
  Bench bench(*standin_);
  Judgement first = bench.judge();
  EXPECT_TRUE(first.verdict);
  EXPECT_EQ(first.source, Source::xai);
  EXPECT_EQ(first.failure, std::nullopt);
  EXPECT_EQ(first.message, "");
  EXPECT_EQ(bench.judge().source, Source::cache);
  Judgement dear = bench.judge(book("Eragon", {6001}));
  EXPECT_FALSE(dear.verdict);
  EXPECT_EQ(dear.source, Source::xai);
  Judgement again = bench.judge(book("Eragon", {6001}));
  EXPECT_FALSE(again.verdict);
  EXPECT_EQ(again.source, Source::cache);
  EXPECT_EQ(asked().calls, 2);
  EXPECT_EQ(bench.quota().status().calls_today, 2);
  expect_no_secret(bench);
}

TEST_F(XaiService, RecordsWhatXaiBills) {
  Bench bench(*standin_);
  bench.judge();
  bench.judge(book("Another"));
  Usage usage = bench.quota().usage_today();
  EXPECT_EQ(usage.calls, 2);
  EXPECT_EQ(usage.total_tokens, asked().tokens);
  EXPECT_EQ(usage.cost_usd_ticks, asked().cost_ticks);
  EXPECT_GT(usage.cost_usd_ticks, 0);
  EXPECT_GT(usage.reasoning_tokens, 0);
  EXPECT_EQ(usage.calls_without_cost, 0);
  EXPECT_EQ(test::ForeignTool(bench.path()).text("SELECT group_concat(model) FROM xai_usage"), "grok-4.3");
}

TEST_F(XaiService, ThePurposeOfTheUnit) {
  Bench bench(*standin_);
  bench.judge(book("a"));
  bench.judge(book("b"), {.purpose = "upserter"});
  EXPECT_EQ(test::ForeignTool(bench.path()).texts("SELECT purpose FROM xai_unit ORDER BY 1"),
            (std::vector<std::string>{"price_reasonable", "upserter"}));
}

TEST_F(XaiService, AnotherQuestionAboutTheSameBookIsAnotherVerdict) {
  Bench bench(*standin_);
  Question question = book();
  bench.judge(question);
  question.question = "Is this a textbook?";
  EXPECT_EQ(bench.judge(question).source, Source::xai);
}

// --- Every answer and every fault ---------------------------------------------------------------------

struct Shape {
  const char* name;
  const char* value;
  std::optional<JudgeFailure> failure = {};
  int calls = 1;
  int usage_calls = 0;   // recorded
  int without_cost = 0;  // of these
  Duration deadline = seconds(20);
};

void PrintTo(const Shape& shape, std::ostream* out) { *out << shape.name << "=" << shape.value; }

std::vector<Shape> shapes() {
  using F = JudgeFailure;
  constexpr Duration kShort = milliseconds(700);
  return {
      {"xai.answer", "normal", {}, 1, 1},
      {"xai.answer", "no_usage", {}, 1, 1, 1},
      {"xai.answer", "no_cost", {}, 1, 1, 1},
      {"xai.answer", "wrong_key", F::wrong_key},
      {"xai.answer", "wrong_key_new", F::wrong_key},
      {"xai.answer", "malformed_bearer_401", F::wrong_key},
      {"xai.answer", "no_credits_403", F::no_credits},
      {"xai.answer", "no_credits_429", F::no_credits},
      {"xai.answer", "402", F::no_credits},
      {"xai.answer", "no_licenses_403", F::no_credits},
      {"xai.answer", "no_licenses_429", F::no_credits},
      {"xai.answer", "run_out_403", F::no_credits},
      {"xai.answer", "spending_limit_403", F::no_credits},
      {"xai.answer", "no_credits_402", F::no_credits},
      {"xai.answer", "content_403", F::refused_content},
      {"xai.answer", "content_403_short", F::refused_content},
      {"xai.answer", "content_400", F::refused_content},
      {"xai.answer", "408", F::unreachable, 3},
      {"xai.answer", "409", F::unreachable, 3},
      {"xai.answer", "425", F::unreachable, 3},
      {"xai.answer", "rate_429", F::rate_limited, 3},
      {"xai.answer", "rate_429_old", F::rate_limited, 3},
      {"xai.answer", "tokens_429", F::rate_limited, 3},
      {"xai.answer", "forbidden_403", F::no_permission},
      {"xai.answer", "blocked_403", F::no_permission},
      {"xai.answer", "unknown_model_404", F::unknown_model},
      {"xai.answer", "path_404_text", F::rejected},
      {"xai.answer", "422", F::rejected},
      {"xai.answer", "nested_wrong_key_401", F::wrong_key},
      {"xai.answer", "nested_quota_429", F::no_credits},
      {"xai.answer", "nested_rate_429", F::rate_limited, 3},
      {"xai.answer", "nested_model_404", F::unknown_model},
      {"xai.answer", "nested_content_400", F::refused_content},
      {"xai.answer", "503", F::unreachable, 3},
      {"xai.answer", "cut", F::unparsable, 1, 1},
      {"xai.answer", "empty_length", F::unparsable, 1, 1},
      {"xai.answer", "refusal", F::refused_content, 1, 1},
      {"xai.answer", "null_content", F::unparsable, 1, 1},
      {"xai.answer", "not_boolean", F::unparsable, 1, 1},
      {"xai.answer", "number", F::unparsable, 1, 1},
      {"xai.answer", "not_json_content", F::unparsable, 1, 1},
      {"xai.answer", "extra_field", F::unparsable, 1, 1},
      {"xai.answer", "no_choices", F::unparsable, 1, 1},
      {"xai.answer", "fenced", F::unparsable, 1, 1},
      {"xai.fault", "slow", F::timeout, 1, 0, 0, kShort},
      {"xai.fault", "hang", F::timeout, 1, 0, 0, kShort},
      {"xai.fault", "reset_before", F::timeout},
      {"xai.fault", "reset_after", F::timeout},
      {"xai.fault", "wrong_length", F::timeout},
      {"xai.fault", "html_502", F::unreachable, 3},
      {"xai.fault", "html_503", F::unreachable, 3},
      {"xai.fault", "empty_500", F::unreachable, 3},
      {"xai.fault", "page", F::unreachable, 3},
      {"xai.fault", "gateway", F::unreachable, 3},
      {"xai.fault", "nothing", F::unreachable, 3},
      {"xai.fault", "odd_bytes", {}, 1, 1},
      {"xai.fault", "redirect", F::unreachable},
      {"xai.fault", "truncated_json", F::unparsable, 1, 1, 1},
      {"xai.fault", "not_json", F::unparsable, 1, 1, 1},
      {"xai.fault", "huge", F::unparsable},
      {"xai.fault", "garbled_gzip", F::unparsable},
      {"xai.fault", "stale_date", {}, 1, 1},
      {"xai.fault", "future_date", {}, 1, 1},
  };
}

// One worker finds out, and all are denied.
bool pauses(std::optional<JudgeFailure> failure) {
  return failure == JudgeFailure::wrong_key || failure == JudgeFailure::no_permission ||
         failure == JudgeFailure::unknown_model || failure == JudgeFailure::rate_limited;
}

class XaiShapes : public XaiService, public ::testing::WithParamInterface<Shape> {
 protected:
  void SetUp() override {
    XaiService::SetUp();
    bench_.service_options.deadline = GetParam().deadline;
    set(GetParam().name, GetParam().value);
  }
  Bench bench_{*standin_};
};

TEST_P(XaiShapes, GoesToItsPlace) {
  const Shape& shape = GetParam();
  Judgement judgement = bench_.judge(book(), {.safe_assumption = false});
  EXPECT_EQ(judgement.failure, shape.failure) << judgement.message;
  EXPECT_EQ(judgement.source, shape.failure ? Source::fallback : Source::xai);
  EXPECT_EQ(judgement.verdict, !shape.failure);
  EXPECT_EQ(judgement.message.empty(), !shape.failure);
  EXPECT_EQ(judgement.message.rfind("xAI answered", 0), std::string::npos) << judgement.message;
  const bool no_credits = shape.failure == JudgeFailure::no_credits;
  const bool refused = shape.failure == JudgeFailure::refused_content;
  EXPECT_EQ(judgement.retry_at.has_value(), no_credits || refused || pauses(shape.failure));

  EXPECT_EQ(asked().calls, shape.calls);
  EXPECT_EQ(asked().redirects_followed, 0);
  QuotaState quota = bench_.quota().status();
  EXPECT_EQ(quota.calls_today, no_credits || pauses(shape.failure) ? 0 : 1)
      << "one question is one unit, unless it was refused at the door";
  EXPECT_EQ(quota.no_credits, no_credits);
  EXPECT_EQ(quota.pause.has_value(), pauses(shape.failure));
  EXPECT_EQ(quota.assumed, shape.failure ? 1 : 0);
  Usage usage = bench_.quota().usage_today();
  EXPECT_EQ(usage.calls, shape.usage_calls);
  EXPECT_EQ(usage.calls_without_cost, shape.without_cost);
  EXPECT_EQ(bench_.verdicts().stats().entries, shape.failure ? 0 : 1);
  EXPECT_TRUE(bench_.quota().verify());
  EXPECT_EQ(test::ForeignTool(bench_.path()).number("SELECT count(*) FROM ops_xai_flights"), 0);
  expect_no_secret(bench_);
}

// The same answers to a query are errors with a code; what says something about a boolean is an answer here.
TEST_P(XaiShapes, IsAnErrorOfAQueryOrItsAnswer) {
  const Shape& shape = GetParam();
  auto error = test::thrown_by([&] { EXPECT_NE(bench_.query().text, ""); });
  std::optional<ErrorCode> code;
  if (error) {
    code = error->code();
    bench_.said += error->what();
  }
  const std::string value = shape.value;
  std::optional<ErrorCode> expected;
  if (shape.failure) {
    switch (*shape.failure) {
      case JudgeFailure::wrong_key:
      case JudgeFailure::no_permission: expected = ErrorCode::credentials_refused; break;
      case JudgeFailure::no_credits: expected = ErrorCode::no_credits; break;
      case JudgeFailure::unknown_model: expected = ErrorCode::unknown_model; break;
      case JudgeFailure::rate_limited: expected = ErrorCode::rate_limited; break;
      case JudgeFailure::timeout: expected = ErrorCode::no_answer; break;
      case JudgeFailure::refused_content: expected = ErrorCode::refused_content; break;
      case JudgeFailure::rejected: expected = ErrorCode::request_refused; break;
      default: expected = ErrorCode::service_failed; break;
    }
  }
  if (value == "redirect") expected = ErrorCode::request_refused;
  if (value == "huge" || value == "garbled_gzip") expected = ErrorCode::no_answer;
  for (const char* text : {"not_boolean", "number", "not_json_content", "extra_field", "fenced", "cut"}) {
    if (value == text) expected = std::nullopt;
  }
  EXPECT_EQ(code, expected) << bench_.said;
  EXPECT_EQ(asked().calls, shape.calls);
  QuotaState quota = bench_.quota().status();
  EXPECT_EQ(quota.calls_today, 0);
  EXPECT_EQ(quota.bypass_calls, 1);
  EXPECT_EQ(quota.no_credits, shape.failure == JudgeFailure::no_credits);
  EXPECT_EQ(quota.pause.has_value(), pauses(shape.failure));
  EXPECT_EQ(bench_.quota().usage_today().calls, shape.usage_calls);
  EXPECT_EQ(bench_.verdicts().stats().entries, 0);
  expect_no_secret(bench_);
}

INSTANTIATE_TEST_SUITE_P(All, XaiShapes, ::testing::ValuesIn(shapes()),
                         [](const auto& shape) { return std::string(shape.param.value); });

TEST_F(XaiService, AKeyThatIsReallyWrong) {
  Bench bench(*standin_);
  bench.service_options.api_key = "xai-another-key-of-somebody";
  EXPECT_EQ(bench.judge().failure, JudgeFailure::wrong_key);
  EXPECT_NE(bench.said.find("XAI_API_KEY"), std::string::npos);
  EXPECT_EQ(bench.every_byte().find("another-key"), std::string::npos);
}

TEST_F(XaiService, AModelThatIsRetiredIsNamed) {
  Bench bench(*standin_);
  bench.service_options.model = "grok-4-fast-reasoning";
  EXPECT_EQ(bench.judge().failure, JudgeFailure::unknown_model);
  EXPECT_NE(bench.said.find("'grok-4-fast-reasoning'"), std::string::npos);
  EXPECT_NE(bench.said.find("XAI_MODEL"), std::string::npos);
  expect_no_secret(bench);
}

// --- Repeats -----------------------------------------------------------------------------------------

TEST_F(XaiService, ARepeatThatSucceedsIsOneQuestionAndOneUnit) {
  for (const char* answer : {"rate_429", "503", "408", "409", "425"}) {
    standin_->reset();
    Bench bench(*standin_);
    set("xai.answer", answer, 2);
    EXPECT_EQ(bench.judge().source, Source::xai);
    EXPECT_EQ(asked().calls, 3);
    EXPECT_EQ(asked().billed, 1);
    EXPECT_EQ(bench.quota().status().calls_today, 1);
    EXPECT_EQ(bench.quota().usage_today().calls, 1);
    EXPECT_NE(bench.log.all.find("request 3 of 3 in"), std::string::npos) << bench.log.all;
    expect_no_secret(bench);
  }
}

TEST_F(XaiService, RetryAfterIsWaitedFor) {
  for (const char* form : {"seconds", "date"}) {
    Bench bench(*standin_);
    set("xai.answer", "rate_429", 1);
    set("xai.retry_after", form);
    SteadyInstant before = bench.clock.steady_now();
    EXPECT_EQ(bench.judge().source, Source::xai) << form;
    EXPECT_GE(bench.clock.steady_now() - before, seconds(2)) << form;
  }
}

TEST_F(XaiService, ARetryAfterOfGarbageIsNone) {
  Bench bench(*standin_);
  set("xai.answer", "rate_429", 1);
  set("xai.retry_after", "garbage");
  EXPECT_EQ(bench.judge().source, Source::xai);
}

TEST_F(XaiService, NoWaitIsBegunThatWouldEndBeyondTheDeadline) {
  Bench bench(*standin_);
  set("xai.answer", "rate_429");
  set("xai.retry_after", "absurd");
  EXPECT_EQ(bench.judge().failure, JudgeFailure::rate_limited);
  EXPECT_EQ(asked().calls, 1);
  EXPECT_EQ(bench.clock.sleeps, 0);

  bench.quota().resume();
  set("xai.retry_after", "none");
  bench.service_options.deadline = seconds(10);
  bench.service_options.tries = 100;
  SteadyInstant before = bench.clock.steady_now();
  EXPECT_EQ(bench.judge().failure, JudgeFailure::rate_limited);
  EXPECT_LT(bench.clock.steady_now() - before, seconds(10));
  EXPECT_GT(bench.clock.sleeps, 1);
}

TEST_F(XaiService, WallClockJumpsWhileItWaitsDoNoHarm) {
  for (Duration jump : {Duration(hours(49)), Duration(-hours(49))}) {
    Bench bench(*standin_);
    set("xai.answer", "rate_429", 2);
    bench.clock.in_sleep = [&] { bench.clock.jump(jump); };
    Judgement judgement = bench.judge();
    EXPECT_EQ(judgement.source, Source::xai) << judgement.message;
    EXPECT_EQ(bench.judge().source, Source::cache);
    EXPECT_TRUE(bench.quota().verify());
  }
}

TEST_F(XaiService, WhoAnswersInXaisPlacePausesNobodyAndStopsNothing) {
  for (const char* fault : {"page", "gateway", "nothing"}) {
    for (const char* status : {"401", "402", "403", "407", "451"}) {
      SCOPED_TRACE(std::string(fault) + ' ' + status);
      Bench bench(*standin_);
      bench.service_options.tries = 1;
      set("xai.fault_status", status);
      set("xai.fault", fault, 1);
      Judgement judgement = bench.judge(book("first"));
      EXPECT_EQ(judgement.failure, JudgeFailure::unreachable);
      EXPECT_EQ(judgement.retry_at, std::nullopt);
      EXPECT_NE(judgement.message.find("says nothing of the API key"), std::string::npos)
          << judgement.message;
      QuotaState quota = bench.quota().status();
      EXPECT_FALSE(quota.no_credits);
      EXPECT_EQ(quota.pause, std::nullopt);
      EXPECT_EQ(quota.calls_today, 1);
      EXPECT_TRUE(bench.verdicts().list().empty());
      EXPECT_EQ(bench.judge(book("first")).source, Source::xai);
    }
  }
  set("xai.fault_status", "403");
}

// --- A pause for all -----------------------------------------------------------------------------------

// The status says it, whichever server sends it: an edge in front of xAI counts requests, too.
TEST_F(XaiService, A429InAnyFormIsARateLimitAndGivesTheUnitBack) {
  for (const char* fault : {"page", "gateway", "nothing"}) {
    SCOPED_TRACE(fault);
    Bench bench(*standin_);
    bench.service_options.tries = 1;
    set("xai.fault_status", "429");
    set("xai.fault", fault, 1);
    EXPECT_EQ(bench.judge(book("first")).failure, JudgeFailure::rate_limited);
    EXPECT_EQ(bench.judge(book("second")).failure, JudgeFailure::paused);
    EXPECT_EQ(bench.quota().status().calls_today, 0);
  }
  set("xai.fault_status", "403");
}

TEST_F(XaiService, ADrainDuringARateLimitIsOneRequestAndNoUnit) {
  for (const char* form : {"long", "long_date"}) {
    standin_->reset();
    Bench bench(*standin_);
    set("xai.answer", "rate_429");
    set("xai.retry_after", form);
    Instant until{};
    for (int i = 0; i < 40; ++i) {
      Judgement judgement = bench.judge(book(std::to_string(i)));
      EXPECT_EQ(judgement.failure, i == 0 ? JudgeFailure::rate_limited : JudgeFailure::paused);
      ASSERT_TRUE(judgement.retry_at);
      if (i == 0) until = *judgement.retry_at;
      EXPECT_EQ(judgement.retry_at, until);
    }
    Duration pause = until - bench.clock.now();
    EXPECT_GE(pause, seconds(598)) << form;
    EXPECT_LE(pause, seconds(602)) << form;
    EXPECT_EQ(asked().calls, 1);
    EXPECT_EQ(bench.quota().status().calls_today, 0);
    EXPECT_EQ(bench.quota().status().assumed, 40);
    EXPECT_NE(bench.said.find("purser xai resume"), std::string::npos);

    bench.clock.advance(pause);
    for (int i = 0; i < 40; ++i) bench.judge(book(std::to_string(i)));
    EXPECT_EQ(asked().calls, 2) << "one probed";
    set("xai.answer", "normal");
    bench.quota().resume();
    EXPECT_EQ(bench.judge(book("0")).source, Source::xai);
    EXPECT_EQ(bench.quota().status().calls_today, 1);
    expect_no_secret(bench);
  }
}

TEST_F(XaiService, ADrainWithAModelThatIsRetiredIsOneRequestAndAnotherModelEndsThePause) {
  Bench bench(*standin_);
  bench.service_options.model = "grok-4-fast-reasoning";
  for (int i = 0; i < 20; ++i) bench.judge(book(std::to_string(i)));
  EXPECT_EQ(asked().calls, 1);
  EXPECT_EQ(bench.quota().status().calls_today, 0);
  EXPECT_EQ(bench.quota().status().pause->reason, PauseReason::unknown_model);
  bench.service_options.model = "grok-4.3";
  EXPECT_EQ(bench.judge().source, Source::xai);
  EXPECT_EQ(bench.quota().status().pause, std::nullopt);
  expect_no_secret(bench);
}

// Half of the fleet still asks with a model that is retired.
TEST_F(XaiService, AMixedFleetGoesOnWithOneModelAndSendsOneRequestWithTheOther) {
  Bench bench(*standin_);
  ServiceOptions retired = bench.service_options;
  retired.model = "grok-4-fast-reasoning";
  for (int i = 0; i < 20; ++i) {
    Judgement judgement = Service(bench.database(), retired).judge(book("old " + std::to_string(i)));
    EXPECT_EQ(judgement.failure, i == 0 ? JudgeFailure::unknown_model : JudgeFailure::paused);
    EXPECT_EQ(bench.judge(book("new " + std::to_string(i))).source, Source::xai);
  }
  EXPECT_EQ(asked().calls, 21);
  EXPECT_EQ(bench.quota().status().calls_today, 20);
  EXPECT_EQ(bench.quota().status().pause, std::nullopt) << "who does not say his model is not held up";
  EXPECT_TRUE(std::holds_alternative<UnitGranted>(bench.quota().acquire()));
}

TEST_F(XaiService, ADrainWithAWrongKeyIsOneRequestAndTheRightKeyEndsThePause) {
  Bench bench(*standin_);
  const std::string right = bench.service_options.api_key;
  bench.service_options.api_key = "xai-another-key-of-somebody";
  EXPECT_EQ(bench.judge().failure, JudgeFailure::wrong_key);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(bench.judge(book(std::to_string(i))).failure, JudgeFailure::paused);
  EXPECT_NE(bench.said.find("set XAI_API_KEY"), std::string::npos);
  EXPECT_EQ(asked().calls, 1);
  bench.service_options.api_key = right;
  EXPECT_EQ(bench.judge().source, Source::xai);
  EXPECT_EQ(bench.quota().status().pause, std::nullopt);
  EXPECT_EQ(bench.every_byte().find("another-key"), std::string::npos);
}

TEST_F(XaiService, WhoWaitsToAskAgainIsToldOfThePauseMeanwhile) {
  Bench bench(*standin_);
  set("xai.answer", "rate_429");
  bench.clock.in_sleep = [&] {  // another one finds out, with the same key and model
    bench.clock.in_sleep = {};
    set("xai.retry_after", "long");
    Database other = Database::open(bench.file_options("test:2"));
    static_cast<void>(Service(other, bench.service_options).judge(book("Another")));
  };
  EXPECT_EQ(bench.judge().failure, JudgeFailure::rate_limited);
  EXPECT_EQ(asked().calls, 2);
}

TEST_F(XaiService, AQueryIsNotHeldUpAndEndsThePauseThatItDisproves) {
  Bench bench(*standin_);
  set("xai.answer", "forbidden_403", 1);
  EXPECT_PURSER_ERROR(ErrorCode::credentials_refused, bench.query());
  EXPECT_EQ(bench.judge().failure, JudgeFailure::paused);
  EXPECT_NE(bench.query().text, "");
  EXPECT_EQ(bench.judge().source, Source::xai);
}

TEST_F(XaiService, AQuestionThatIsRefusedForItsContentIsNotAskedAgain) {
  Bench bench(*standin_);
  set("xai.answer", "content_403", 1);
  EXPECT_EQ(bench.judge().failure, JudgeFailure::refused_content);
  for (int run = 0; run < 10; ++run) {
    Judgement judgement = bench.judge(book(), {.safe_assumption = false});
    EXPECT_EQ(judgement.failure, JudgeFailure::refused_content);
    EXPECT_FALSE(judgement.verdict);
    bench.clock.advance(hours(24));
  }
  EXPECT_EQ(asked().calls, 1);
  EXPECT_EQ(bench.judge(book("Another")).source, Source::xai);  // it is of the question, and not of the key
  EXPECT_NE(bench.said.find("purser xai cache delete"), std::string::npos);
  bench.verdicts().remove(book());
  EXPECT_EQ(bench.judge().source, Source::xai);
  expect_no_secret(bench);
}

// --- The limit of tokens, the age, the model --------------------------------------------------------------

TEST_F(XaiService, ACutVerdictNamesItsLimit) {
  Bench bench(*standin_);
  set("xai.answer", "cut", 2);
  bench.judge();
  EXPECT_NE(bench.said.find("the limit of 2048 tokens"), std::string::npos) << bench.said;
  bench.service_options.max_tokens = 300;
  bench.judge();
  EXPECT_NE(bench.said.find("the limit of 300 tokens"), std::string::npos) << bench.said;
}

TEST_F(XaiService, ACutQueryHandsOutWhatThereIs) {
  Bench bench(*standin_);
  EXPECT_FALSE(bench.query().cut);
  set("xai.answer", "cut", 1);
  QueryReply reply = bench.query();
  EXPECT_TRUE(reply.cut);
  EXPECT_EQ(reply.text.rfind("You asked: ", 0), 0U);
  EXPECT_EQ(reply.usage.calls, 1);
  set("xai.answer", "empty_length", 1);
  EXPECT_PURSER_ERROR(ErrorCode::service_failed, bench.query());
}

TEST_F(XaiService, AnOldVerdictIsAskedAnewWhereTheCallerSaysSo) {
  Bench bench(*standin_);
  bench.judge();
  bench.clock.advance(hours(48));
  EXPECT_EQ(bench.judge().source, Source::cache);
  EXPECT_EQ(bench.judge(book(), {.max_age = hours(72)}).source, Source::cache);
  bench.service_options.model = "grok-4.5";
  EXPECT_EQ(bench.judge(book(), {.max_age = hours(24)}).source, Source::xai);
  EXPECT_EQ(bench.judge(book(), {.max_age = hours(24)}).source, Source::cache);
  EXPECT_EQ(bench.verdicts().list()[0].model, "grok-4.5");
}

// A broken connection is shared with the workers that waited. A deadline is not: it is the asking worker's own.
TEST_F(XaiService, WhoWaitsSharesAConnectionThatBrokeAndNoDeadline) {
  for (const char* fault : {"reset_after", "wrong_length", "hang"}) {
    SCOPED_TRACE(fault);
    bool is_shared = std::string(fault) != "hang";
    Bench asker(*standin_);
    asker.service_options.deadline = is_shared ? Duration(seconds(20)) : Duration(milliseconds(300));
    set("xai.fault", fault, 1);
    EXPECT_EQ(asker.judge().failure, JudgeFailure::timeout);
    std::string ending = test::ForeignTool(asker.path()).text("SELECT failure FROM xai_flight");
    EXPECT_EQ(ending, is_shared ? "broken" : "timeout");

    Bench bench(*standin_);
    auto claimed = std::get<Claimed>(bench.verdicts().claim(book()));
    bench.clock.in_sleep = [&] {
      bench.clock.in_sleep = {};
      bench.verdicts().abandon(claimed.flight, {.failure = ending});
    };
    EXPECT_EQ(bench.judge().source, is_shared ? Source::fallback : Source::xai);
  }
}

// A worker that waits for another's answer takes it, whatever its own max_age is.
TEST_F(XaiService, AnAnswerThatCameWhileOneWaitedIsYoungEnough) {
  Bench bench(*standin_);
  auto claimed = std::get<Claimed>(bench.verdicts().claim(book()));
  bench.clock.in_sleep = [&] {
    bench.clock.in_sleep = {};
    bench.verdicts().answer(claimed.flight, false);
    bench.clock.advance(seconds(2));
  };
  Judgement judgement = bench.judge(book(), {.max_age = Duration{20}});
  EXPECT_EQ(judgement.source, Source::cache);
  EXPECT_FALSE(judgement.verdict);
  EXPECT_EQ(asked().calls, 0);
}

TEST_F(XaiService, OnlyWhatIsAssumedIsCounted) {
  Bench bench(*standin_);
  bench.judge(book("known"));
  bench.quota().set_limit(1);
  bench.judge(book("known"));
  bench.judge(book("denied"), {.assume = false});
  EXPECT_EQ(bench.quota().status().assumed, 0);
  bench.judge(book("denied"));
  EXPECT_EQ(bench.quota().status().assumed, 1);
}

// --- What was never sent ------------------------------------------------------------------------------

TEST_F(XaiService, WhatWasNeverSentGivesItsUnitBack) {
  Bench bench(*standin_);
  bench.service_options.base_url = "http://127.0.0.1:1";  // nobody listens there
  Judgement judgement = bench.judge();
  EXPECT_EQ(judgement.failure, JudgeFailure::unreachable);
  EXPECT_EQ(bench.clock.sleeps, 2);
  EXPECT_EQ(bench.quota().status().calls_today, 0);
  EXPECT_EQ(bench.judge().failure, JudgeFailure::unreachable);  // the flight is free again at once
  EXPECT_PURSER_ERROR(ErrorCode::unreachable, bench.query());
  EXPECT_EQ(bench.quota().status().bypass_calls, 1);
  expect_no_secret(bench);
}

TEST_F(XaiService, ATryThatWasSentKeepsTheUnitAlthoughTheLastWasNot) {
  standin::Process dying(PURSER_STANDIN);
  dying.set_switch("xai.answer", "503");
  Bench bench(dying);
  bench.clock.in_sleep = [&] { dying.kill(); };
  EXPECT_EQ(bench.judge().failure, JudgeFailure::unreachable);
  EXPECT_EQ(bench.quota().status().calls_today, 1);
}

TEST_F(XaiService, AnAddressThatIsUnsafeOrNoneTakesNoUnit) {
  for (const char* url :
       {"http://api.example.test", "http://127.example.test", "ftp://127.0.0.1", "nonsense", ""}) {
    Bench bench(*standin_);
    bench.service_options.base_url = url;
    EXPECT_PURSER_ERROR(ErrorCode::usage, bench.judge()) << url;
    EXPECT_EQ(bench.quota().status().calls_today, 0) << url;
    EXPECT_EQ(test::ForeignTool(bench.path()).number("SELECT count(*) FROM ops_xai_flights"), 0) << url;
  }
}

// --- The quota ---------------------------------------------------------------------------------------

TEST_F(XaiService, AtTheLimitTheSafeAssumptionAndNoCall) {
  Bench bench(*standin_);
  bench.quota().set_limit(0);
  Judgement judgement = bench.judge();
  EXPECT_EQ(judgement.failure, JudgeFailure::limit);
  EXPECT_TRUE(judgement.verdict);
  EXPECT_EQ(rfc3339(judgement.retry_at.value()), "2026-01-02T00:00:00.000Z");
  EXPECT_FALSE(bench.judge(book(), {.safe_assumption = false}).verdict);
  EXPECT_EQ(asked().calls, 0);
  EXPECT_EQ(bench.verdicts().get(book()), std::nullopt);
  EXPECT_NE(bench.query().text, "");  // never denied
  bench.clock.advance(hours(24));
  bench.quota().set_limit(1);
  EXPECT_EQ(bench.judge().source, Source::xai);
}

TEST_F(XaiService, WithoutCreditsTheDayIsStoppedForAllUntilAPersonOrTheNextDay) {
  Bench bench(*standin_);
  set("xai.answer", "no_credits_403", 1);
  EXPECT_EQ(bench.judge().failure, JudgeFailure::no_credits);
  Database other = Database::open(bench.file_options("test:2"));
  Judgement next = Service(other, bench.service_options).judge(book("Another"));
  EXPECT_EQ(next.failure, JudgeFailure::no_credits);
  EXPECT_EQ(rfc3339(next.retry_at.value()), "2026-01-02T00:00:00.000Z");
  EXPECT_EQ(asked().calls, 1);
  EXPECT_NE(bench.log.all.find("credits"), std::string::npos);
  bench.quota().set_limit(1000);
  EXPECT_EQ(bench.judge().source, Source::xai);
  set("xai.answer", "no_credits_429", 1);
  EXPECT_EQ(bench.judge(book("Another")).failure, JudgeFailure::no_credits);
  bench.clock.advance(hours(24));
  EXPECT_EQ(bench.judge(book("Another")).source, Source::xai);
}

// --- The key -----------------------------------------------------------------------------------------

TEST_F(XaiService, WithoutAKeyTheCacheAnswersAndNothingIsTaken) {
  for (const char* key : {"", "two words", "xai-a\r\nX-Evil: 1", "xai-\xc3\xa9"}) {
    Bench bench(*standin_);
    bench.service_options.api_key = key;
    bench.verdicts().put(book("known"), false);
    Judgement known = bench.judge(book("known"));
    EXPECT_FALSE(known.verdict);
    EXPECT_EQ(known.source, Source::cache);
    EXPECT_EQ(bench.judge(book("known"), {.max_age = hours(1)}).source, Source::cache);
    for (const auto& call :
         {std::function<void()>([&] { bench.judge(); }), std::function<void()>([&] { bench.query(); })}) {
      SCOPED_TRACE(key);
      std::string message = test::message_of(ErrorCode::no_api_key, call);
      for (const char* part : {"words", "Evil", "xai-"})
        EXPECT_EQ(message.find(part), std::string::npos) << message;
    }
    EXPECT_EQ(bench.quota().status().calls_today, 0);
    EXPECT_EQ(bench.quota().status().bypass_calls, 0);
    EXPECT_EQ(test::ForeignTool(bench.path()).number("SELECT count(*) FROM xai_flight"), 0);
  }
  EXPECT_EQ(asked().requests, 0);
}

TEST_F(XaiService, OptionsComeFromTheEnvironmentWithoutWhatPastingLeaves) {
  for (const char* name : {"XAI_API_KEY", "XAI_TOKEN", "XAI_MODEL", "XAI_MAX_TOKENS", "PURSER_XAI_URL"})
    unsetenv(name);
  ServiceOptions none = ServiceOptions::from_environment();
  EXPECT_EQ(none.max_tokens, std::nullopt);
  setenv("XAI_MAX_TOKENS", " 4096\n", 1);
  EXPECT_EQ(ServiceOptions::from_environment().max_tokens, 4096);
  for (const char* wrong : {"0", "-1", "many", "1e3", "99999999999"}) {
    setenv("XAI_MAX_TOKENS", wrong, 1);
    EXPECT_PURSER_ERROR(ErrorCode::usage, ServiceOptions::from_environment()) << wrong;
  }
  unsetenv("XAI_MAX_TOKENS");
  EXPECT_EQ(none.api_key, "");
  EXPECT_EQ(none.model, ServiceOptions().model);
  EXPECT_EQ(none.base_url, "https://api.x.ai");
  setenv("XAI_TOKEN", " the-token\r\n", 1);
  setenv("XAI_MODEL", " \r\n", 1);
  EXPECT_EQ(ServiceOptions::from_environment().api_key, "the-token");
  EXPECT_EQ(ServiceOptions::from_environment().model, ServiceOptions().model);
  setenv("XAI_API_KEY", (standin_->xai_key() + "\r\n").c_str(), 1);
  setenv("XAI_MODEL", "grok-4.6\n", 1);
  setenv("PURSER_XAI_URL", (standin_->xai_url() + "//").c_str(), 1);
  ServiceOptions all = ServiceOptions::from_environment();
  EXPECT_EQ(all.model, "grok-4.6");
  Bench bench(*standin_);
  bench.service_options = all;
  EXPECT_EQ(bench.judge().source, Source::xai);
  EXPECT_EQ(test::ForeignTool(bench.path()).text("SELECT model FROM xai_usage"), "grok-4.6");
}

// Pasted into the wrong variable, it would be named in messages and stored with a pause.
TEST_F(XaiService, AKeyAsTheModelIsRefusedAndNotTold) {
  Bench bench(*standin_);
  ServiceOptions options = bench.service_options;
  options.model = options.api_key;
  std::string message = test::message_of(ErrorCode::usage, [&] { Service(bench.database(), options); });
  EXPECT_EQ(message.find(options.api_key), std::string::npos);
}

TEST_F(XaiService, OptionsThatCannotBeAreRefused) {
  Bench bench(*standin_);
  for (const auto& spoil : {
           std::function<void(ServiceOptions&)>([](ServiceOptions& o) { o.tries = 0; }),
           std::function<void(ServiceOptions&)>([](ServiceOptions& o) { o.deadline = Duration{0}; }),
           std::function<void(ServiceOptions&)>([](ServiceOptions& o) { o.deadline = hours(2); }),
           std::function<void(ServiceOptions&)>([](ServiceOptions& o) { o.connect_deadline = Duration{0}; }),
           std::function<void(ServiceOptions&)>([](ServiceOptions& o) { o.model = ""; }),
           std::function<void(ServiceOptions&)>([](ServiceOptions& o) { o.max_tokens = 0; }),
       }) {
    ServiceOptions options = bench.service_options;
    spoil(options);
    EXPECT_PURSER_ERROR(ErrorCode::usage, Service(bench.database(), options));
  }
}

TEST_F(XaiService, QuestionsAndPromptsThatCannotBeAreRefusedBeforeAnythingIsTaken) {
  Bench bench(*standin_);
  EXPECT_PURSER_ERROR(ErrorCode::invalid_text, bench.judge({.title = "\xff"}));
  EXPECT_PURSER_ERROR(ErrorCode::usage, bench.judge({.price = {-1}}));
  for (const std::string& prompt : {std::string(), std::string(1024 * 1024 + 1, 'x')})
    EXPECT_PURSER_ERROR(ErrorCode::usage, bench.query(prompt));
  EXPECT_PURSER_ERROR(ErrorCode::invalid_text, bench.query("\xff"));
  EXPECT_EQ(bench.quota().status().bypass_calls, 0);
  EXPECT_EQ(bench.quota().status().calls_today, 0);
  EXPECT_EQ(asked().requests, 0);
}

// --- Others ask too -----------------------------------------------------------------------------------

TEST_F(XaiService, WhoFindsAnotherAskingWaitsForThatAnswer) {
  Bench bench(*standin_);
  Database other = Database::open(bench.file_options("test:2"));
  Verdicts others(other);
  auto claim = others.claim(book(), seconds(60));
  bench.clock.in_sleep = [&] {
    if (bench.clock.sleeps == 3) others.answer(std::get<Claimed>(claim).flight, false);
  };
  Judgement judgement = bench.judge();
  EXPECT_FALSE(judgement.verdict);
  EXPECT_EQ(judgement.source, Source::cache);
  EXPECT_EQ(bench.clock.sleeps, 3);
  EXPECT_EQ(asked().calls, 0);
  EXPECT_EQ(bench.quota().status().calls_today, 1);
}

TEST_F(XaiService, WhoWaitsTakesOverWhenTheFlightHasLapsed) {
  Bench bench(*standin_);
  Database other = Database::open(bench.file_options("test:2"));
  auto claim = Verdicts(other).claim(book(), bench.service_options.deadline);
  SteadyInstant before = bench.clock.steady_now();
  EXPECT_EQ(bench.judge().source, Source::xai);
  EXPECT_EQ(bench.clock.steady_now() - before, bench.service_options.deadline + kLapseMargin);
  EXPECT_EQ(bench.quota().status().calls_today, 2);
  EXPECT_FALSE(Verdicts(other).answer(std::get<Claimed>(claim).flight, false));  // late, and not the newest
  EXPECT_TRUE(bench.judge().verdict);
}

TEST_F(XaiService, NobodyWaitsLongerThanHeSaid) {
  Bench bench(*standin_);
  Database other = Database::open(bench.file_options("the-other:7"));
  static_cast<void>(Verdicts(other).claim(book(), seconds(60)));
  for (Duration wait : {Duration{0}, Duration{2500}, Duration{-5}}) {
    SteadyInstant before = bench.clock.steady_now();
    Judgement judgement = bench.judge(book(), {.wait = wait});
    EXPECT_EQ(judgement.failure, JudgeFailure::timeout);
    EXPECT_NE(judgement.message.find("the-other:7"), std::string::npos);
    EXPECT_EQ(bench.clock.steady_now() - before, std::max(wait, Duration{0}));
  }
  EXPECT_EQ(bench.quota().status().calls_today, 1);
  EXPECT_EQ(asked().calls, 0);
}

TEST_F(XaiService, ALateAnswerIsStillTheVerdict) {
  Bench bench(*standin_);
  Database other = Database::open(bench.file_options("test:2"));
  set("xai.answer", "503", 1);
  std::string successor;
  bench.clock.in_sleep = [&] {  // stopped for an hour, as a laptop is
    bench.clock.jump(hours(1));
    successor = std::get<Claimed>(Verdicts(other).claim(book(), seconds(60))).flight;
  };
  EXPECT_EQ(bench.judge().source, Source::xai);
  EXPECT_EQ(bench.verdicts().get(book()), true);
  EXPECT_TRUE(Verdicts(other).answer(successor, false));  // newer
  EXPECT_EQ(bench.verdicts().get(book()), false);
}

// An outage is one call also for a worker that waited for the lock when the asking one gave up.
TEST_F(XaiService, AFailureThatIsToldWhileTheLockIsWaitedForIsStillShared) {
  Bench bench(*standin_);
  Database other = Database::open(bench.file_options("the-other:7"));
  static_cast<void>(Verdicts(other).claim(book(), seconds(60)));
  test::ForeignTool file(bench.path());
  std::thread gives_up;
  bench.clock.in_sleep = [&] {
    file.run(
        "BEGIN IMMEDIATE; DELETE FROM lease;"
        "UPDATE xai_flight SET ended_at_ms = started_at_ms, ending = 'abandon', failure = 'unparsable'");
    gives_up = std::thread([&] {
      system_clock().sleep_until(system_clock().steady_now() + milliseconds(100));
      file.run("COMMIT");
    });
  };
  Judgement judgement = bench.judge();
  gives_up.join();
  EXPECT_EQ(judgement.failure, JudgeFailure::unparsable);
  EXPECT_NE(judgement.message.find("the-other:7"), std::string::npos) << judgement.message;
  EXPECT_EQ(asked().calls, 0);
  EXPECT_EQ(bench.quota().status().calls_today, 1);
  EXPECT_EQ(test::ForeignTool(bench.path()).number("SELECT count(*) FROM ops_xai_flights"), 0);
}

// --- What breaks on the way ---------------------------------------------------------------------------

TEST_F(XaiService, AFaultOfTheCallerEndsTheFlight) {
  Bench bench(*standin_);
  set("xai.answer", "503", 1);
  bench.clock.in_sleep = [] { throw std::runtime_error("the clock is gone"); };
  EXPECT_THROW(bench.judge(), std::runtime_error);
  EXPECT_EQ(bench.quota().status().calls_today, 1);  // it was sent
  bench.clock.in_sleep = {};
  EXPECT_EQ(bench.judge().source, Source::xai);

  bench.service_options.base_url = "http://127.0.0.1:1";
  bench.clock.in_sleep = [] { throw std::runtime_error("the clock is gone"); };
  EXPECT_THROW(bench.judge(book("Another")), std::runtime_error);
  EXPECT_EQ(bench.quota().status().calls_today, 2);  // it was not
}

TEST_F(XaiService, AFaultOfTheFileIsThrownOn) {
  Bench bench(*standin_);
  set("xai.answer", "503", 1);
  bench.clock.in_sleep = [&] { test::ForeignTool(bench.path()).run("PRAGMA user_version = 999"); };
  EXPECT_PURSER_ERROR(ErrorCode::schema_changed, bench.judge());
}

TEST_F(XaiService, WhatWasAnsweredIsHandedOutAndBilledAlsoWhereItsVerdictCannotBeStored) {
  Bench bench(*standin_);
  test::ForeignTool(bench.path())
      .run("CREATE TRIGGER full BEFORE INSERT ON xai_verdict BEGIN SELECT RAISE(ABORT, 'full'); END");
  Judgement judgement = bench.judge(book("Eragon", {6001}));
  EXPECT_FALSE(judgement.verdict);
  EXPECT_EQ(judgement.source, Source::xai);
  EXPECT_NE(bench.log.all.find("xAI's verdict could not be stored"), std::string::npos) << bench.log.all;
  EXPECT_EQ(bench.verdicts().get(book("Eragon", {6001})), std::nullopt);
  EXPECT_EQ(bench.quota().usage_today().cost_usd_ticks, asked().cost_ticks);
  EXPECT_EQ(test::ForeignTool(bench.path()).number("SELECT count(*) FROM ops_xai_flights"), 0);
}

// --- The gate is busy when the answer comes --------------------------------------------------------------

// The bench's Database gives up on a busy gate at once, and another has it from the moment in which xAI is
// asked: for good, or until the bench has waited for it so many times.
class XaiWhileBusy : public XaiService {
 protected:
  void SetUp() override {
    XaiService::SetUp();
    set("xai.fault", "slow", 1);
    set("xai.slow_ms", "300");
  }
  void TearDown() override {
    set_free();
    if (occupant_.joinable()) occupant_.join();
    set("xai.slow_ms", "5000");
  }
  // While `asks` runs. The occupant has the gate before the answer is there.
  void occupied(const std::function<void()>& asks, int free_after_sleeps) {
    bench_.clock.in_sleep = [this, free_after_sleeps] {
      if (free_after_sleeps > 0 && bench_.clock.sleeps == free_after_sleeps) {
        set_free();
        occupant_.join();
      }
    };
    occupant_ = std::thread([this] {
      Database other = Database::open(bench_.file_options("test:2"));
      while (asked().calls == 0) std::this_thread::yield();
      store::Transaction held(other.connection());
      free_.get_future().wait();
    });
    asks();
  }
  void set_free() {
    if (!is_free_) free_.set_value();
    is_free_ = true;
  }
  Service hasty() {
    DatabaseOptions options = bench_.file_options();
    options.busy_deadline = milliseconds(5);
    hasty_.emplace(Database::open(options));
    return {*hasty_, bench_.service_options};
  }

  Bench bench_{*standin_};
  std::optional<Database> hasty_;
  std::promise<void> free_;
  bool is_free_ = false;
  std::thread occupant_;
};

TEST_F(XaiWhileBusy, AVerdictIsStoredWhenTheGateIsFreeAgain) {
  Service service = hasty();
  occupied([&] { EXPECT_EQ(service.judge(book()).source, Source::xai); }, 3);
  EXPECT_EQ(bench_.judge().source, Source::cache);
  EXPECT_EQ(bench_.quota().usage_today().calls, 1);
  EXPECT_EQ(asked().calls, 1);
}

TEST_F(XaiWhileBusy, AVerdictIsHandedOutWhereTheGateStaysBusyUntilTheFlightLapses) {
  Service service = hasty();
  const SteadyInstant began = bench_.clock.steady_now();
  occupied(
      [&] {
        Judgement judgement = service.judge(book("Eragon", {6001}));
        EXPECT_FALSE(judgement.verdict);
        EXPECT_EQ(judgement.source, Source::xai);
      },
      0);
  EXPECT_EQ(bench_.clock.steady_now() - began, bench_.service_options.deadline + kLapseMargin);
  EXPECT_NE(bench_.log.all.find("xAI's verdict could not be stored"), std::string::npos) << bench_.log.all;
  set_free();
  occupant_.join();
  EXPECT_EQ(bench_.judge(book("Eragon", {6001})).source, Source::xai) << "the next one asks again";
}

TEST_F(XaiWhileBusy, WhatIsSaidToAllIsStoredWhenTheGateIsFreeAgain) {
  set("xai.answer", "no_credits_403", 1);
  Service service = hasty();
  occupied([&] { EXPECT_EQ(service.judge(book()).failure, JudgeFailure::no_credits); }, 3);
  EXPECT_TRUE(bench_.quota().status().no_credits);
  EXPECT_EQ(bench_.quota().status().calls_today, 0);
}

TEST_F(XaiWhileBusy, AFailureIsToldWhereTheGateStaysBusy) {
  set("xai.answer", "unknown_model_404", 1);
  Service service = hasty();
  occupied([&] { EXPECT_EQ(service.judge(book()).failure, JudgeFailure::unknown_model); }, 0);
  EXPECT_NE(bench_.log.all.find("what became of the call could not be stored"), std::string::npos);
}

TEST_F(XaiWhileBusy, TheTextOfAQueryIsHandedOutAndCountedOrLogged) {
  for (int sleeps : {3, 0}) {
    SCOPED_TRACE(sleeps);
    standin_->reset();
    set("xai.fault", "slow", 1);
    Service service = hasty();
    free_ = {};
    is_free_ = false;
    bench_.clock.sleeps = 0;
    occupied([&] { EXPECT_NE(service.query("Why is the sky blue?").text, ""); }, sleeps);
    set_free();
    if (occupant_.joinable()) occupant_.join();
    EXPECT_EQ(bench_.quota().usage_today().calls, 1) << "of the first";
  }
  EXPECT_NE(bench_.log.all.find("what a query used could not be stored"), std::string::npos);
}

// --- query -------------------------------------------------------------------------------------------

TEST_F(XaiService, AQueryGoesStraightToXaiAndIsSeen) {
  Bench bench(*standin_);
  QueryReply reply = bench.query();
  EXPECT_NE(reply.text.find("Why is the sky blue?"), std::string::npos);
  EXPECT_EQ(reply.model, "grok-4.3");
  EXPECT_EQ(reply.usage.calls, 1);
  EXPECT_EQ(reply.usage.total_tokens, asked().tokens);
  EXPECT_EQ(bench.quota().usage_today().cost_usd_ticks, asked().cost_ticks);
  bench.query("Why is the sky blue?", "another");
  EXPECT_EQ(asked().calls, 2);  // nothing is cached
  EXPECT_EQ(bench.quota().status().calls_today, 0);
  EXPECT_EQ(
      test::ForeignTool(bench.path()).texts("SELECT kind || ' ' || purpose FROM xai_unit ORDER BY purpose"),
      (std::vector<std::string>{"bypass another", "bypass guided_learning"}));
}

TEST(XaiNames, AreStable) {
  EXPECT_EQ(name_of(Source::cache), "cache");
  EXPECT_EQ(name_of(Source::xai), "xai");
  EXPECT_EQ(name_of(Source::fallback), "fallback");
  EXPECT_EQ(name_of(JudgeFailure::limit), "limit");
  EXPECT_EQ(name_of(JudgeFailure::no_credits), "no_credits");
  EXPECT_EQ(name_of(JudgeFailure::wrong_key), "wrong_key");
  EXPECT_EQ(name_of(JudgeFailure::no_permission), "no_permission");
  EXPECT_EQ(name_of(JudgeFailure::unknown_model), "unknown_model");
  EXPECT_EQ(name_of(JudgeFailure::rate_limited), "rate_limited");
  EXPECT_EQ(name_of(JudgeFailure::rejected), "rejected");
  EXPECT_EQ(name_of(JudgeFailure::unreachable), "unreachable");
  EXPECT_EQ(name_of(JudgeFailure::timeout), "timeout");
  EXPECT_EQ(name_of(JudgeFailure::unparsable), "unparsable");
  EXPECT_EQ(name_of(JudgeFailure::paused), "paused");
  EXPECT_EQ(name_of(JudgeFailure::refused_content), "refused_content");
}

}  // namespace
}  // namespace purser::xai
