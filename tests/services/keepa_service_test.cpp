// Keepa's flow over real sockets, against the stand-in: every fault has a clear result, nothing is lost and
// nothing charged twice, and what the ledger believes is soon the truth again.
#include "purser/keepa_service.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "purser/keepa_status.h"
#include "standin/client.h"
#include "store/connection.h"
#include "store/lease.h"
#include "store/transaction.h"
#include "support/files.h"
#include "support/forked.h"
#include "support/scratch.h"

namespace purser::keepa {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using test::error_of;

constexpr std::size_t kLargestAnswer = std::size_t{16} * 1024 * 1024;
constexpr char kKey[] = "keepa-0123456789abcdef-recognisable-0123456789abcdef";

class CollectedLines final : public LogSink {
 public:
  void line(LogLevel, std::string_view text) override { all += std::string(text) + "\n"; }
  std::string all;
};

// The ledger's clock stands beside real time, and sleeping moves it at once.
class KeepaServiceTest : public test::DatabaseTest {
 protected:
  KeepaServiceTest() {
    clock_.set(system_clock().now());
    // The whole file can be read only while this process has it closed: so that is done at the end, in
    // TearDown.
    DatabaseOptions all = options();
    all.log = &lines_;
    database_.emplace(Database::open(all));
    service_.emplace(*database_, service_options());
  }

  ServiceOptions service_options(const std::string& key = kKey) {
    ServiceOptions all;
    all.api_key = key;
    all.base_url = standin_.keepa_url();
    all.connect_deadline = seconds(2);
    all.deadline = seconds(20);
    all.max_response_bytes = kLargestAnswer;
    return all;
  }
  void use_deadline(Duration deadline) {
    ServiceOptions all = service_options();
    all.deadline = deadline;
    service_.emplace(*database_, all);
  }

  // `products` cost a token each.
  static Call call_for(int products) {
    std::string asins = "B000000000";
    for (int i = 1; i < products; ++i) asins += ",B" + std::to_string(100'000'000 + i);
    return {.task = "backfiller",
            .cost = tokens(products),
            .kind = "product",
            .path = "product",
            .parameters = {{"domain", "1"}, {"asin", asins}}};
  }
  Reply reply_to(int products) {
    CallOutcome outcome = service_->call(call_for(products), Duration::zero());
    auto* reply = std::get_if<Reply>(&outcome);
    if (reply == nullptr) throw std::runtime_error("no reply");
    return std::move(*reply);
  }
  std::optional<ErrorCode> error_of_call(int products, Duration wait = Duration::zero()) {
    auto error = test::thrown_by([&] { static_cast<void>(service_->call(call_for(products), wait)); });
    if (!error) return std::nullopt;
    lines_.line(LogLevel::warning, error->what());
    return error->code();
  }

  void kill_keepa() {
    standin_.kill();
    killed_ = true;
  }
  BucketState state() { return service_->ledger().status().state; }
  standin::KeepaFigures truth() { return standin_.state().keepa; }
  void refresh_later() {
    clock_.advance(seconds(31));
    service_->refresh();
  }
  // However a call ended: nothing is held, the sums are right, and one refresh makes the ledger's balance
  // Keepa's.
  void expect_healed() {
    EXPECT_EQ(state().held, Millitokens{});
    refresh_later();
    EXPECT_EQ(state().balance, tokens(truth().tokens));
    LedgerVerification sums = service_->ledger().verify();
    EXPECT_TRUE(sums.balance_matches);
    EXPECT_TRUE(sums.held_matches);
  }

  void TearDown() override {
    service_.reset();
    database_.reset();
    std::string everything = lines_.all;
    for (const char* suffix : {"", "-wal"})
      everything += test::read_file(folder_.file("purser.db").string() + suffix);
    for (std::size_t i = 0; i + 8 < sizeof kKey; i += 4) {
      std::string part = std::string(kKey).substr(i, 8);
      EXPECT_EQ(everything.find(part), std::string::npos) << "a part of the key got out: " << part;
    }
    if (!killed_) {
      EXPECT_EQ(truth().redirects_followed, 0);
    }
  }

