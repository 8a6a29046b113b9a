// The ops views of SP-API say what the library says, and nothing that is sealed.
#include <map>

#include "spapi/pace.h"
#include "spapi/spapi_test.h"

namespace purser::spapi {
namespace {

class SpapiViewsTest : public SpapiTest {
 protected:
  // The views take their now from ops_now; here it is the injected clock's.
  std::string cell(const std::string& column, const std::string& where = "account = 'default'") {
    return one("SELECT coalesce(" + column + ", 'NULL') FROM ops_spapi_sellers WHERE " + where);
  }
  std::string one(const std::string& query) {
    shell_.run("DROP VIEW ops_now");
    shell_.run("CREATE VIEW ops_now AS SELECT " + std::to_string(clock_.now().time_since_epoch().count()) +
               " AS now_ms");
    return shell_.text(query);
  }
  void age_the_secret(int days) {
    shell_.run("UPDATE spapi_credential SET secret_made_at_ms = " +
               std::to_string((clock_.now() - hours(24 * days)).time_since_epoch().count()));
  }
};

TEST_F(SpapiViewsTest, ASellerFromBeginningToToken) {
  sellers_.set("default", credentials(), ring_);
  EXPECT_EQ(cell("source || ' ' || seller_id || ' ' || region || ' ' || environment || ' ' || state"),
            "database A1SELLER eu unknown ok");
  EXPECT_EQ(cell("what_to_do"), "nothing");
  EXPECT_EQ(cell("access_token_expires_at"), "NULL");
  EXPECT_EQ(cell("refreshing"), "NULL");
  RefreshLease ours = refresh_lease(subject());
  EXPECT_EQ(cell("refreshing"), "test:1");
  AccessToken token = token_for(hours(1));
  ASSERT_TRUE(store_success(connection(), subject(), ours, ring_, token));
  EXPECT_EQ(cell("access_token_expires_at"), rfc3339(token.expires_at));
  EXPECT_EQ(cell("access_token_expires_in_seconds"), "3600.0");
  EXPECT_EQ(cell("token_id"), token.token_id);
  EXPECT_EQ(cell("refreshed_at || ' ' || secret_made_at || ' ' || changed_at"),
            rfc3339(clock_.now()) + " " + rfc3339(clock_.now()) + " " + rfc3339(clock_.now()));
  EXPECT_EQ(cell("version || ' ' || key_id"), "1 " + ring_.current());
}

TEST_F(SpapiViewsTest, AFailureAndItsBackOff) {
  sellers_.set("default", credentials(), ring_);
  ASSERT_TRUE(fail(subject(), State::ok, "503"));
  EXPECT_EQ(cell("failures || ' ' || next_try_at || ' ' || last_error || ' ' || last_error_at"),
            "1 " + rfc3339(clock_.now() + seconds(1)) + " 503 " + rfc3339(clock_.now()));
  EXPECT_EQ(cell("what_to_do"), "nothing: the next refresh is tried soon");
  clock_.jump(-hours(1));
  EXPECT_EQ(cell("next_try_at"), "NULL");
}

TEST_F(SpapiViewsTest, WhatToDoInEachCase) {
  sellers_.set("default", credentials(), ring_);
  struct Case {
    int days;
    const char* word;
  };
  for (Case c : {Case{89, "nothing"}, Case{90, "90 days"}, Case{150, "30 days"}, Case{173, "7 days"},
                 Case{180, "too old"}}) {
    age_the_secret(c.days);
    EXPECT_NE(cell("what_to_do").find(c.word), std::string::npos) << c.days;
    EXPECT_EQ(cell("secret_age_days"), std::to_string(c.days));
    EXPECT_EQ(std::to_string(*status()->secret_age_days), cell("secret_age_days"));
  }
  age_the_secret(0);
  store_probe(connection(), subject(), {Environment::sandbox, "403, then 200"});
  EXPECT_NE(cell("what_to_do").find("sandbox"), std::string::npos);
  EXPECT_EQ(cell("environment_reason || ' ' || probed_at"), "403, then 200 " + rfc3339(clock_.now()));
  store_probe(connection(), subject(), {Environment::neither, "403, 403"});
  EXPECT_NE(cell("what_to_do").find("environment_reason"), std::string::npos);
  ASSERT_TRUE(fail(subject(), State::needs_authorization));
  EXPECT_NE(cell("what_to_do").find("authorise"), std::string::npos);
  claim(subject(), {}, Retry::yes);
  shell_.run("DELETE FROM lease");
  ASSERT_TRUE(fail(subject(), State::misconfigured));
  EXPECT_NE(cell("what_to_do").find("client secret"), std::string::npos);
}

TEST_F(SpapiViewsTest, TheViewAdvisesAsTheLibrary) {
  sellers_.set("default", credentials(), ring_);
  const std::map<SecretUrgency, std::string> words = {
      {SecretUrgency::none, "nothing"},
      {SecretUrgency::plan, "a new client secret is due within 90 days"},
      {SecretUrgency::soon, "Amazon refuses the client secret within 30 days: make a new one"},
      {SecretUrgency::now, "urgent: Amazon refuses the client secret within 7 days, make a new one"},
      {SecretUrgency::overdue, "the client secret is too old: make a new one, then purser spapi set"}};
  for (int days : {0, 89, 90, 149, 150, 172, 173, 179, 180, 1000}) {
    age_the_secret(days);
    EXPECT_EQ(cell("what_to_do"), words.at(secret_urgency(*status()->secret_age_days))) << days;
  }
  age_the_secret(0);
  // Each in its own words: what they have in common tells the cases apart.
  for (const auto& [change, fragment] :
       std::vector<std::pair<std::string, std::string>>{{"state = 'needs_authorization'", "authorise"},
                                                        {"state = 'misconfigured'", "client id and"},
                                                        {"environment = 'sandbox'", "sandbox application"},
                                                        {"environment = 'neither'", "do what"}}) {
    refresh(subject());
    shell_.run("UPDATE spapi_access SET " + change);
    EXPECT_NE(cell("what_to_do").find(fragment), std::string::npos) << change;
    EXPECT_NE(what_to_do(*status()).find(fragment), std::string::npos) << change;
    shell_.run("DELETE FROM spapi_access");
    EXPECT_EQ(cell("what_to_do"), "nothing");
    EXPECT_EQ(what_to_do(*status()), "");
  }
}

TEST_F(SpapiViewsTest, TheEnvironmentOnceItWasUsed) {
  environment_.set(credentials());
  EXPECT_EQ(one("SELECT count(*) FROM ops_spapi_sellers"), "0");
  refresh(subject());
  EXPECT_EQ(cell("account || ' ' || source || ' ' || state || ' ' || name"),
            "default environment ok " + subject().name);
  EXPECT_EQ(cell("secret_age_days"), "NULL");
}

TEST_F(SpapiViewsTest, ThePace) {
  UsagePlan plan = {"getListingsRestrictions", Duration{200}, 10};
  for (int i = 0; i < 12; ++i) take_slot(connection(), "seller", plan);
  EXPECT_EQ(one("SELECT name || ' ' || operation || ' ' || due_in_seconds || ' ' || paused_for_seconds FROM "
                "ops_spapi_pace"),
            "seller getListingsRestrictions 2.4 0.0");
  pause_operation(connection(), "seller", plan, seconds(9));
  EXPECT_EQ(one("SELECT paused_for_seconds || ' ' || paused_until FROM ops_spapi_pace"),
            "9.0 " + rfc3339(clock_.now() + seconds(9)));
}

TEST_F(SpapiViewsTest, NoViewShowsASealedColumn) {
  EXPECT_EQ(shell_.texts(
                "SELECT m.name || '.' || p.name FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS p "
                "WHERE m.type = 'view' AND p.name LIKE '%sealed%'"),
            std::vector<std::string>{});
  EXPECT_EQ(shell_.texts(
                "SELECT name FROM sqlite_schema WHERE type = 'view' AND sql LIKE '%\\_sealed%' ESCAPE '\\'"),
            std::vector<std::string>{});
}

}  // namespace
}  // namespace purser::spapi
