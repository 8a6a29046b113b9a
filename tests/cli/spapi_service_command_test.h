// The credentials' verbs against the stand-in's Amazon, which knows the credentials of these tests.
#pragma once

#include "cli/spapi_command_test.h"
#include "standin/client.h"

namespace purser::test {

class SpapiServiceCommandTest : public SpapiCommandTest {
 protected:
  SpapiServiceCommandTest() {
    environment_["PURSER_LWA_URL"] = standin_.lwa_url();
    environment_["PURSER_SPAPI_URL"] = standin_.spapi_url();
    environment_["PURSER_SPAPI_SANDBOX_URL"] = standin_.sandbox_url();
  }
  void SetUp() override {
    SpapiCommandTest::SetUp();
    store();
  }

  Json store() const { return set(); }
  void use_environment() { set_environment(); }

  static std::vector<Json> json_lines(const Finished& done) {
    std::vector<Json> all;
    for (const std::string& line : lines(done.out)) all.push_back(Json::parse(line));
    return all;
  }
  static Words names_of(const Json& object) {
    Words names;
    for (const auto& item : object.items()) names.push_back(item.key());
    return names;
  }

  standin::Process standin_{PURSER_STANDIN,
                            {"--seller-id", kSeller, "--client-id", client_id(), "--client-secret",
                             client_secret(), "--refresh-token", refresh_token()}};
};

}  // namespace purser::test
