// The sellers of the file: set, shown, removed; tampered with, and looked for in every byte that is written.
#include <set>

#include "purser/create.h"
#include "spapi/spapi_test.h"

namespace purser::spapi {
namespace {

class SellersTest : public SpapiTest {
 protected:
  static Credentials other() {
    return {.seller_id = "A2OTHER",
            .region = Region::na,
            .client_id = "amzn1.application-oa2-client.0the2",
            .client_secret = "amzn1.oa2-cs.v1.0the2sec2e7",
            .refresh_token = "Atzr|0the2refresh"};
  }
  static Credentials with(std::string Credentials::*field, const std::string& value) {
    Credentials all = credentials();
    all.*field = value;
    return all;
  }
  bool set(const Credentials& given, const std::string& account = "default") {
    return sellers_.set(account, given, ring_).changed;
  }
  // Of the last byte.
  void flip_a_bit(const std::string& table, const std::string& column) {
    std::string hex = shell_.text("SELECT hex(" + column + ") FROM " + table);
    char& digit = hex.back();
    digit = digit == '0' ? '1' : '0';
    shell_.run("UPDATE " + table + " SET " + column + " = X'" + hex + "'");
  }
  std::string cell(const std::string& query) { return shell_.text(query); }
  std::string version() { return cell("SELECT version FROM spapi_credential WHERE account = 'default'"); }
  std::string stored() {
    return cell("SELECT group_concat(account || hex(refresh_token_sealed) || version) FROM spapi_credential");
  }
};

TEST_F(SellersTest, WhatWasSetIsOpenedAsItWas) {
  EXPECT_TRUE(set(credentials()));
  EXPECT_TRUE(set(other(), "second"));
  Subject first = subject();
  EXPECT_EQ(first.name, "database default");
  EXPECT_EQ(first.source, Source::database);
  EXPECT_EQ(first.version, 1);
  EXPECT_EQ(first.seller_id, credentials().seller_id);
  EXPECT_EQ(first.region, Region::eu);
  EXPECT_EQ(opened().client_id, credentials().client_id);
  EXPECT_EQ(opened().client_secret, credentials().client_secret);
  EXPECT_EQ(opened().refresh_token, credentials().refresh_token);
  EXPECT_EQ(opened("second").refresh_token, other().refresh_token);
}

TEST_F(SellersTest, TheVersionCountsWhatChanged) {
  EXPECT_TRUE(set(credentials()));
  Credentials pasted = credentials();
  pasted.refresh_token = " " + pasted.refresh_token + "\r\n";
  EXPECT_FALSE(set(pasted));
  EXPECT_EQ(version(), "1");
  for (auto field : {&Credentials::seller_id, &Credentials::client_id, &Credentials::client_secret,
                     &Credentials::refresh_token}) {
    EXPECT_TRUE(set(with(field, credentials().*field + "2")));
    EXPECT_TRUE(set(credentials()));
  }
  EXPECT_EQ(version(), "9");
  Credentials elsewhere = credentials();
  elsewhere.region = Region::fe;
  EXPECT_TRUE(set(elsewhere));
  EXPECT_EQ(version(), "10");
}

TEST_F(SellersTest, TheAgeOfTheSecretMovesOnlyWithTheSecret) {
  set(credentials());
  clock_.advance(hours(24 * 100) + hours(23));
  EXPECT_EQ(status()->secret_age_days, 100);
  set(with(&Credentials::refresh_token, "Atzr|another"));
  EXPECT_EQ(status()->secret_age_days, 100);
  set(with(&Credentials::client_secret, "amzn1.oa2-cs.v1.another"));
  EXPECT_EQ(status()->secret_age_days, 0);
  clock_.jump(-hours(24 * 30));
  EXPECT_EQ(status()->secret_age_days, 0);
}

TEST_F(SellersTest, ChangedCredentialsBeginAnew) {
  set(credentials());
  refresh(subject());
  store_probe(connection(), subject(), {Environment::sandbox, "403, 200"});
  EXPECT_TRUE(set(with(&Credentials::refresh_token, "Atzr|another")));
  EXPECT_EQ(status()->access_token_expires_at, std::nullopt);
  EXPECT_EQ(status()->environment, Environment::unknown);
  EXPECT_EQ(access(subject()).token, std::nullopt);
}

TEST_F(SellersTest, TheSameCredentialsClearTheLatchAndKeepTheToken) {
  set(credentials());
  AccessToken token = refresh(subject());
  store_probe(connection(), subject(), {Environment::production, "200"});
  clock_.advance(minutes(58));
  ASSERT_TRUE(fail(subject(), State::needs_authorization, "revoked"));
  EXPECT_EQ(status()->state, State::needs_authorization);
  EXPECT_EQ(status()->last_error, "revoked");
  EXPECT_FALSE(set(credentials()));
  EXPECT_EQ(status()->state, State::ok);
  EXPECT_EQ(status()->last_error, std::nullopt);
  EXPECT_EQ(status()->last_error_at, std::nullopt);
  EXPECT_EQ(status()->environment, Environment::production);
  EXPECT_EQ(access(subject()).token->token_id, token.token_id);
}

TEST_F(SellersTest, TheSameCredentialsEndABackOff) {
  set(credentials());
  ASSERT_TRUE(fail(subject()));
  EXPECT_TRUE(status()->next_try_at);
  EXPECT_TRUE(std::holds_alternative<BackOff>(claim(subject())));
  clock_.advance(seconds(1));
  EXPECT_FALSE(status()->next_try_at);  // it has passed
  clock_.jump(-seconds(1));
  EXPECT_FALSE(set(credentials()));
  EXPECT_TRUE(std::holds_alternative<RefreshLease>(claim(subject())));
}

TEST_F(SellersTest, BadInputChangesNothing) {
  set(credentials());
  std::string before = stored();
  EXPECT_PURSER_ERROR(ErrorCode::usage, set(with(&Credentials::refresh_token, "your_token")));
  EXPECT_PURSER_ERROR(ErrorCode::usage, set(with(&Credentials::client_id, "")));
  EXPECT_PURSER_ERROR(ErrorCode::usage, set(credentials(), ""));
  EXPECT_PURSER_ERROR(ErrorCode::usage, set(credentials(), std::string(201, 'a')));
  EXPECT_PURSER_ERROR(ErrorCode::invalid_text, set(credentials(), std::string("a\0b", 3)));
  EXPECT_EQ(stored(), before);
}

TEST_F(SellersTest, RemovedWithTheToken) {
  set(credentials());
  set(other(), "second");
  Subject gone = subject();
  refresh(gone);
  EXPECT_TRUE(sellers_.remove("default"));
  EXPECT_FALSE(sellers_.remove("default"));
  EXPECT_FALSE(status("default"));
  EXPECT_TRUE(status("second"));
  EXPECT_EQ(shell_.number("SELECT count(*) FROM spapi_access"), 0);
  EXPECT_PURSER_ERROR(ErrorCode::no_credentials, subject());
}

// The version begins with 1 again: the lease must not let the older result in.
TEST_F(SellersTest, ARefreshInFlightOverRemoveAndSetStoresNothing) {
  set(credentials());
  Subject before = subject();
  RefreshLease ours = refresh_lease(before);
  sellers_.remove("default");
  set(other());
  AccessToken token = token_for(hours(1));
  EXPECT_FALSE(store_success(connection(), before, ours, ring_, token));
  EXPECT_EQ(access(subject()).token, std::nullopt);
}

// --- The master key ------------------------------------------------------------------------------------

TEST_F(SellersTest, ARingWithoutTheKeyOfTheFileStoresNothing) {
  set(credentials());
  std::string before = stored();
  KeyRing wrong = new_ring("wrong");
  EXPECT_PURSER_ERROR(ErrorCode::wrong_master_key, sellers_.set("default", other(), wrong));
  EXPECT_PURSER_ERROR(ErrorCode::wrong_master_key, sellers_.set("second", other(), wrong));
  EXPECT_PURSER_ERROR(ErrorCode::wrong_master_key, opened_with(wrong));
  EXPECT_EQ(stored(), before);
  EXPECT_TRUE(status());  // needs no key
}

TEST_F(SellersTest, ARingWithANewerFirstKeySealsWithTheKeyOfTheFile) {
  set(credentials());
  new_ring("newer");
  KeyRing both = rotated("both", "key", "newer");
  ASSERT_NE(both.current(), ring_.current());
  sellers_.set("second", other(), both);
  EXPECT_EQ(status("second")->key_id, ring_.current());
  EXPECT_EQ(opened("second").refresh_token, other().refresh_token);
}

TEST_F(SellersTest, AWorkerReadsARotatedRingAgain) {
  KeyRing newer = new_ring("newer");
  sellers_.set("default", credentials(), newer);
  EXPECT_PURSER_ERROR(ErrorCode::wrong_master_key, opened());
  write_private(folder_.file("key"),
                test::read_file(folder_.file("newer")) + test::read_file(folder_.file("key")));
  EXPECT_EQ(opened().refresh_token, credentials().refresh_token);
  EXPECT_TRUE(ring_.has(newer.current()));
  EXPECT_EQ(refresh(subject()).token_id.size(), 32U);
}

TEST_F(SellersTest, AfterALostKeyTheFileBeginsAnewOnceAllAreRemoved) {
  set(credentials());
  set(other(), "second");
  KeyRing next = new_ring("next");
  sellers_.remove("second");
  EXPECT_PURSER_ERROR(ErrorCode::wrong_master_key, sellers_.set("second", other(), next));
  sellers_.remove("default");
  EXPECT_TRUE(sellers_.set("second", other(), next).changed);
  EXPECT_EQ(check_keys(database_, next).stored_key_id, next.current());
}

TEST_F(SellersTest, AfterALostKeyTheEnvironmentBeginsAnewAsWell) {
  environment_.set(credentials());
  refresh(subject());
  ring_ = new_ring("next");
  EXPECT_PURSER_ERROR(ErrorCode::wrong_master_key, claim(subject()));
  EXPECT_PURSER_ERROR(ErrorCode::wrong_master_key, claim(subject(), {}, Retry::yes));
  EXPECT_FALSE(sellers_.remove("default"));
  refresh(subject());
  EXPECT_EQ(status()->key_id, ring_.current());
}

TEST_F(SellersTest, TheCheckOpensEveryText) {
  EXPECT_EQ(check_keys(database_, ring_).stored_key_id, std::nullopt);
  set(credentials());
  set(other(), "second");
  refresh(subject());
  KeyCheck all = check_keys(database_, ring_);
  EXPECT_EQ(all.stored_key_id, ring_.current());
  EXPECT_EQ(all.opened, 7);
  EXPECT_TRUE(all.unopened.empty());
  KeyRing wrong = new_ring("wrong");
  KeyCheck none = check_keys(database_, wrong);
  EXPECT_EQ(none.opened, 0);
  EXPECT_EQ(none.unopened.size(), 7U);
  shell_.run(
      "UPDATE spapi_credential SET refresh_token_sealed = client_secret_sealed WHERE account = 'second'");
  KeyCheck one = check_keys(database_, ring_);
  EXPECT_EQ(one.opened, 6);
  EXPECT_EQ(one.unopened,
            std::vector<std::string>{"the refresh token of 'second' (key " + ring_.current() + ")"});
}

// --- Tampering -----------------------------------------------------------------------------------------

TEST_F(SellersTest, AFlippedBitInAnySealedColumnIsToldAndSetRepairsIt) {
  set(credentials());
  for (std::string column : {"client_id_sealed", "client_secret_sealed", "refresh_token_sealed"}) {
    flip_a_bit("spapi_credential", column);
    EXPECT_PURSER_ERROR(ErrorCode::wrong_master_key, opened()) << column;
    EXPECT_TRUE(set(credentials())) << column;
    EXPECT_EQ(opened().client_secret, credentials().client_secret);
  }
}

TEST_F(SellersTest, AFlippedBitInTheTokenIsToldAndARetryGetsAnother) {
  set(credentials());
  Subject whose = subject();
  refresh(whose);
  flip_a_bit("spapi_access", "token_sealed");
  EXPECT_PURSER_ERROR(ErrorCode::wrong_master_key, access(whose));
  EXPECT_PURSER_ERROR(ErrorCode::wrong_master_key, claim(whose));
  EXPECT_TRUE(std::holds_alternative<RefreshLease>(claim(whose, {}, Retry::yes)));
  EXPECT_EQ(access(whose).token, std::nullopt);
}

TEST_F(SellersTest, SetDropsATokenThatDoesNotOpen) {
  set(credentials());
  refresh(subject());
  flip_a_bit("spapi_access", "token_sealed");
  EXPECT_FALSE(set(credentials()));
  EXPECT_TRUE(std::holds_alternative<RefreshLease>(claim(subject())));
}

TEST_F(SellersTest, SwappedColumnsAreTold) {
  set(credentials());
  shell_.run(
      "UPDATE spapi_credential SET client_id_sealed = client_secret_sealed, "
      "client_secret_sealed = client_id_sealed");
  EXPECT_PURSER_ERROR(ErrorCode::wrong_master_key, opened());
}

TEST_F(SellersTest, SwappedRowsAreTold) {
  set(credentials());
  set(other(), "second");
  refresh(subject());
  refresh(subject("second"));
  Subject first = subject();
  shell_.run(
      "UPDATE spapi_credential SET account = 'x' WHERE account = 'default';"
      "UPDATE spapi_credential SET account = 'default' WHERE account = 'second';"
      "UPDATE spapi_access SET name = 'x' WHERE name = 'database default';"
      "UPDATE spapi_access SET name = 'database default' WHERE name = 'database second'");
  EXPECT_PURSER_ERROR(ErrorCode::wrong_master_key, opened());
  EXPECT_PURSER_ERROR(ErrorCode::wrong_master_key, opened("x"));
  EXPECT_PURSER_ERROR(ErrorCode::wrong_master_key, access(first));
}

TEST_F(SellersTest, AKeyIdThatWasChangedIsTold) {
  set(credentials());
  new_ring("newer");
  KeyRing both = rotated("both", "key", "newer");
  shell_.run("UPDATE spapi_credential SET key_id = '" + both.current() + "'");
  EXPECT_PURSER_ERROR(ErrorCode::wrong_master_key, opened_with(both));
  shell_.run("UPDATE spapi_credential SET key_id = '0123456789abcdef'");
  EXPECT_PURSER_ERROR(ErrorCode::wrong_master_key, opened_with(both));
}

// --- The environment -----------------------------------------------------------------------------------

TEST_F(SellersTest, TheEnvironmentIsWhatDefaultUsesUntilTheDatabaseHasIt) {
  EXPECT_TRUE(sellers_.status().empty());
  environment_.set(other());
  Subject theirs = subject();
  EXPECT_EQ(theirs.source, Source::environment);
  EXPECT_EQ(theirs.name.size(), std::string("environment ").size() + 32);
  EXPECT_EQ(theirs.name, subject().name);
  EXPECT_EQ(theirs.name.find("0the2"), std::string::npos);
  EXPECT_PURSER_ERROR(ErrorCode::no_credentials, subject("second"));
  EXPECT_EQ(status()->source, Source::environment);
  EXPECT_EQ(status()->seller_id, other().seller_id);
  EXPECT_EQ(status()->secret_age_days, std::nullopt);
  AccessToken token = refresh(theirs);
  EXPECT_EQ(status()->access_token_expires_at, token.expires_at);
  EXPECT_EQ(status()->key_id, ring_.current());
  set(credentials());
  EXPECT_EQ(subject().source, Source::database);
  EXPECT_EQ(sellers_.status().size(), 1U);
  EXPECT_EQ(status()->source, Source::database);
}

TEST_F(SellersTest, EveryValueOfTheEnvironmentGivesAnotherFingerprint) {
  environment_.set(credentials());
  std::set<std::string> names = {subject().name};
  for (auto field : {&Credentials::seller_id, &Credentials::client_id, &Credentials::client_secret,
                     &Credentials::refresh_token}) {
    environment_.set(with(field, credentials().*field + "2"));
    names.insert(subject().name);
  }
  environment_.set(credentials());
  environment_.set("SP_API_REGION", "fe");
  names.insert(subject().name);
  EXPECT_EQ(names.size(), 6U);
}

TEST_F(SellersTest, AnotherFileKnowsTheEnvironmentByAnotherFingerprint) {
  environment_.set(credentials());
  std::string here = subject().name;
  DatabaseOptions elsewhere = options();
  elsewhere.path = folder_.file("second.db");
  create_database(elsewhere);
  Database second = Database::open(elsewhere);
  EXPECT_NE(load_subject(second.connection(), "default").name, here);
}

TEST_F(SellersTest, HalfAnEnvironmentIsShownAndHidesNobody) {
  set(other(), "second");
  environment_.set("SP_API_CLIENT_ID", credentials().client_id);
  ASSERT_EQ(sellers_.status().size(), 2U);
  EXPECT_EQ(status()->state, State::misconfigured);
  EXPECT_EQ(status()->source, Source::environment);
  EXPECT_NE(status()->last_error->find("SP_API_CLIENT_SECRET"), std::string::npos);
  EXPECT_PURSER_ERROR(ErrorCode::no_credentials, subject());
}

// --- Secrecy -------------------------------------------------------------------------------------------

// Every stored value, as text and as SQL would write it.
std::string dump(test::ForeignTool& shell) {
  std::string all;
  for (const std::string& table :
       shell.texts("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")) {
    for (const std::string& column : shell.texts("SELECT name FROM pragma_table_info('" + table + "')")) {
      for (const std::string& value : shell.texts("SELECT coalesce(\"" + column + "\", '') || quote(\"" +
                                                  column + "\") FROM \"" + table + "\"")) {
        all += value + "\n";
      }
    }
  }
  return all;
}

TEST_F(SellersTest, NoPartOfASecretIsWritten) {
  set(credentials());
  std::string access_text = "Atza|Q7wZk3Xv9LpR2tYb8NcM4sDf6GhJ1aKe";
  {
    Subject whose = subject();
    RefreshLease ours = refresh_lease(whose);
    AccessToken token = token_for(hours(1), access_text);
    ASSERT_TRUE(store_success(connection(), whose, ours, ring_, token));
  }
  environment_.set(other());
  sellers_.set("second", other(), ring_);
  std::string key = test::read_file(folder_.file("key")).substr(std::string("purser-key-1 ").size(), 43);
  std::string written;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    if (entry.path().filename() != "key") written += test::read_file(entry.path());
  }
  written += dump(shell_);
  ASSERT_NE(written.find(credentials().seller_id), std::string::npos);  // what is no secret is found
  std::vector<std::string> secrets = {key, access_text};
  for (const Credentials& one : {credentials(), other()}) {
    // What all client ids begin with is no part of a secret, and stands in messages.
    secrets.push_back(one.client_id.substr(one.client_id.rfind('.') + 1));
    secrets.push_back(one.client_secret);
    secrets.push_back(one.refresh_token);
  }
  constexpr std::size_t kPart = 8;
  for (const std::string& secret : secrets) {
    for (std::size_t i = 0; i + kPart <= secret.size(); ++i) {
      EXPECT_EQ(written.find(secret.substr(i, kPart)), std::string::npos) << "characters from " << i;
    }
  }
}

}  // namespace
}  // namespace purser::spapi