  standin::Process standin_{PURSER_STANDIN, {"--keepa-key", kKey}};
  bool killed_ = false;
  CollectedLines lines_;
  std::optional<Database> database_;
  std::optional<Service> service_;
};

// --- One call --------------------------------------------------------------------------------------

TEST_F(KeepaServiceTest, TheFirstCallLearnsTheBalanceAndSettles) {
  Reply reply = reply_to(80);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.consumed, tokens(80));
  EXPECT_TRUE(reply.settled.settled);
  EXPECT_NE(reply.body.find("products"), std::string::npos);  // gzip undone
  EXPECT_EQ(state().balance, tokens(truth().tokens));
  EXPECT_EQ(truth().token_requests, 1);
  EXPECT_EQ(truth().paid_requests, 1);
}

struct FaultCase {
  const char* fault;
  int times;  // 0: until it is changed
  int products;
  std::optional<ErrorCode> error;  // nullopt: an answer after all
  int most_charges;                // times that Keepa may have charged for it
};

class KeepaFault : public KeepaServiceTest, public ::testing::WithParamInterface<FaultCase> {};

TEST_P(KeepaFault, HasAClearResultAndHeals) {
  const FaultCase& c = GetParam();
  service_->refresh();
  use_deadline(seconds(2));
  standin_.set_switch("keepa.slow_ms", std::string(c.fault) == "slow" && c.error ? "6000" : "200");
  standin_.set_switch("keepa.fault", c.fault, c.times > 0 ? std::optional(c.times) : std::nullopt);
  EXPECT_EQ(error_of_call(c.products), c.error) << lines_.all;
  standin_.set_switch("keepa.fault", "none");
  EXPECT_LE(truth().consumed, c.most_charges * c.products);
  expect_healed();
}

// A call of 50 tokens or more is sent once; a cheaper one is repeated after a 5xx, up to three tries.
INSTANTIATE_TEST_SUITE_P(
    Each, KeepaFault,
    ::testing::Values(
        FaultCase{"none", 0, 10, {}, 1}, FaultCase{"slow", 0, 10, {}, 1},
        FaultCase{"slow", 1, 10, ErrorCode::no_answer, 1}, FaultCase{"hang", 1, 10, ErrorCode::no_answer, 1},
        FaultCase{"reset_before", 1, 10, ErrorCode::no_answer, 0},
        FaultCase{"reset_after", 1, 10, ErrorCode::no_answer, 1},
        FaultCase{"wrong_length", 1, 10, ErrorCode::no_answer, 1},
        FaultCase{"garbled_gzip", 1, 10, ErrorCode::no_answer, 1},
        FaultCase{"huge", 1, 10, ErrorCode::no_answer, 1},
        FaultCase{"truncated_json", 1, 10, ErrorCode::service_failed, 1},
        FaultCase{"not_json", 1, 10, ErrorCode::service_failed, 1},
        FaultCase{"redirect", 1, 10, ErrorCode::service_failed, 1}, FaultCase{"html_502", 1, 10, {}, 2},
        FaultCase{"html_502", 0, 10, ErrorCode::service_failed, 3},
        FaultCase{"html_502", 1, 60, ErrorCode::service_failed, 1}, FaultCase{"html_503", 2, 10, {}, 3},
        FaultCase{"empty_500", 1, 10, {}, 2}, FaultCase{"page", 2, 60, {}, 1},
        FaultCase{"page", 0, 60, ErrorCode::service_failed, 0}, FaultCase{"odd_bytes", 0, 10, {}, 1},
        FaultCase{"deep", 1, 10, ErrorCode::service_failed, 1},
        FaultCase{"huge_header", 1, 10, ErrorCode::no_answer, 1}, FaultCase{"stale_date", 0, 10, {}, 1},
        FaultCase{"future_date", 1, 10, {}, 1}),
    [](const auto& each) {
      return std::string(each.param.fault) + "_" + std::to_string(each.param.times) + "_" +
             std::to_string(each.param.products) + (each.param.error ? "_fails" : "");
    });

struct AnswerCase {
  const char* value;
  std::optional<ErrorCode> error;
  int status;  // of the reply
};

class KeepaAnswerOnTheWire : public KeepaServiceTest, public ::testing::WithParamInterface<AnswerCase> {};

TEST_P(KeepaAnswerOnTheWire, GoesToItsPlaceAndChargesNothing) {
  const AnswerCase& c = GetParam();
  service_->refresh();
  Millitokens before = state().balance;
  standin_.set_switch("keepa.answer", c.value, 1);
  if (c.error) {
    EXPECT_EQ(error_of_call(60), c.error);
  } else {
    EXPECT_EQ(reply_to(60).status, c.status);
  }
  EXPECT_EQ(truth().consumed, 0);
  EXPECT_EQ(state().balance, std::string(c.value) == "500_bare" ? state().balance : before);
  expect_healed();
}

