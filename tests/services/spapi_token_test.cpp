// An access token against the stand-in: when one is exchanged, what each failure of Login with Amazon leads
// to, and which environment the credentials are for.
#include <gtest/gtest.h>

#include <ostream>

#include "services/spapi_service_test.h"
#include "spapi/access_tokens.h"
#include "support/foreign_tool.h"

namespace purser::spapi {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class SpapiToken : public SpapiTest {
 protected:
  SpapiToken() { bench_.set(); }
};

// --- The life of a token -----------------------------------------------------------------------------

TEST_F(SpapiToken, OneExchangeServesEveryWorkerUntilFiveMinutesBeforeItsEnd) {
  AccessToken first = bench_.token();
  EXPECT_TRUE(first.refreshed);
  EXPECT_EQ(first.token.size(), 353U);
  EXPECT_EQ(first.token_id.size(), 32U);
  EXPECT_EQ(first.expires_at, bench_.clock.now() + seconds(3600));
  bench_.clock.advance(minutes(55) - milliseconds(1));
  AccessToken again = bench_.token();
  EXPECT_EQ(again.token, first.token);
  EXPECT_FALSE(again.refreshed);
  EXPECT_EQ(truth().lwa.requests, 1);
  bench_.clock.advance(milliseconds(1));
  AccessToken next = bench_.token();
  EXPECT_TRUE(next.refreshed);
  EXPECT_NE(next.token, first.token);
  EXPECT_NE(next.token_id, first.token_id);
  EXPECT_EQ(truth().lwa.requests, 2);
}

TEST_F(SpapiToken, AFailedRefreshInTheAdvisoryWindowLeavesTheOldToken) {
  for (const char* how : {"server_error_500", "invalid_grant", "invalid_client"}) {
    bench_.set();
    AccessToken first = bench_.token({}, Retry::yes);
    bench_.clock.advance(minutes(56));
    set("lwa.answer", how);
    EXPECT_EQ(bench_.token().token, first.token) << how;
    EXPECT_EQ(bench_.token().token, first.token) << how;  // in the back-off, or latched
    EXPECT_NE(bench_.log.all.find("the old token is used until"), std::string::npos) << how;
    bench_.clock.advance(minutes(3));
    EXPECT_NE(bench_.error_of_token(), std::nullopt) << how;
    set("lwa.answer", "normal");
    bench_.clock.advance(minutes(2));
  }
}

TEST_F(SpapiToken, ARejectedTokenIsReplacedOnceForAll) {
  AccessToken first = bench_.token();
  bench_.clock.advance(minutes(1));
  AccessToken second = bench_.token(first.token_id);
  EXPECT_TRUE(second.refreshed);
  EXPECT_NE(second.token, first.token);
  AccessToken third = bench_.token(first.token_id);  // another worker, with the same complaint
  EXPECT_EQ(third.token, second.token);
  EXPECT_FALSE(third.refreshed);
  EXPECT_EQ(truth().lwa.exchanges, 2);
}

TEST_F(SpapiToken, ATokenYoungerThanAMinuteIsNotTheCauseOfARefusal) {
  AccessToken first = bench_.token();
  bench_.clock.advance(seconds(60) - milliseconds(1));
  AccessToken again = bench_.token(first.token_id);
  EXPECT_EQ(again.token, first.token);
  EXPECT_FALSE(again.refreshed);
  EXPECT_NE(bench_.log.all.find("less than a minute old"), std::string::npos) << bench_.log.all;
  EXPECT_EQ(truth().lwa.requests, 1);
  bench_.clock.advance(milliseconds(1));
  EXPECT_TRUE(bench_.token(first.token_id).refreshed);
}

TEST_F(SpapiToken, SecretsAreOpenedForTheExchangeAlone) {
  AccessToken first = bench_.token();
  {
    test::ForeignTool tool(bench_.path());
    tool.run("UPDATE spapi_credential SET refresh_token_sealed = zeroblob(80)");
  }
  EXPECT_EQ(bench_.token().token, first.token);  // what would not open is not looked at
  bench_.clock.advance(minutes(61));
  EXPECT_EQ(bench_.error_of_token(), ErrorCode::wrong_master_key);
  EXPECT_EQ(bench_.error_of_token(), ErrorCode::wrong_master_key)
      << "the turn was given back, without a back-off";
  EXPECT_EQ(truth().lwa.requests, 1);
}

TEST_F(SpapiToken, OfTheEnvironmentWhereTheDatabaseHasNone) {
  Bench other(*standin_);
  EXPECT_EQ(other.error_of_token(), ErrorCode::no_credentials);
  for (const auto& [name, value] : standin_->environment()) setenv(name.c_str(), value.c_str(), 1);
  EXPECT_TRUE(other.token().refreshed);
  EXPECT_FALSE(other.token().refreshed);
  EXPECT_EQ(other.status().source, Source::environment);
  unsetenv("PURSER_KEY_FILE");
  EXPECT_EQ(other.error_of_token(), ErrorCode::no_master_key);
}

TEST_F(SpapiToken, ALifeThatNobodyCanUseIsAskedForEachTime) {
  set("lwa.expires_in", "30");
  EXPECT_TRUE(bench_.token().refreshed);
  EXPECT_TRUE(bench_.token().refreshed);
  EXPECT_EQ(truth().lwa.exchanges, 2);
}

// --- Failures ----------------------------------------------------------------------------------------

struct Shape {
  const char* name;
  const char* value;
  std::optional<ErrorCode> error = {};
  State state = State::ok;
  int requests = 1;
  Duration deadline = seconds(20);
};

void PrintTo(const Shape& shape, std::ostream* out) { *out << shape.name << "=" << shape.value; }

std::vector<Shape> shapes() {
  using E = ErrorCode;
  constexpr State kOk = State::ok, kLost = State::needs_authorization, kWrong = State::misconfigured;
  constexpr Duration kShort = milliseconds(700);
  return {
      {"lwa.answer", "normal"},
      {"lwa.answer", "no_refresh_token"},
      {"lwa.answer", "other_refresh_token"},
      {"lwa.answer", "no_expires_in"},
      {"lwa.answer", "no_access_token", E::service_failed},
      {"lwa.answer", "invalid_grant", E::needs_authorization, kLost, 2},
      {"lwa.answer", "invalid_grant_live", E::needs_authorization, kLost, 2},
      {"lwa.answer", "invalid_client", E::credentials_refused, kWrong},
      {"lwa.answer", "unauthorized_client", E::credentials_refused, kWrong},
      {"lwa.answer", "invalid_request", E::credentials_refused, kWrong},
      {"lwa.answer", "invalid_scope", E::credentials_refused, kWrong},
      {"lwa.answer", "access_denied", E::credentials_refused, kWrong},
      {"lwa.answer", "unsupported_grant_type", E::credentials_refused, kWrong},
      {"lwa.answer", "unknown_code_400", E::service_failed},
      {"lwa.answer", "forbidden_400", E::service_failed},
      {"lwa.answer", "forbidden_403", E::service_failed},
      {"lwa.answer", "not_found_404", E::service_failed},
      {"lwa.answer", "proxy_407", E::service_failed},
      {"lwa.answer", "server_error_500", E::service_failed},
      {"lwa.answer", "temporarily_unavailable_503", E::service_failed},
      {"lwa.answer", "429_slow_down", E::rate_limited},
      {"lwa.answer", "429_text", E::rate_limited},
      {"lwa.fault", "slow", E::no_answer, kOk, 1, kShort},
      {"lwa.fault", "hang", E::no_answer, kOk, 1, kShort},
      {"lwa.fault", "reset_before", E::no_answer},
      {"lwa.fault", "reset_after", E::no_answer},
      {"lwa.fault", "wrong_length", E::no_answer},
      {"lwa.fault", "huge", E::no_answer},
      {"lwa.fault", "garbled_gzip", E::no_answer},
      {"lwa.fault", "html_502", E::service_failed},
      {"lwa.fault", "html_503", E::service_failed},
      {"lwa.fault", "empty_500", E::service_failed},
      {"lwa.fault", "redirect", E::service_failed},
      {"lwa.fault", "truncated_json", E::service_failed},
      {"lwa.fault", "not_json", E::service_failed},
      {"lwa.fault", "stale_date"},
      {"lwa.fault", "future_date"},
  };
}

class SpapiLwaShapes : public SpapiToken, public ::testing::WithParamInterface<Shape> {};

TEST_P(SpapiLwaShapes, GoesToItsPlaceAndHeals) {
  const Shape& shape = GetParam();
  bench_.options.deadline = shape.deadline;
  set(shape.name, shape.value);
  EXPECT_EQ(bench_.error_of_token(), shape.error) << bench_.said;
  EXPECT_EQ(truth().lwa.requests, shape.requests);
  EXPECT_EQ(bench_.status().state, shape.state);
  EXPECT_EQ(bench_.status().last_error.has_value(), shape.error.has_value());
  // The next worker learns it from the file: a latch stays, a back-off is over in a second.
  bool latched = shape.state != State::ok;
  auto for_the_next = latched       ? shape.error
                      : shape.error ? std::optional(ErrorCode::rate_limited)
                                    : std::nullopt;
  EXPECT_EQ(bench_.error_of_token(), for_the_next) << bench_.said;
  EXPECT_EQ(truth().lwa.requests, shape.requests);
  set(shape.name, std::string(shape.name) == "lwa.fault" ? "none" : "normal");
  bench_.clock.advance(seconds(2));
  EXPECT_EQ(bench_.error_of_token(), latched ? shape.error : std::nullopt) << bench_.said;
  EXPECT_EQ(bench_.error_of_token(Retry::yes), std::nullopt) << bench_.said;
  EXPECT_EQ(bench_.status().state, State::ok);
}

INSTANTIATE_TEST_SUITE_P(Each, SpapiLwaShapes, ::testing::ValuesIn(shapes()), [](const auto& each) {
  std::string name = std::string(each.param.name) + "_" + each.param.value;
  for (char& c : name) c = c == '.' || c == '-' ? '_' : c;
  return name;
});

TEST_F(SpapiToken, NobodyThere) {
  bench_.options.lwa_url = "http://127.0.0.1:1";
  EXPECT_EQ(bench_.error_of_token(), ErrorCode::unreachable);
  bench_.options.lwa_url = "http://example.com";
  bench_.clock.advance(seconds(2));
  EXPECT_EQ(bench_.error_of_token(), ErrorCode::usage);  // plain http to another machine
  bench_.options = services_of(*standin_);
  bench_.clock.advance(seconds(3));
  EXPECT_EQ(bench_.error_of_token(), std::nullopt) << "the turn was given back";
}

TEST_F(SpapiToken, TheBackOffDoublesForAll) {
  set("lwa.answer", "server_error_500");
  for (int wait : {1, 2, 4, 8, 16, 32, 60, 60}) {
    EXPECT_EQ(bench_.error_of_token(), ErrorCode::service_failed);
    bench_.clock.advance(seconds(wait) - milliseconds(1));
    EXPECT_EQ(bench_.error_of_token(), ErrorCode::rate_limited) << wait;
    bench_.clock.advance(milliseconds(1));
  }
  EXPECT_EQ(truth().lwa.requests, 8);
}

TEST_F(SpapiToken, ARefusalThatLastsAMomentIsNone) {
  set("lwa.answer", "invalid_grant", 1);
  EXPECT_TRUE(bench_.token().refreshed);
  EXPECT_EQ(truth().lwa.requests, 2);
  EXPECT_EQ(bench_.status().state, State::ok);
}

TEST_F(SpapiToken, ARefusedTokenThatWasReplacedMeanwhileLatchesNothing) {
  Credentials old = bench_.credentials;
  old.refresh_token = "Atzr|revoked-by-the-seller-0123456789";
  bench_.set(old);
  bench_.clock.in_sleep = [&] {
    bench_.clock.in_sleep = nullptr;
    bench_.set();
  };
  EXPECT_TRUE(bench_.token().refreshed);
  EXPECT_EQ(bench_.status().state, State::ok);
  EXPECT_EQ(truth().lwa.requests, 3);  // two looks at the old one, one with the new one
}

TEST_F(SpapiToken, ANewRefreshTokenClearsTheLatch) {
  Credentials old = bench_.credentials;
  old.refresh_token = "Atzr|revoked-by-the-seller-0123456789";
  bench_.set(old);
  EXPECT_EQ(bench_.error_of_token(), ErrorCode::needs_authorization);
  bench_.set();
  EXPECT_TRUE(bench_.token().refreshed);
}

TEST_F(SpapiToken, ADeadTokenIsNotHammered) {
  set("lwa.answer", "invalid_client");
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(bench_.error_of_token(), ErrorCode::credentials_refused);
    bench_.clock.advance(minutes(10));
  }
  EXPECT_EQ(truth().lwa.requests, 1);
}

