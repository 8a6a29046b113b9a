// What `spapi set` and its like do not take: the message, the exit status, nothing of a secret, and a state
// that has not changed.
#include "cli/spapi_command_test.h"

namespace purser::test {
namespace {

class SpapiBadInputTest : public SpapiCommandTest {
 protected:
  void SetUp() override {
    SpapiCommandTest::SetUp();
    set();
  }

  void expect_input_refused(const std::string& input, const std::string& fragment, int exit_status = 64,
                            const std::string& code = "usage") const {
    SCOPED_TRACE(input.substr(0, 200));
    expect_refused(set_words(), exit_status, code, fragment, input);
    Finished done = run_purser(set_words() + Words{"--json"}, input);
    expect_no_secret(done.out + done.err);
  }
  static std::string with(const std::string& field, const Json& value) {
    Json object = credentials();
    object[field] = value;
    return object.dump();
  }
};

const char* const kFields[] = {"client_id", "client_secret", "refresh_token"};

TEST_F(SpapiBadInputTest, FieldsAreAllThere) {
  for (const char* field : kFields) {
    Json object = credentials();
    object.erase(field);
    expect_input_refused(object.dump(), std::string(field) + " is missing");
  }
  expect_input_refused("{}", "client_id is missing");
}

TEST_F(SpapiBadInputTest, ValuesAreText) {
  for (const char* field : kFields) {
    for (const Json& value : {Json(5), Json(), Json(true), Json::array({refresh_token()}),
                              Json::object({{"value", refresh_token()}})}) {
      expect_input_refused(with(field, value), std::string(field) + " on standard input is no text");
    }
  }
}

TEST_F(SpapiBadInputTest, ValuesAreNotEmpty) {
  for (const char* field : kFields) {
    for (const char* value : {"", " ", "\r\n", "\t"}) expect_input_refused(with(field, value), field);
  }
}

TEST_F(SpapiBadInputTest, APlaceholderIsNoSecret) {
  for (const char* field : kFields) {
    for (const char* value : {"your_client_secret", "changeme", "<refresh token>", "xxxxxxxx", "XXXXXXXX",
                              "manual_placeholder", " your_refresh_token\r\n"}) {
      expect_input_refused(with(field, value), field);
    }
  }
}

TEST_F(SpapiBadInputTest, BlanksWithinAreNoPartOfAnyValue) {
  expect_input_refused(with("refresh_token", refresh_token() + "\r\n" + refresh_token()), "refresh_token");
  expect_input_refused(with("client_secret", "two words"), "client_secret");
}

TEST_F(SpapiBadInputTest, WhatIsNoJsonObject) {
  std::string whole = credentials().dump();
  expect_input_refused("{", "no JSON object");
  expect_input_refused(whole.substr(0, whole.size() - 1), "no JSON object");
  expect_input_refused(whole.substr(0, whole.size() - 20), "no JSON object");  // in the middle of a secret
  expect_input_refused(whole + whole, "no JSON object");
  expect_input_refused("client_secret=" + client_secret(), "no JSON object");
  expect_input_refused(refresh_token(), "no JSON object");
  expect_input_refused("{'client_id': '" + client_id() + "'}", "no JSON object");
  expect_input_refused("<html>" + client_secret() + "</html>", "no JSON object");
  for (const char* json : {"[]", "null", "5", "true"}) expect_input_refused(json, "JSON, but no object");
  expect_input_refused(Json(refresh_token()).dump(), "JSON, but no object");
  expect_input_refused(Json::array({credentials()}).dump(), "JSON, but no object");
  expect_input_refused(std::string(20000, '['), "no JSON object");
}

TEST_F(SpapiBadInputTest, AFieldIsKnownAndThereOnce) {
  expect_input_refused(with("aws_access_key", client_secret()), "none of those in");
  expect_input_refused(with(refresh_token(), "5"), "none of those in");
  std::string whole = credentials().dump();
  expect_input_refused(whole.substr(0, whole.size() - 1) + R"(,"client_id":"amzn1.another"})",
                       "a field twice");
}

TEST_F(SpapiBadInputTest, TextThatIsNotUtf8) {
  for (const char* text : {"\xff", "caf\xe9", "\xed\xa0\x80"}) {
    expect_input_refused(R"({"client_id":")" + client_id() + text + R"("})", "UTF-8", 65, "invalid_text");
  }
  std::string utf16("\xff\xfe{\0\"\0", 6);
  expect_input_refused(utf16, "UTF-8", 65, "invalid_text");
}

TEST_F(SpapiBadInputTest, HugeInput) {
  expect_input_refused(std::string(64 * 1024 + 1, ' '), "larger than 64 KiB");
  expect_input_refused(with("refresh_token", std::string(60000, 'A')), "refresh_token");
}

TEST_F(SpapiBadInputTest, ARegionIsOneOfThree) {
  for (const char* region : {"us", "NA", "", "na ", "north america"}) {
    expect_refused(set_words(kSeller, region), 64, "usage", "--region is na or eu or fe",
                   credentials().dump());
  }
  expect_refused({"spapi", "set", "--seller-id", kSeller}, 64, "usage", "needs --region",
                 credentials().dump());
}

TEST_F(SpapiBadInputTest, ASellerHasAnId) {
  for (const char* seller : {"", " ", "A1 B2", "your_seller_id", "manual_placeholder"}) {
    expect_refused(set_words(seller), 64, "usage", "seller_id", credentials().dump());
  }
  expect_refused(set_words(std::string(201, 'A')), 64, "usage", "seller_id", credentials().dump());
  expect_refused(set_words("A1\xff"), 65, "invalid_text", "seller_id", credentials().dump());
  expect_refused({"spapi", "set", "--region", "na"}, 64, "usage", "needs --seller-id", credentials().dump());
}

TEST_F(SpapiBadInputTest, AnAccountIsAName) {
  for (const std::string& account : {std::string(), std::string(201, 'a'), std::string("line\nbreak")}) {
    expect_refused(set_words() + Words{"--account", account}, 64, "usage", "account", credentials().dump());
  }
  expect_refused(set_words() + Words{"--account", "caf\xe9"}, 65, "invalid_text", "account",
                 credentials().dump());
}

TEST_F(SpapiBadInputTest, NothingPipedInAndNothingInTheEnvironment) {
  for (const char* input : {"", "\n", " \r\n"}) {
    expect_input_refused(input,
                         "SP_API_CLIENT_ID and SP_API_CLIENT_SECRET and SP_API_REFRESH_TOKEN are not set");
  }
}

TEST_F(SpapiBadInputTest, TheEnvironmentIsWholeOrNotAtAll) {
  set_environment();
  environment_["SP_API_CLIENT_SECRET"] = "\r\n";
  expect_input_refused("", "SP_API_CLIENT_SECRET is not set");
  expect_refused(set_words() + Words{"--from-environment"}, 64, "usage", "SP_API_CLIENT_SECRET is not set",
                 credentials().dump());
}

// An object that is no good is not made up for by the environment.
TEST_F(SpapiBadInputTest, SourcesAreNotMixed) {
  set_environment();
  expect_input_refused("{}", "client_id is missing");
}

TEST_F(SpapiBadInputTest, SecretsAreNoArguments) {
  expect_refused(set_words() + Words{"--client-secret", "s"}, 64, "usage", "no option '--client-secret'");
  expect_refused(set_words() + Words{"s"}, 64, "usage", "takes no further argument");
}

TEST_F(SpapiBadInputTest, WithoutAMasterKeyNothingIsStored) {
  environment_["PURSER_KEY_FILE"] = std::nullopt;
  expect_refused(set_words(), 78, "no_master_key", "purser key generate", credentials().dump());
  environment_["PURSER_KEY_FILE"] = key_file("not there");
  expect_refused(set_words(), 78, "no_master_key", "key", credentials().dump());
}

TEST_F(SpapiBadInputTest, RemovingIsMeant) { expect_refused({"spapi", "remove"}, 64, "usage", "add --yes"); }

TEST_F(SpapiBadInputTest, UnknownAccounts) {
  expect_refused({"--account", "nobody", "spapi", "status"}, 78, "unknown_account", "nobody");
  expect_refused({"--account", "nobody", "spapi", "remove", "--yes"}, 78, "unknown_account", "nobody");
}

}  // namespace
}  // namespace purser::test
