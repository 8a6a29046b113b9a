// A database, a master key, and credentials of which no part stands anywhere by chance.
#pragma once

#include <string>

#include "cli/command_line_test.h"

namespace purser::test {

constexpr char kSeller[] = "A2SYN7SELLER0";
// Random, beside what Amazon's begin with.
constexpr char kClientIdTail[] = "0c7e5b1f9a3d4862b7f0d1e2a95c6384";
constexpr char kClientSecretTail[] = "q9Zr8Kp3Wq6Yt1Nb5Vc9Xm2Lj7Hg4Fd0Sa8Qo3Ei6Uy1";
constexpr char kRefreshTokenTail[] = "IwEBIKq7Wz2Jx9VbN4mTr8PlY3hDg6fSc5KaEq0uX1wZ7jO2bT+Lw9/x4Bq8Zs3";

// No part of a secret of at least this length is to be found; shorter ones are found by chance.
constexpr std::size_t kLeastPart = 8;

inline std::string client_id() { return std::string("amzn1.application-oa2-client.") + kClientIdTail; }
inline std::string client_secret() { return std::string("amzn1.oa2-cs.v1.") + kClientSecretTail; }
inline std::string refresh_token() { return std::string("Atzr|") + kRefreshTokenTail; }

inline Json credentials() {
  return {{"client_id", client_id()}, {"client_secret", client_secret()}, {"refresh_token", refresh_token()}};
}

inline void expect_no_part(const std::string& secret, const std::string& text) {
  for (std::size_t i = 0; i + kLeastPart <= secret.size(); ++i) {
    std::size_t found = text.find(secret.substr(i, kLeastPart));
    ASSERT_EQ(found, std::string::npos) << text.substr(found < 100 ? 0 : found - 100, 300);
  }
}

inline void expect_no_secret(const std::string& text) {
  for (const char* secret : {kClientIdTail, kClientSecretTail, kRefreshTokenTail}) {
    expect_no_part(secret, text);
  }
}

class SpapiCommandTest : public CommandLineTest {
 protected:
  void SetUp() override {
    init();
    answer({"key", "generate", "--file", key_file()});
    environment_["PURSER_KEY_FILE"] = key_file();
  }

  std::string key_file(const std::string& name = "key") const { return folder_.file(name).string(); }

  static Words set_words(const std::string& seller = kSeller, const std::string& region = "na") {
    return {"spapi", "set", "--seller-id", seller, "--region", region};
  }
  Json set(const Json& object = credentials(), const Words& more = {}) const {
    return answer(set_words() + more, 0, object.dump());
  }
  std::vector<Json> statuses(const Words& more = {}) const {
    std::vector<Json> all;
    for (const std::string& line : lines(run_purser(Words{"spapi", "status", "--json"} + more).out)) {
      all.push_back(Json::parse(line));
    }
    return all;
  }
  // Of the only account.
  Json status() const {
    auto all = statuses();
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? Json::object() : all.front();
  }
  void set_environment(const std::string& seller = kSeller) {
    environment_["SP_API_SELLER_ID"] = seller;
    environment_["SP_API_CLIENT_ID"] = client_id();
    environment_["SP_API_CLIENT_SECRET"] = client_secret();
    environment_["SP_API_REFRESH_TOKEN"] = refresh_token();
  }
};

}  // namespace purser::test
