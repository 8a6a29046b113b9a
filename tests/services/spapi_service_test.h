// A real file with sealed credentials, a real stand-in on real sockets, and a Service between the two. Waits
// are on a clock that jumps through them; the deadlines of requests are real.
#pragma once

#include <stdlib.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "purser/create.h"
#include "purser/spapi_service.h"
#include "services/service_test.h"
#include "standin/client.h"

namespace purser::spapi {

inline Credentials credentials_of(const standin::Process& standin) {
  Credentials all;
  all.seller_id = standin.seller_id();
  all.client_id = standin.client_id();
  all.client_secret = standin.client_secret();
  all.refresh_token = standin.refresh_token();
  return all;
}

inline ServiceOptions services_of(const standin::Process& standin) {
  ServiceOptions all;
  all.lwa_url = standin.lwa_url();
  all.spapi_url = standin.spapi_url();
  all.sandbox_url = standin.sandbox_url();
  all.deadline = std::chrono::seconds(20);
  return all;
}

// One database with a key ring beside it, and no credentials in the environment.
class Bench {
 public:
  explicit Bench(const standin::Process& standin) : credentials(credentials_of(standin)) {
    for (const char* name : {"PURSER_KEY", "SP_API_SELLER_ID", "SP_API_CLIENT_ID", "SP_API_CLIENT_SECRET",
                             "SP_API_REFRESH_TOKEN", "SP_API_REGION"})
      unsetenv(name);
    KeyRing::generate(folder_.file("key"));
    setenv("PURSER_KEY_FILE", folder_.file("key").c_str(), 1);
    create_database(file_options(), Durability::normal);
    database_.emplace(Database::open(file_options()));
    options = services_of(standin);
  }

  DatabaseOptions file_options() {
    DatabaseOptions all;
    all.path = path();
    all.worker = "test:1";
    all.clock = &clock;
    all.log = &log;
    return all;
  }
  std::filesystem::path path() const { return folder_.file("purser.db"); }

  void set() { set(credentials); }
  void set(const Credentials& some) { Sellers(*database_).set("default", some, KeyRing::from_environment()); }
  SellerStatus status() { return Sellers(*database_).status().at(0); }
  // Each call is a worker of its own: only the file remembers.
  Service service() { return {*database_, options}; }
  AccessToken token(const std::string& rejected = {}, Retry retry = Retry::no) {
    AccessToken token = service().token(rejected, retry);
    tokens.push_back(token.token);
    return token;
  }
  std::optional<ErrorCode> error_of_token(Retry retry = Retry::no) {
    auto error = test::thrown_by([&] { token({}, retry); });
    if (!error) return std::nullopt;
    said += std::string(error->what()) + "\n";
    return error->code();
  }
  std::vector<Restriction> ask(const std::vector<std::string>& asins, const RestrictionOptions& how = {}) {
    std::vector<Restriction> answers;
    service().restrictions(asins, how, [&](const Restriction& answer) {
      said += answer.error.value_or("") + "\n";
      answers.push_back(answer);
      if (on_answer) on_answer();
    });
    return answers;
  }

  // Everything that was said, logged or written, to the last byte of the file. The database is gone then.
  std::string every_byte() {
    database_.reset();
    std::string all = said + log.all;
    for (const char* suffix : {"", "-wal"}) {
      std::ifstream file(path().string() + suffix, std::ios::binary);
      all.append(std::istreambuf_iterator<char>(file), {});
    }
    return all;
  }

  test::HookedClock clock;
  test::KeptLines log;
  Credentials credentials;
  ServiceOptions options;
  std::function<void()> on_answer;
  std::string said;
  std::vector<std::string> tokens;  // that were given out

 private:
  test::ScratchFolder folder_;
  std::optional<Database> database_;
};

class SpapiTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { standin_ = std::make_unique<standin::Process>(PURSER_STANDIN); }
  static void TearDownTestSuite() { standin_.reset(); }
  // For so many requests; else from here on.
  static void set(const std::string& name, const std::string& value, std::optional<int> times = {}) {
    standin_->set_switch(name, value, times);
  }
  static standin::Figures truth() { return standin_->state(); }
  void SetUp() override {
    for (const auto& [name, value] :
         std::initializer_list<std::pair<const char*, const char*>>{{"lwa.answer", "normal"},
                                                                    {"lwa.fault", "none"},
                                                                    {"lwa.expires_in", "3600"},
                                                                    {"spapi.answer", "normal"},
                                                                    {"spapi.fault", "none"},
                                                                    {"sandbox.fault", "none"},
                                                                    {"spapi.role", "granted"},
                                                                    {"spapi.valid_for", "both"},
                                                                    {"spapi.region", "na"},
                                                                    {"spapi.plan", "off"},
                                                                    {"spapi.rate", "5.0"},
                                                                    {"spapi.forbid_asin", "none"},
                                                                    {"spapi.error_form", "errors"},
                                                                    {"spapi.retry_after", "none"}})
      set(name, value);
    standin_->reset();
  }
  // No secret and no part of one of eight characters: in messages, lines and bytes.
  void TearDown() override {
    EXPECT_EQ(truth().lwa.redirects_followed + truth().spapi.redirects_followed, 0);
    std::vector<std::string> secrets = bench_.tokens;
    for (const std::string& secret :
         {bench_.credentials.client_id, bench_.credentials.client_secret, bench_.credentials.refresh_token})
      secrets.push_back(secret);
    std::string bytes = bench_.every_byte();
    EXPECT_NE(bytes.find("SQLite format 3"), std::string::npos);  // the file was looked at
    for (const std::string& secret : secrets) {
      for (std::size_t i = 0; i + 8 <= secret.size(); i += 4) {
        std::string part = secret.substr(i, 8);
        if (std::string("amzn1.application-oa2-client.").find(part) != std::string::npos) continue;
        EXPECT_EQ(bytes.find(part), std::string::npos) << "a part of a secret got out: " << part;
      }
    }
  }

  static inline std::unique_ptr<standin::Process> standin_;
  Bench bench_{*standin_};
};

}  // namespace purser::spapi
