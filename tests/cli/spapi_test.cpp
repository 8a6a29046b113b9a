// spapi set, status and remove, by scripts and by people.
#include <ctime>

#include "cli/spapi_command_test.h"

namespace purser::test {
namespace {

class SpapiTest : public SpapiCommandTest {
 protected:
  // The client secret was made so many days ago.
  void make_older(int days) const {
    sqlite("UPDATE spapi_credential SET secret_made_at_ms = secret_made_at_ms - 86400000 * " +
           std::to_string(days));
  }
  // As the last refresh would leave it.
  void leave_state(const std::string& state, const std::string& error) const {
    sqlite(
        "DELETE FROM spapi_access; INSERT INTO spapi_access (name, source, credential_version, state, "
        "last_error, last_error_at_ms, failures, environment) SELECT 'database ' || account, 'database', "
        "version, '" +
        state + "', '" + error + "', changed_at_ms, 1, 'unknown' FROM spapi_credential");
  }
  std::string status_text() const { return run_purser({"spapi", "status"}).out; }
};

TEST_F(SpapiTest, SetAnswersWhatItStored) {
  Json stored = set();
  EXPECT_EQ(stored.dump(), R"({"account":"default","changed":true,"region":"na"})");
  EXPECT_EQ(set()["changed"], false);
  Json other = credentials();
  other["refresh_token"] = refresh_token() + "x";
  EXPECT_EQ(set(other)["changed"], true);
}

TEST_F(SpapiTest, SetForPeople) {
  Finished done = run_purser(set_words(), credentials().dump());
  EXPECT_EQ(done.exit_status, 0);
  EXPECT_EQ(done.err, "");
  expect_in(done.out,
            "stored the credentials of seller " + std::string(kSeller) + " (account default, region na)");
  expect_in(run_purser(set_words(), credentials().dump()).out, "unchanged: the credentials of seller");
}

TEST_F(SpapiTest, WhatPastingLeavesIsNoPartOfAValue) {
  set();
  Json pasted = credentials();
  for (auto& item : pasted.items()) item.value() = " \t" + item.value().get<std::string>() + " \r\n";
  EXPECT_EQ(answer({"spapi", "set", "--seller-id", std::string(" ") + kSeller + "\r\n", "--region", "na"}, 0,
                   "\xef\xbb\xbf\r\n" + pasted.dump() + "\r\n")["changed"],
            false);
}

TEST_F(SpapiTest, SetFromTheEnvironment) {
  set_environment();
  EXPECT_EQ(answer(set_words())["changed"], true);
  EXPECT_EQ(set()["changed"], false);  // the very same
  Json other = credentials();
  other["client_secret"] = client_secret() + "x";
  EXPECT_EQ(set(other)["changed"], true);  // what is piped in comes first
  EXPECT_EQ(answer(set_words() + Words{"--from-environment"}, 0, other.dump())["changed"], true);
  EXPECT_EQ(status()["source"], "database");
}

TEST_F(SpapiTest, StatusHasItsFields) {
  set();
  Json seller = status();
  Words names;
  for (const auto& item : seller.items()) names.push_back(item.key());
  EXPECT_EQ(names, (Words{"access_token_expires_at", "account", "environment", "environment_reason", "key_id",
                          "last_error", "last_error_at", "next_try_at", "region", "secret_age_days",
                          "seller_id", "source", "state"}));
  EXPECT_EQ(seller["account"], "default");
  EXPECT_EQ(seller["seller_id"], kSeller);
  EXPECT_EQ(seller["region"], "na");
  EXPECT_EQ(seller["source"], "database");
  EXPECT_EQ(seller["environment"], "unknown");
  EXPECT_EQ(seller["state"], "ok");
  EXPECT_EQ(seller["access_token_expires_at"], Json());
  EXPECT_EQ(seller["last_error"], Json());
  EXPECT_EQ(seller["secret_age_days"], 0);
  EXPECT_EQ(seller["key_id"].get<std::string>().size(), 16U);
}

TEST_F(SpapiTest, StatusNeedsNoKey) {
  set();
  environment_["PURSER_KEY_FILE"] = std::nullopt;
  EXPECT_EQ(status()["state"], "ok");
}

TEST_F(SpapiTest, ALineAnAccount) {
  EXPECT_TRUE(statuses().empty());
  expect_in(status_text(), "no credentials: purser spapi set");
  set();
  answer(set_words("A3OTHER", "eu") + Words{"--account", "second"}, 0, credentials().dump());
  auto all = statuses();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1]["account"], "second");
  EXPECT_EQ(all[1]["region"], "eu");
  ASSERT_EQ(statuses({"--account", "second"}).size(), 1U);
  EXPECT_EQ(statuses({"--account", "second"})[0]["seller_id"], "A3OTHER");
}

TEST_F(SpapiTest, TheEnvironmentIsTheAccountDefaultWhereTheDatabaseHasNone) {
  set_environment("A4ENVIRONMENT");
  environment_["SP_API_REGION"] = "fe";
  Json seller = status();
  EXPECT_EQ(seller["account"], "default");
  EXPECT_EQ(seller["source"], "environment");
  EXPECT_EQ(seller["seller_id"], "A4ENVIRONMENT");
  EXPECT_EQ(seller["region"], "fe");
  EXPECT_EQ(seller["secret_age_days"], Json());
  expect_in(status_text(), "from the environment");
  set();
  EXPECT_EQ(status()["source"], "database");
  EXPECT_EQ(status()["seller_id"], kSeller);
}