INSTANTIATE_TEST_SUITE_P(Each, KeepaAnswerOnTheWire,
                         ::testing::Values(AnswerCase{"ok_with_error", {}, 200},
                                           AnswerCase{"402", ErrorCode::credentials_refused, 0},
                                           AnswerCase{"402_bare", ErrorCode::credentials_refused, 0},
                                           AnswerCase{"404", {}, 404}, AnswerCase{"404_bare", {}, 404},
                                           AnswerCase{"405", {}, 405}, AnswerCase{"405_bare", {}, 405},
                                           AnswerCase{"500", ErrorCode::service_failed, 0},
                                           AnswerCase{"500_bare", ErrorCode::service_failed, 0}),
                         [](const auto& each) { return std::string("as_") + each.param.value; });

TEST_F(KeepaServiceTest, WhatItReallyCostIsSettled) {
  service_->refresh();
  standin_.set_switch("keepa.cost", "386", 1);
  EXPECT_EQ(reply_to(100).consumed, tokens(386));
  EXPECT_EQ(state().balance, tokens(truth().tokens));
  EXPECT_LT(state().balance, Millitokens{});
}

TEST_F(KeepaServiceTest, AForeignConsumersDebtIsLearntFromThe429) {
  for (const char* body : {"plain", "typed"}) {
    standin_.set_switch("keepa.429_body", body);
    standin_.set_switch("keepa.tokens", "200");
    refresh_later();
    standin_.set_switch("keepa.tokens", "-5");
    CallOutcome outcome = service_->call(call_for(60), Duration::zero());
    EXPECT_EQ(outcome.index(), 0U + 1U) << body << ": refused, since the ledger knows now";
    EXPECT_EQ(state().balance, tokens(-5)) << body;
    EXPECT_EQ(state().held, Millitokens{});
  }
  EXPECT_EQ(truth().consumed, 0);
}

// Keepa's 429 has true counts that would have sufficed: that has no explanation, so the call is not repeated
// for ever.
TEST_F(KeepaServiceTest, A429ThatTheCountsDoNotExplainEndsWithTheWait) {
  service_->refresh();
  standin_.set_switch("keepa.answer", "429");
  EXPECT_EQ(error_of_call(60), ErrorCode::rate_limited);
  EXPECT_EQ(truth().paid_requests, 2);
  standin_.set_switch("keepa.answer", "normal");
  EXPECT_EQ(truth().consumed, 0);
  expect_healed();
}

TEST_F(KeepaServiceTest, A429IsAskedAgainWithinTheWait) {
  service_->refresh();
  standin_.set_switch("keepa.answer", "429", 2);
  SteadyInstant began = clock_.steady_now();
  CallOutcome outcome = service_->call(call_for(60), minutes(5));
  EXPECT_TRUE(std::holds_alternative<Reply>(outcome));
  EXPECT_GT(clock_.steady_now(), began);  // it waited on the clock, not on the wire
  EXPECT_EQ(truth().paid_requests, 3);
  EXPECT_EQ(truth().consumed, 60);
}

TEST_F(KeepaServiceTest, AKindOfCallCostsWhatKeepaSaidOfThoseThatItWorkedOn) {
  service_->refresh();
  auto product = [&] {
    return service_->ledger().afford({.task = "backfiller", .kind = "product"}).kind.value();
  };
  standin_.set_switch("keepa.answer", "429", 1);
  ASSERT_TRUE(std::holds_alternative<Reply>(service_->call(call_for(60), minutes(5))));
  standin_.set_switch("keepa.fault", "reset_after", 1);
  EXPECT_EQ(error_of_call(70), ErrorCode::no_answer);  // charged in full: its cost is not stated
  KindCost one = product();
  EXPECT_EQ(one.calls, 1);
  EXPECT_EQ(one.max, tokens(60));
  Call estimated = call_for(20);
  estimated.cost = tokens(10);
  ASSERT_TRUE(std::holds_alternative<Reply>(service_->call(estimated, minutes(5))));
  KindCost two = product();
  EXPECT_EQ(two.calls, 2);
  EXPECT_EQ(two.mean, tokens(40));
  EXPECT_EQ(two.reserved_mean, tokens(35));
}

