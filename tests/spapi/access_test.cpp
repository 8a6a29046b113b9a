// Which worker refreshes a token, and what of a refresh is stored.
#include "spapi/spapi_test.h"
#include "store/transaction.h"

namespace purser::spapi {
namespace {

class AccessTest : public SpapiTest {
 protected:
  void SetUp() override {
    sellers_.set("default", credentials(), ring_);
    whose_ = subject();
  }
  template <typename Kind>
  bool is(const RefreshClaim& claim) {
    return std::holds_alternative<Kind>(claim);
  }
  std::string id_of(const RefreshClaim& claim) { return std::get<AccessToken>(claim).token_id; }
  bool succeed(const RefreshLease& lease, Duration life = hours(1)) {
    AccessToken token = token_for(life);
    return store_success(connection(), whose_, lease, ring_, token);
  }

  Subject whose_;
};

TEST_F(AccessTest, FirstThereIsNothingAndOneRefreshes) {
  Access nothing = access(whose_);
  EXPECT_EQ(nothing.token, std::nullopt);
  EXPECT_EQ(nothing.state, State::ok);
  RefreshLease lease = refresh_lease(whose_);
  RefreshClaim others = claim(whose_);
  ASSERT_TRUE(is<RefreshInFlight>(others));
  EXPECT_EQ(std::get<RefreshInFlight>(others).lapses_at, clock_.now() + kRefreshLease);
  AccessToken token = token_for(hours(1));
  EXPECT_TRUE(store_success(connection(), whose_, lease, ring_, token));
  Access known = access(whose_);
  EXPECT_EQ(known.token->token, token.token);
  EXPECT_EQ(known.token->token_id, token.token_id);
  EXPECT_EQ(known.token->expires_at, token.expires_at);
  EXPECT_FALSE(known.token->refreshed);
  EXPECT_EQ(token.token_id.size(), 32U);
  EXPECT_EQ(token.token.find(token.token_id.substr(0, 8)), std::string::npos);
}

TEST_F(AccessTest, ATokenIsGoodThenAdvisoryThenExpired) {
  AccessToken token = token_for(hours(1));
  Instant end = token.expires_at;
  EXPECT_EQ(freshness_of(token, clock_.now()), Freshness::good);
  EXPECT_EQ(freshness_of(token, end - minutes(5) - Duration{1}), Freshness::good);
  EXPECT_EQ(freshness_of(token, end - minutes(5)), Freshness::advisory);
  EXPECT_EQ(freshness_of(token, end - seconds(60) - Duration{1}), Freshness::advisory);
  EXPECT_EQ(freshness_of(token, end - seconds(60)), Freshness::expired);
  EXPECT_EQ(freshness_of(token, end + hours(1)), Freshness::expired);
}

TEST_F(AccessTest, InTheAdvisoryWindowOneRefreshesAndTheOthersGoOn) {
  AccessToken token = refresh(whose_);
  clock_.advance(minutes(56));
  RefreshLease lease = refresh_lease(whose_);
  EXPECT_EQ(id_of(claim(whose_)), token.token_id);
  EXPECT_TRUE(store_failure(connection(), whose_, lease, State::ok, "no answer"));
  EXPECT_EQ(id_of(claim(whose_)), token.token_id);  // the back-off, and the old one is still good
  clock_.advance(minutes(3));
  EXPECT_TRUE(succeed(refresh_lease(whose_)));
  EXPECT_NE(id_of(claim(whose_)), token.token_id);
}

TEST_F(AccessTest, AnExpiredTokenIsKeptAndNotGivenOut) {
  AccessToken token = refresh(whose_);
  clock_.advance(minutes(59));
  EXPECT_TRUE(is<RefreshLease>(claim(whose_)));
  EXPECT_TRUE(is<RefreshInFlight>(claim(whose_)));
  EXPECT_EQ(access(whose_).token->token_id, token.token_id);
}

TEST_F(AccessTest, WhoIsKilledIsTakenOverAfterTheLeaseAndStoresNothing) {
  RefreshLease killed = refresh_lease(whose_);
  clock_.advance(kRefreshLease - Duration{1});
  EXPECT_TRUE(is<RefreshInFlight>(claim(whose_)));
  clock_.advance(Duration{1});
  RefreshLease next = refresh_lease(whose_);
  EXPECT_NE(next.fence, killed.fence);
  EXPECT_FALSE(succeed(killed));
  EXPECT_FALSE(store_failure(connection(), whose_, killed, State::needs_authorization, "late"));
  EXPECT_EQ(access(whose_).state, State::ok);
  EXPECT_TRUE(is<RefreshInFlight>(claim(whose_)));  // the late one has not ended the other's claim
  EXPECT_TRUE(succeed(next));
}

TEST_F(AccessTest, ALapsedTurnStoresNothingEvenWhereNobodyTookOver) {
  RefreshLease lease = refresh_lease(whose_);
  clock_.advance(kRefreshLease);
  EXPECT_FALSE(succeed(lease));
  EXPECT_EQ(access(whose_).token, std::nullopt);
}

TEST_F(AccessTest, WhatWasSetMeanwhileWins) {
  for (bool good : {true, false}) {
    Subject before = subject();
    RefreshLease lease = refresh_lease(before);
    Credentials changed = credentials();
    changed.refresh_token += good ? "2" : "3";
    sellers_.set("default", changed, ring_);
    AccessToken token = token_for(hours(1));
    EXPECT_FALSE(good ? store_success(connection(), before, lease, ring_, token)
                      : store_failure(connection(), before, lease, State::needs_authorization, "old"));
    EXPECT_EQ(access(subject()).token, std::nullopt);
    EXPECT_EQ(status()->state, State::ok);
    EXPECT_EQ(status()->last_error, std::nullopt);
    EXPECT_TRUE(is<RefreshLease>(claim(subject())));  // and nobody waits for the old one
    shell_.run("DELETE FROM lease");
  }
}

TEST_F(AccessTest, WhatWasSetAgainUnchangedLetsTheResultIn) {
  RefreshLease lease = refresh_lease(whose_);
  sellers_.set("default", credentials(), ring_);
  EXPECT_TRUE(succeed(lease));
}

TEST_F(AccessTest, AFailureStopsAllForOneTwoFourUpToSixtySeconds) {
  for (int wait : {1, 2, 4, 8, 16, 32, 60, 60}) {
    ASSERT_TRUE(fail(whose_, State::ok, "503"));
    RefreshClaim stopped = claim(whose_);
    ASSERT_TRUE(is<BackOff>(stopped)) << wait;
    EXPECT_EQ(std::get<BackOff>(stopped).until, clock_.now() + seconds(wait));
    EXPECT_EQ(std::get<BackOff>(stopped).error, "503");
    EXPECT_EQ(access(whose_).next_try_at, clock_.now() + seconds(wait));
    clock_.advance(seconds(wait));
  }
  EXPECT_EQ(access(whose_).failures, 8);
  EXPECT_TRUE(succeed(refresh_lease(whose_)));
  EXPECT_EQ(access(whose_).failures, 0);
  EXPECT_EQ(access(whose_).last_error, std::nullopt);
  EXPECT_EQ(access(whose_).next_try_at, std::nullopt);
}

TEST_F(AccessTest, ALatchHoldsUntilRetry) {
  for (State latch : {State::needs_authorization, State::misconfigured}) {
    ASSERT_TRUE(fail(whose_, latch, "refused"));
    clock_.advance(hours(24 * 365));
    RefreshClaim latched = claim(whose_);
    ASSERT_TRUE(is<Latched>(latched));
    EXPECT_EQ(std::get<Latched>(latched).state, latch);
    EXPECT_EQ(std::get<Latched>(latched).error, "refused");
    RefreshClaim again = claim(whose_, {}, Retry::yes);
    ASSERT_TRUE(is<RefreshLease>(again));
    EXPECT_EQ(access(whose_).state, State::ok);
    EXPECT_TRUE(store_failure(connection(), whose_, std::get<RefreshLease>(again), State::ok, "x"));
    EXPECT_EQ(access(whose_).failures, 1);
    EXPECT_TRUE(is<RefreshLease>(claim(whose_, {}, Retry::yes)));  // a back-off as well
    shell_.run("DELETE FROM lease");
  }
}

TEST_F(AccessTest, RetryKeepsAGoodToken) {
  AccessToken token = refresh(whose_);
  EXPECT_EQ(id_of(claim(whose_, {}, Retry::yes)), token.token_id);
}

TEST_F(AccessTest, ARejectedTokenIsReplacedOnlyWhereItIsTheCurrentOne) {
  AccessToken first = refresh(whose_);
  clock_.advance(minutes(1));  // a younger one is not why Amazon refused
  EXPECT_EQ(id_of(claim(whose_, std::string(32, '0'))), first.token_id);
  RefreshLease lease = refresh_lease(whose_, first.token_id);
  EXPECT_TRUE(is<RefreshInFlight>(claim(whose_, first.token_id)));
  EXPECT_TRUE(is<RefreshInFlight>(claim(whose_)));  // nobody else is sent out with it
  EXPECT_TRUE(succeed(lease));
  std::string second = id_of(claim(whose_, first.token_id));
  EXPECT_NE(second, first.token_id);
}

TEST_F(AccessTest, ASubjectOfOldCredentialsGetsTheTokenOfTheNewOnes) {
  Credentials changed = credentials();
  changed.client_secret += "2";
  sellers_.set("default", changed, ring_);
  AccessToken token = refresh(subject());
  EXPECT_EQ(id_of(claim(whose_)), token.token_id);
}

// --- Clocks that jump ----------------------------------------------------------------------------------

TEST_F(AccessTest, ABackOffOfAClockThatWasAheadDoesNotHold) {
  clock_.jump(hours(24));
  ASSERT_TRUE(fail(whose_));
  clock_.jump(-hours(24));
  EXPECT_TRUE(is<RefreshLease>(claim(whose_)));
  EXPECT_EQ(access(whose_).next_try_at, std::nullopt);
}

TEST_F(AccessTest, ATokenOfAClockThatWasAheadIsAskedForAnew) {
  clock_.jump(hours(24));
  refresh(whose_);
  clock_.jump(-hours(24));
  EXPECT_TRUE(is<RefreshLease>(claim(whose_)));
}

TEST_F(AccessTest, AClockThatWentBackALittleKeepsTheToken) {
  AccessToken token = refresh(whose_);
  clock_.jump(-seconds(30));
  EXPECT_EQ(id_of(claim(whose_)), token.token_id);
}

TEST_F(AccessTest, NoTokenLivesLongerThanADay) {
  RefreshLease lease = refresh_lease(whose_);
  AccessToken token = token_for(hours(24 * 365 * 100));
  EXPECT_TRUE(store_success(connection(), whose_, lease, ring_, token));
  EXPECT_EQ(token.expires_at, clock_.now() + hours(24));
}

// --- The key, the environment, the probe ---------------------------------------------------------------

TEST_F(AccessTest, NobodyAsksAmazonForWhatCouldNotBeStored) {
  KeyRing wrong = new_ring("wrong");
  EXPECT_PURSER_ERROR(ErrorCode::wrong_master_key, claim_refresh(connection(), whose_, wrong, {}, Retry::no));
  EXPECT_TRUE(is<RefreshLease>(claim(whose_)));  // and no lease was taken
}

TEST_F(AccessTest, AResultThatCannotBeSealedLeavesTheTurnToLapse) {
  KeyRing wrong = new_ring("wrong");
  RefreshLease lease = refresh_lease(whose_);
  AccessToken token = token_for(hours(1));
  EXPECT_PURSER_ERROR(ErrorCode::wrong_master_key, store_success(connection(), whose_, lease, wrong, token));
  EXPECT_EQ(access(whose_).token, std::nullopt);
  EXPECT_TRUE(succeed(lease));
}

TEST_F(AccessTest, TheEnvironmentsTokenIsSharedByItsFingerprint) {
  sellers_.remove("default");
  environment_.set(credentials());
  Subject theirs = subject();
  AccessToken token = refresh(theirs);
  Database second = open("test:2");
  Subject same = load_subject(second.connection(), "default");
  EXPECT_EQ(load_access(second.connection(), same, ring_).token->token_id, token.token_id);
  environment_.set("SP_API_REFRESH_TOKEN", "Atzr|another");
  EXPECT_EQ(access(subject()).token, std::nullopt);
}

TEST_F(AccessTest, EnvironmentsThatNobodyUsesAreForgotten) {
  sellers_.remove("default");
  environment_.set(credentials());
  refresh(subject());
  environment_.set("SP_API_REFRESH_TOKEN", "Atzr|another");
  clock_.advance(hours(24 * 29));
  refresh(subject());
  EXPECT_EQ(shell_.number("SELECT count(*) FROM spapi_access"), 2);
  clock_.advance(hours(24 * 2));
  refresh(subject());
  EXPECT_EQ(shell_.number("SELECT count(*) FROM spapi_access"), 1);
}

TEST_F(AccessTest, TheProbeIsRememberedOverRefreshes) {
  store_probe(connection(), whose_, {Environment::neither, "a role is missing"});
  EXPECT_EQ(access(whose_).environment, Environment::neither);
  EXPECT_EQ(status()->environment_reason, "a role is missing");
  refresh(whose_);
  EXPECT_EQ(access(whose_).environment, Environment::neither);
  Credentials changed = credentials();
  changed.client_id += "2";
  sellers_.set("default", changed, ring_);
  store_probe(connection(), whose_, {Environment::sandbox, "of the old ones"});
  EXPECT_EQ(status()->environment, Environment::unknown);
}

TEST_F(AccessTest, ARemovedSellerGetsNoRow) {
  RefreshLease lease = refresh_lease(whose_);
  sellers_.remove("default");
  EXPECT_FALSE(store_failure(connection(), whose_, lease, State::ok, "late"));
  store_probe(connection(), whose_, {Environment::sandbox, "late"});
  EXPECT_EQ(shell_.number("SELECT count(*) FROM spapi_access"), 0);
  EXPECT_EQ(shell_.number("SELECT count(*) FROM lease"), 0);
}

}  // namespace
}  // namespace purser::spapi