TEST_F(SpapiToken, AnothersRefreshThatDoesNotEndIsNotWaitedForForEver) {
  Database another = Database::open(bench_.file_options());
  KeyRing ring = KeyRing::from_environment();
  // One dies after the other, and the next has the turn as soon as the lease has lapsed.
  bench_.clock.in_sleep = [&] {
    Subject subject = load_subject(another.connection(), "default");
    static_cast<void>(claim_refresh(another.connection(), subject, ring, "", Retry::no));
  };
  bench_.clock.in_sleep();
  Instant begun = bench_.clock.now();
  EXPECT_EQ(bench_.error_of_token(), ErrorCode::no_answer);
  EXPECT_GE(bench_.clock.now() - begun, 2 * kRefreshLease);
  EXPECT_LE(bench_.clock.now() - begun, 2 * kRefreshLease + seconds(1));
  EXPECT_EQ(truth().lwa.requests, 0);
}

// --- Which environment -------------------------------------------------------------------------------

struct Place {
  const char* valid_for;
  const char* role;
  Environment environment;
  int lwa_requests;
};

TEST_F(SpapiToken, TheEnvironmentIsFoundAndRemembered) {
  for (const Place& place : {Place{"both", "granted", Environment::production, 1},
                             Place{"production", "granted", Environment::production, 1},
                             Place{"both", "missing", Environment::production, 1},
                             Place{"sandbox", "granted", Environment::sandbox, 1},
                             Place{"neither", "granted", Environment::neither, 1},
                             Place{"both", "missing_everywhere", Environment::neither, 1}}) {
    Bench fresh(*standin_);
    fresh.set();
    set("spapi.valid_for", place.valid_for);
    set("spapi.role", place.role);
    standin_->reset();
    Probe probe = fresh.service().probe();
    EXPECT_EQ(probe.environment, place.environment) << probe.reason;
    EXPECT_NE(probe.reason, "");
    EXPECT_EQ(fresh.status().environment, place.environment);
    EXPECT_EQ(fresh.status().environment_reason, probe.reason);
    EXPECT_EQ(truth().lwa.requests, place.lwa_requests) << place.valid_for;
  }
}