TEST_F(KeepaServiceTest, WhatWasNeverSentIsGivenBack) {
  service_->refresh();
  Millitokens before = state().balance;
  kill_keepa();
  EXPECT_EQ(error_of_call(60), ErrorCode::unreachable);
  EXPECT_EQ(state().balance, before);
  EXPECT_EQ(state().held, Millitokens{});
  EXPECT_EQ(service_->ledger().entries(1).front().kind, "release");
}

// A hundred products with their offers and history come to many megabytes, and they are paid for.
TEST_F(KeepaServiceTest, ALongAnswerIsReadWhole) {
  ServiceOptions all = service_options();
  all.max_response_bytes = ServiceOptions().max_response_bytes;
  service_.emplace(*database_, all);
  standin_.set_switch("keepa.fault", "huge", 1);
  standin_.set_switch("keepa.applies_to", "paid");
  EXPECT_GT(reply_to(10).body.size(), 4 * kLargestAnswer);
  EXPECT_EQ(state().balance, tokens(truth().tokens));
}

// The refresh after a failed call fails too, for another reason: the call's own failure is thrown.
TEST_F(KeepaServiceTest, WhatFailsAfterACallDoesNotHideWhatBecameOfIt) {
  service_->refresh();
  clock_.jump(-std::chrono::hours(50));  // from now on no timestamp of Keepa's is believed
  standin_.set_switch("keepa.fault", "reset_after", 1);
  EXPECT_EQ(error_of_call(10), ErrorCode::no_answer);
  EXPECT_NE(lines_.all.find("ahead of this machine's clock"), std::string::npos) << lines_.all;
  standin_.set_switch("keepa.fault", "not_json", 1);
  EXPECT_EQ(error_of_call(10), ErrorCode::service_failed);
  clock_.set(system_clock().now());
  expect_healed();
}

// Somebody stays in the database from the moment Keepa works on the call until the caller has its answer.
TEST_F(KeepaServiceTest, AnAnswerThatWasPaidForIsNotLostWhereTheDatabaseIsBusy) {
  DatabaseOptions impatient = options();
  impatient.log = &lines_;
  impatient.busy_deadline = milliseconds(50);
  Database database = Database::open(impatient);
  Service service(database, service_options());
  service.refresh();
  standin_.set_switch("keepa.fault", "slow", 1);
  standin_.set_switch("keepa.slow_ms", "500");
  std::promise<void> answered;
  std::thread other([&] {
    Database busy = open("other");
    while (truth().paid_requests == 0) std::this_thread::yield();
    store::Transaction held(busy.connection());
    answered.get_future().wait();
  });
  std::optional<CallOutcome> outcome;
  EXPECT_NO_PURSER_ERROR(outcome = service.call(call_for(60), Duration::zero()));
  answered.set_value();
  other.join();
  ASSERT_TRUE(outcome && std::holds_alternative<Reply>(*outcome));
  EXPECT_NE(std::get<Reply>(*outcome).body.find("products"), std::string::npos);
  EXPECT_FALSE(std::get<Reply>(*outcome).settled.settled);
  EXPECT_EQ(state().held, tokens(60));
  clock_.advance(kDefaultLifetime);  // as if the worker had died
  expect_healed();
}

TEST_F(KeepaServiceTest, A503SaysWhenToComeBack) {
  service_->refresh();
  standin_.set_switch("keepa.fault", "html_503", 1);
  standin_.set_switch("keepa.retry_after", "seconds", 1);
  SteadyInstant began = clock_.steady_now();
  CallOutcome outcome = service_->call(call_for(10), minutes(1));
  EXPECT_TRUE(std::holds_alternative<Reply>(outcome));
  EXPECT_GE(clock_.steady_now() - began, seconds(2));
  standin_.set_switch("keepa.fault", "html_503", 1);
  standin_.set_switch("keepa.retry_after", "absurd", 1);
  EXPECT_EQ(error_of_call(10, minutes(1)), ErrorCode::service_failed);  // later than anybody waits
}

// --- The refresh -----------------------------------------------------------------------------------