TEST_F(SpapiTest, StatusForPeople) {
  set();
  std::string text = status_text();
  expect_in(text, "SP-API account default  ok\n");
  expect_in(text, std::string("seller          ") + kSeller + ", region na, from the database\n");
  expect_in(text, "environment     unknown: purser spapi probe finds out\n");
  expect_in(text, "access token    none yet: purser spapi token gets one\n");
  expect_in(text, "client secret   0 days old, 180 days left\n");
  EXPECT_EQ(text.find("what to do"), std::string::npos);
}

TEST_F(SpapiTest, TheAgeOfTheSecretWarns) {
  set();
  struct Case {
    int more;  // days
    const char* fragment;
  };
  for (const Case& c :
       {Case{89, "89 days old, 91 days left\n"}, Case{1, "90 days old, 90 days left; plan for a new one\n"},
        Case{59, "149 days old, 31 days left; plan for a new one\n"},
        Case{1, "150 days old, 30 days left; make a new one soon\n"},
        Case{22, "172 days old, 8 days left; make a new one soon\n"},
        Case{1, "173 days old, 7 days left; make a new one now\n"},
        Case{6, "179 days old, 1 day left; make a new one now\n"},
        Case{1, "180 days old; Amazon refuses it by now\n"}}) {
    make_older(c.more);
    expect_in(status_text(), c.fragment);
  }
  EXPECT_EQ(status()["secret_age_days"], 180);
}

TEST_F(SpapiTest, EachStateSaysWhatToDo) {
  set();
  leave_state("needs_authorization", "Amazon refuses the refresh token (invalid_grant)");
  std::string text = status_text();
  expect_in(text, "SP-API account default  needs_authorization\n");
  expect_in(text, "last error      Amazon refuses the refresh token (invalid_grant) (");
  expect_in(text,
            "what to do      the seller authorises the application again; the new refresh token goes to "
            "purser spapi set\n");
  leave_state("misconfigured", "invalid_client");
  expect_in(status_text(), "what to do      look at the client id and secret in Amazon's developer console");
  expect_in(status_text(), "purser spapi token --retry");
  EXPECT_EQ(status()["state"], "misconfigured");
  sqlite("UPDATE spapi_access SET state = 'ok', last_error = NULL, environment = 'sandbox'");
  expect_in(status_text(), "what to do      these are a sandbox application's credentials, as it seems");
}

TEST_F(SpapiTest, SetClearsTheLatch) {
  set();
  leave_state("needs_authorization", "invalid_grant");
  EXPECT_EQ(set()["changed"], false);
  EXPECT_EQ(status()["state"], "ok");
}

TEST_F(SpapiTest, TheWholeStatusHasIt) {
  EXPECT_EQ(answer({"status"})["spapi"], Json::array());
  expect_in(run_purser({"status"}).out, "\nSP-API has no credentials");
  set();
  EXPECT_EQ(answer({"status"})["spapi"], Json::array({status()}));
  expect_in(run_purser({"status"}).out, "\nSP-API account default  ok\n");
}

TEST_F(SpapiTest, Remove) {
  set();
  answer(set_words() + Words{"--account", "second"}, 0, credentials().dump());
  EXPECT_EQ(answer({"spapi", "remove", "--yes"})["removed"], true);
  EXPECT_EQ(answer({"spapi", "remove", "--yes"})["removed"], false);
  EXPECT_EQ(status()["account"], "second");
  EXPECT_EQ(run_purser({"--account", "second", "spapi", "remove", "--yes"}).out, "removed\n");
  EXPECT_TRUE(statuses().empty());
}

TEST_F(SpapiTest, AtATerminalItAsks) {
  set();
  Command asked = purser({});
  asked.words = {"script", "-qec", std::string(PURSER_PROGRAM) + " spapi remove", "/dev/null"};
  asked.input = "n\n";
  Finished done = run(asked);
  EXPECT_EQ(done.exit_status, 64);
  expect_in(done.out, "Delete the credentials of account default? [y/N]");
  EXPECT_EQ(statuses().size(), 1U);
  asked.input = "y\n";
  EXPECT_EQ(run(asked).exit_status, 0);
  EXPECT_TRUE(statuses().empty());
}

// Nothing is asked for there either: it says how they are piped in.
TEST_F(SpapiTest, AtATerminalSetTakesTheEnvironment) {
  Command typed = purser({});
  typed.words = {"script", "-qec",
                 std::string(PURSER_PROGRAM) + " spapi set --seller-id " + kSeller + " --region na",
                 "/dev/null"};
  Finished refused = run(typed);
  EXPECT_EQ(refused.exit_status, 64);
  expect_in(refused.out, "a JSON object");
  set_environment();
  typed.environment = environment_;
  typed.environment["PURSER_DB"] = database();
  EXPECT_EQ(run(typed).exit_status, 0);
  EXPECT_EQ(status()["source"], "database");
}

}  // namespace
}  // namespace purser::test