TEST_F(SpapiToken, WhatCannotBeFoundOutTakesNothingFromWhatWasKnown) {
  EXPECT_EQ(bench_.service().probe().environment, Environment::production);
  for (const char* answer : {"500", "503", "429", "404"}) {
    set("spapi.answer", answer);
    Probe probe = bench_.service().probe();
    EXPECT_EQ(probe.environment, Environment::unknown) << answer;
    EXPECT_NE(probe.reason.find("HTTP " + std::string(answer)), std::string::npos) << probe.reason;
    EXPECT_EQ(bench_.status().environment, Environment::production);
  }
  set("spapi.answer", "normal");
  set("spapi.fault", "html_502", 2);
  EXPECT_EQ(bench_.service().probe().environment, Environment::production);  // the third try
}

TEST_F(SpapiToken, AProbeWithAnExpiredTokenTakesANewOne) {
  bench_.token();
  set("spapi.expire", "now");
  for (const char* status : {"403", "401"}) {
    bench_.clock.advance(minutes(1));
    set("spapi.expired_status", status);
    EXPECT_EQ(bench_.service().probe().environment, Environment::production);
    set("spapi.expire", "now");
  }
  EXPECT_EQ(truth().lwa.exchanges, 3);
  EXPECT_EQ(truth().sandbox.requests, 0);
}

}  // namespace
}  // namespace purser::spapi