TEST_F(KeepaServiceTest, ARefreshIsDoneAtMostOnceIn30Seconds) {
  Refresh first = service_->refresh();
  EXPECT_TRUE(first.refreshed);
  EXPECT_TRUE(first.observed.applied);
  EXPECT_EQ(first.observed.drift, std::nullopt);  // the first
  clock_.advance(seconds(29));
  Refresh second = service_->refresh();
  EXPECT_FALSE(second.refreshed);
  EXPECT_EQ(second.observed_at, first.observed_at);
  clock_.advance(seconds(1));
  EXPECT_TRUE(service_->refresh().refreshed);
  clock_.jump(-std::chrono::hours(5));  // a clock that went back is no reason to wait
  EXPECT_TRUE(service_->refresh().refreshed);
  EXPECT_EQ(truth().token_requests, 3);
}

TEST_F(KeepaServiceTest, AnUnknownBalanceIsNeverHeldBack) {
  standin_.set_switch("keepa.fault", "empty_500");
  EXPECT_PURSER_ERROR(ErrorCode::service_failed, service_->refresh());
  standin_.set_switch("keepa.fault", "none");
  EXPECT_TRUE(service_->refresh().refreshed);
  EXPECT_TRUE(state().known);
}

TEST_F(KeepaServiceTest, ARefreshThatFailsIsRepeatedWithinItsDeadline) {
  standin_.set_switch("keepa.fault", "html_502", 2);
  EXPECT_TRUE(service_->refresh().refreshed);
  EXPECT_EQ(truth().requests, 3);
}

TEST_F(KeepaServiceTest, EveryFaultOfARefreshIsToldAndFreesTheTurn) {
  standin_.set_switch("keepa.slow_ms", "2000");
  for (const char* fault : {"slow", "hang", "reset_before", "reset_after", "html_502", "truncated_json",
                            "wrong_length", "redirect", "huge", "garbled_gzip", "not_json"}) {
    use_deadline(milliseconds(300));
    standin_.set_switch("keepa.fault", fault);
    auto code = error_of([&] { service_->refresh(); });
    EXPECT_TRUE(code == ErrorCode::no_answer || code == ErrorCode::service_failed) << fault;
    clock_.advance(seconds(31));  // what failed counts as asked
    standin_.set_switch("keepa.fault", "none");
    use_deadline(seconds(20));
    EXPECT_TRUE(service_->refresh().refreshed) << fault;
    clock_.advance(seconds(31));
  }
}

TEST_F(KeepaServiceTest, AStampOfAWrongClockCannotFreezeTheBalance) {
  service_->refresh();
  standin_.set_switch("keepa.fault", "stale_date");
  standin_.set_switch("keepa.tokens", "123");
  refresh_later();
  EXPECT_EQ(state().balance, tokens(123));
}

TEST_F(KeepaServiceTest, AWrongKeyIsTold) {
  Service wrong(*database_, service_options("not-the-key"));
  EXPECT_PURSER_ERROR(ErrorCode::credentials_refused, wrong.refresh());
  EXPECT_FALSE(state().known);
  EXPECT_PURSER_ERROR(ErrorCode::credentials_refused, wrong.call(call_for(10), minutes(1)));
  service_->refresh();  // it was never recorded as the account's
}

TEST_F(KeepaServiceTest, AnotherKeyIsRefusedUntilItIsAccepted) {
  service_->refresh();
  standin::Process other(PURSER_STANDIN, {"--keepa-key", "another-key", "--tokens", "77"});
  ServiceOptions options = service_options("another-key");
  options.base_url = other.keepa_url();
  Service changed(*database_, options);
  EXPECT_PURSER_ERROR(ErrorCode::another_key, changed.refresh());
  EXPECT_PURSER_ERROR(ErrorCode::another_key,
                      changed.acquire({.task = "backfiller", .cost = tokens(10)}, Duration::zero()));
  EXPECT_EQ(state().balance, tokens(300));
  Service mistyped(*database_, service_options("no-key-at-all"));
  EXPECT_PURSER_ERROR(ErrorCode::credentials_refused, mistyped.refresh(NewKey::accepted));
  EXPECT_EQ(state().balance, tokens(300));  // a key that Keepa refuses takes nothing over
  refresh_later();
  Refresh accepted = changed.refresh(NewKey::accepted);  // not held back: the balance is unknown again
  EXPECT_TRUE(accepted.refreshed);
  EXPECT_EQ(state().balance, tokens(77));
  EXPECT_PURSER_ERROR(ErrorCode::another_key, service_->refresh());
  LedgerVerification sums = changed.ledger().verify();
  EXPECT_TRUE(sums.balance_matches && sums.held_matches);
}

// Observed by hand, then by each call's response: the account never needs a refresh, and still belongs to one
// key.
TEST_F(KeepaServiceTest, TheFirstAnswerOfACallTellsWhoseAccountItIs) {
  service_->ledger().observe({.tokens_left = tokens(300), .refill_rate = tokens(5)});
  EXPECT_EQ(reply_to(10).status, 200);
  EXPECT_EQ(truth().token_requests, 0);
  standin::Process other(PURSER_STANDIN, {"--keepa-key", "another-key", "--tokens", "77"});
  ServiceOptions options = service_options("another-key");
  options.base_url = other.keepa_url();
  Service changed(*database_, options);
  EXPECT_PURSER_ERROR(ErrorCode::another_key, changed.call(call_for(10), Duration::zero()));
  EXPECT_EQ(other.state().keepa.paid_requests, 0);
}

TEST_F(KeepaServiceTest, NoKeyIsTold) {
  EXPECT_PURSER_ERROR(ErrorCode::no_api_key, Service(*database_, service_options("")));
}

TEST_F(KeepaServiceTest, PlainHttpToAnotherMachineIsRefused) {
  ServiceOptions options = service_options();
  for (const char* base : {"http://api.example.com", "http://127.example.invalid", "http://127.0.0.1.invalid",
                           "http://10.0.0.1", "http://localhost.invalid", "file:///etc/passwd"}) {
    options.base_url = base;
    EXPECT_PURSER_ERROR(ErrorCode::usage, Service(*database_, options).refresh()) << base;
  }
}

// Moves at once, and counts how often somebody sleeps.
class CountedSleeps final : public Clock {
 public:
  explicit CountedSleeps(test::TestClock& inner) : inner_(inner) {}
  Instant now() const override { return inner_.now(); }
  SteadyInstant steady_now() const override { return inner_.steady_now(); }
  void sleep_until(SteadyInstant when) override {
    inner_.sleep_until(when);
    ++count;
  }
  std::atomic<int> count = 0;

 private:
  test::TestClock& inner_;
};

// Holds the gate from the beginning, each time until the other side has found it busy and sleeps.
class Occupier {
 public:
  Occupier(DatabaseOptions options, const CountedSleeps& sleeps)
      : thread_([this, options = std::move(options), &sleeps] { occupy(options, sleeps); }) {
    while (!has_begun_) std::this_thread::yield();
  }
  ~Occupier() {
    ends_ = true;
    thread_.join();
  }

 private:
  void occupy(const DatabaseOptions& options, const CountedSleeps& sleeps) {
    Database database = Database::open(options);
    while (!ends_) {
      int seen = sleeps.count;
      try {
        store::Transaction held(database.connection());
        has_begun_ = true;
        while (!ends_ && sleeps.count == seen) std::this_thread::yield();
      } catch (const Error&) {
        continue;  // busy: the other one has it
      }
    }
  }
  std::atomic<bool> ends_ = false, has_begun_ = false;
  std::thread thread_;
};

class KeepaWhileBusy : public KeepaServiceTest {
 protected:
  KeepaWhileBusy() {
    hasty_ = options("hasty");
    hasty_.log = &lines_;
    hasty_.busy_deadline = milliseconds(5);
    hasty_.clock = &sleeps_;
  }
  CountedSleeps sleeps_{clock_};
  DatabaseOptions hasty_;
};

TEST_F(KeepaWhileBusy, KeepasAnswerIsStoredWhenTheGateIsFreeAgainAndTheTurnEnds) {
  Database database = Database::open(hasty_);
  Service service(database, service_options());
  service.refresh();
  clock_.advance(seconds(31));
  standin_.set_switch("keepa.tokens", "123");
  standin_.set_switch("keepa.fault", "slow", 1);
  standin_.set_switch("keepa.slow_ms", "500");
  auto asked = truth().token_requests;
  std::unique_ptr<Occupier> other;
  std::thread occupies([&] {
    while (truth().token_requests == asked) std::this_thread::yield();
    other = std::make_unique<Occupier>(options("other"), sleeps_);
  });
  Refresh refresh = service.refresh();
  occupies.join();
  other.reset();
  EXPECT_TRUE(refresh.refreshed);
  EXPECT_EQ(state().balance, tokens(123));
  clock_.advance(seconds(31));
  SteadyInstant began = clock_.steady_now();
  EXPECT_TRUE(service_->refresh().refreshed);
  EXPECT_EQ(clock_.steady_now(), began) << "nobody waits for the end of a turn";
}

TEST_F(KeepaWhileBusy, ARequestThatFailsGivesItsTurnBackWhenTheGateIsFreeAgain) {
  Database database = Database::open(hasty_);
  Service wrong(database, service_options("not-the-key"));
  standin_.set_switch("keepa.fault", "slow", 1);
  standin_.set_switch("keepa.slow_ms", "500");
  auto asked = truth().token_requests;
  std::unique_ptr<Occupier> other;
  std::thread occupies([&] {
    while (truth().token_requests == asked) std::this_thread::yield();
    other = std::make_unique<Occupier>(options("other"), sleeps_);
  });
  EXPECT_PURSER_ERROR(ErrorCode::credentials_refused, wrong.refresh());
  occupies.join();
  other.reset();
  SteadyInstant began = clock_.steady_now();
  EXPECT_TRUE(service_->refresh().refreshed);
  EXPECT_EQ(clock_.steady_now(), began) << "nobody waits for the end of a turn";
}

TEST_F(KeepaWhileBusy, AWaitGoesOnWhereItsFirstLookFindsTheGateBusy) {
  Database database = Database::open(hasty_);
  Service service(database, service_options());
  std::optional<Occupier> other(std::in_place, options("other"), sleeps_);
  SpendingOutcome outcome = service.acquire({.task = "backfiller", .cost = tokens(80)}, minutes(5));
  int sleeps = sleeps_.count;
  other.reset();
  ASSERT_TRUE(std::holds_alternative<Spending>(outcome));
  EXPECT_GT(sleeps, 0);
  EXPECT_TRUE(std::get<Spending>(outcome).release());
  EXPECT_EQ(truth().token_requests, 1);
  clock_.advance(seconds(31));
  SteadyInstant began = clock_.steady_now();
  EXPECT_TRUE(service_->refresh().refreshed);
  EXPECT_EQ(clock_.steady_now(), began) << "no turn is left behind";
}

// --- Waiting, and the scope object -----------------------------------------------------------------

TEST_F(KeepaServiceTest, AStaleBeliefIsRefreshedBeforeAnybodyWaits) {
  standin_.set_switch("keepa.tokens", "10");
  service_->refresh();
  clock_.advance(seconds(61));
  standin_.set_switch("keepa.tokens", "200");
  SpendingOutcome outcome = service_->acquire({.task = "backfiller", .cost = tokens(80)}, Duration::zero());
  ASSERT_TRUE(std::holds_alternative<Spending>(outcome));
  EXPECT_TRUE(std::get<Spending>(outcome).release());
}

TEST_F(KeepaServiceTest, WithoutKeepaTheWaitGoesOnWithOneWarning) {
  standin_.set_switch("keepa.tokens", "10");
  service_->refresh();
  kill_keepa();
  SpendingOutcome outcome = service_->acquire({.task = "backfiller", .cost = tokens(80)}, minutes(30));
  ASSERT_TRUE(std::holds_alternative<Spending>(outcome));  // by projection: (55 - 10) / 5 minutes
  EXPECT_TRUE(std::get<Spending>(outcome).release());
  EXPECT_EQ(lines_.all.find("no connection"), lines_.all.rfind("no connection")) << lines_.all;
  EXPECT_NE(lines_.all.find("no connection"), std::string::npos);
}

// The worker whose turn it is to refresh has died: a wait of 2 s does not last until the end of that turn.
TEST_F(KeepaServiceTest, AWaitIsNotMuchLongerBecauseAnotherAsksForTheBalance) {
  service_->ledger().observe({.tokens_left = tokens(10), .refill_rate = tokens(5)});
  clock_.advance(seconds(61));
  {
    Database other = open("other");
    store::Transaction change(other.connection());
    store::find_or_take_lease(change, "keepa refresh", seconds(70));
    change.commit();
  }
  SteadyInstant began = clock_.steady_now();
  SpendingOutcome outcome = service_->acquire({.task = "backfiller", .cost = tokens(80)}, seconds(2));
  EXPECT_TRUE(std::holds_alternative<Refused>(outcome));
  EXPECT_LE(clock_.steady_now() - began, seconds(25));
}

TEST_F(KeepaServiceTest, ASpendingWhoseReservationHasEndedSpendsNothing) {
  service_->refresh();
  AcquireRequest request{.task = "backfiller", .cost = tokens(80), .idempotency_key = "once"};
  SpendingOutcome first = service_->acquire(request, Duration::zero());
  EXPECT_TRUE(std::get<Spending>(first).release());
  {
    SpendingOutcome again = service_->acquire(request, Duration::zero());
    EXPECT_EQ(std::get<Spending>(again).grant().ended, Ending::release);
  }
  EXPECT_EQ(state().balance, tokens(300));
  EXPECT_EQ(lines_.all.find("counted as spent"), std::string::npos) << lines_.all;
}

TEST_F(KeepaServiceTest, ASpendingThatIsLeftIsCountedAsSpent) {
  service_->refresh();
  std::string id;
  try {
    SpendingOutcome outcome = service_->acquire({.task = "backfiller", .cost = tokens(80)}, Duration::zero());
    id = std::get<Spending>(outcome).grant().reservation;
    throw std::runtime_error("the worker's own request failed");
  } catch (const std::runtime_error&) {
  }
  EXPECT_EQ(state().balance, tokens(220));
  EXPECT_EQ(state().held, Millitokens{});
  EXPECT_NE(lines_.all.find(id), std::string::npos);
}

TEST_F(KeepaServiceTest, ASpendingSettlesWithAnyAnswer) {
  service_->refresh();
  auto spend = [&](std::string_view answer, int status) {
    SpendingOutcome outcome = service_->acquire({.task = "backfiller", .cost = tokens(50)}, Duration::zero());
    std::get<Spending>(outcome).settle(answer, status);
    return state().balance;
  };
  EXPECT_EQ(spend(R"({"tokensLeft":290,"refillRate":5,"tokensConsumed":10})", 200), tokens(290));
  EXPECT_EQ(spend(R"({"tokensLeft":0,"refillRate":0,"tokensConsumed":0})", 400),
            tokens(290));  // a bad key's zeros
  EXPECT_EQ(spend("<html>", 404), tokens(290));
  EXPECT_EQ(spend("<html>", 502), tokens(240));  // it may have been worked on
}

TEST_F(KeepaServiceTest, ASpendingThatWasDetachedIsEndedByItsNewOwner) {
  service_->refresh();
  Granted detached;
  {
    SpendingOutcome outcome = service_->acquire({.task = "backfiller", .cost = tokens(50)}, Duration::zero());
    detached = std::get<Spending>(outcome).detach();
  }
  EXPECT_EQ(state().held, tokens(50));
  EXPECT_TRUE(service_->ledger().release(detached.reservation));
}

// --- Several processes -----------------------------------------------------------------------------

TEST_F(KeepaServiceTest, ManyProcessesThatKnowNothingAskOnce) {
  service_.reset();
  database_.reset();
  standin_.set_switch("keepa.fault", "slow");
  standin_.set_switch("keepa.slow_ms", "500");
  constexpr int kProcesses = 12;
  std::vector<std::unique_ptr<test::Forked>> all;
  for (int i = 0; i < kProcesses; ++i) {
    all.push_back(std::make_unique<test::Forked>([this] {
      Database database = Database::open({.path = folder_.file("purser.db")});
      Service service(database, service_options());
      service.refresh();
      return service.ledger().status().state.known ? 0 : 1;
    }));
  }
  for (auto& process : all) EXPECT_EQ(process->wait(), 0);
  EXPECT_EQ(truth().token_requests, 1);
}

TEST_F(KeepaServiceTest, OneTakesOverFromARefresherThatWasKilled) {
  service_.reset();
  database_.reset();
  standin_.set_switch("keepa.fault", "hang", 1);
  test::Forked holder([this] {
    Database database = Database::open({.path = folder_.file("purser.db")});
    Service(database, service_options()).refresh();
    return 0;
  });
  while (truth().requests == 0) std::this_thread::yield();  // it asks, and will not hear an answer
  holder.kill();
  clock_.set(system_clock().now());
  Database database = Database::open(options());
  Service service(database, service_options());
  EXPECT_TRUE(service.refresh().refreshed);  // after the lease has lapsed, on a clock that does not wait
  EXPECT_EQ(truth().token_requests, 2);
}

}  // namespace
}  // namespace purser::keepa
