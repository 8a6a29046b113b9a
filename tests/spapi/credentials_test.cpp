// What credentials have to look like, and those of the environment.
#include "spapi/spapi_test.h"

namespace purser::spapi {
namespace {

class CredentialsTest : public ::testing::Test {
 protected:
  static Credentials good() {
    return {.seller_id = "A1SELLER",
            .region = Region::fe,
            .client_id = "amzn1.application-oa2-client.c1",
            .client_secret = "amzn1.oa2-cs.v1.5ec2e7",
            .refresh_token = "Atzr|refresh"};
  }
  static std::vector<std::string Credentials::*> fields() {
    return {&Credentials::seller_id, &Credentials::client_id, &Credentials::client_secret,
            &Credentials::refresh_token};
  }
  static Credentials with(std::string Credentials::*field, const std::string& value) {
    Credentials all = good();
    all.*field = value;
    return all;
  }
  static std::string message_of(const Credentials& credentials) {
    return test::message_of([&] { checked(credentials); });
  }

  ScratchEnvironment environment_;
};

TEST_F(CredentialsTest, LoseWhatPastingLeavesAroundThem) {
  for (auto field : fields()) {
    Credentials pasted = with(field, "\xEF\xBB\xBF \t" + good().*field + " \r\n");
    EXPECT_EQ(checked(pasted).*field, good().*field);
  }
  EXPECT_EQ(checked(good()).region, Region::fe);
}

TEST_F(CredentialsTest, NothingMayBeMissing) {
  for (auto field : fields()) {
    for (const char* nothing : {"", " ", "\r\n"}) {
      EXPECT_PURSER_ERROR(ErrorCode::usage, checked(with(field, nothing)));
    }
  }
  EXPECT_NE(message_of(with(&Credentials::client_secret, "")).find("client_secret"), std::string::npos);
}

TEST_F(CredentialsTest, APlaceholderIsRefused) {
  for (auto field : fields()) {
    for (const char* placeholder :
         {"your_client_id", "YOUR_REFRESH_TOKEN", "changeme", "ChangeMe!", "<refresh token>", "<>", "xxx",
          "XXXXXXXX", "xxxx-1234", "manual_placeholder"}) {
      EXPECT_PURSER_ERROR(ErrorCode::usage, checked(with(field, placeholder))) << placeholder;
    }
  }
}

TEST_F(CredentialsTest, WhatAmazonNeverUsesIsRefused) {
  for (auto field : fields()) {
    for (const char* odd :
         {"Atzr|to\r\nken", "Atzr|to ken", "Atzr|t\xC3\xB6ken", "\"Atzr|token\"", "Atzr|\x01"}) {
      EXPECT_PURSER_ERROR(ErrorCode::usage, checked(with(field, odd))) << odd;
    }
    EXPECT_PURSER_ERROR(ErrorCode::invalid_text, checked(with(field, std::string("a\0b", 3))));
    EXPECT_PURSER_ERROR(ErrorCode::invalid_text, checked(with(field, "a\xFF")));
    EXPECT_PURSER_ERROR(ErrorCode::usage, checked(with(field, std::string(4097, 'a'))));
  }
  EXPECT_NO_PURSER_ERROR(checked(with(&Credentials::refresh_token, std::string(4096, 'a'))));
}

TEST_F(CredentialsTest, OneIsNotTakenForAnother) {
  Credentials all = good();
  for (auto field : fields()) {
    for (auto other : fields()) {
      if (field == other || other == &Credentials::seller_id) continue;
      EXPECT_PURSER_ERROR(ErrorCode::usage, checked(with(field, all.*other))) << all.*other;
    }
    EXPECT_PURSER_ERROR(ErrorCode::usage, checked(with(field, "Atza|access")));
  }
  // Secrets of before 2023 have no beginning of their own.
  EXPECT_NO_PURSER_ERROR(checked(with(&Credentials::client_secret, std::string(64, 'a'))));
}

TEST_F(CredentialsTest, NoMessageRepeatsAValue) {
  for (auto field : fields()) {
    for (const char* odd :
         {"Atzr|5ec2e7 5ec2e7", "your_5ec2e7", "5ec2e7\"", "Atza|5ec2e7", "amzn1.oa2-cs.v1.5ec2e7 x"}) {
      std::string message = message_of(with(field, odd));
      EXPECT_FALSE(message.empty()) << odd;
      EXPECT_EQ(message.find("5ec2e7"), std::string::npos) << message;
    }
  }
}

TEST_F(CredentialsTest, TheEnvironmentIsWholeOrNotAtAll) {
  EXPECT_FALSE(credentials_from_environment());
  environment_.set("SP_API_REGION", "eu");
  EXPECT_FALSE(credentials_from_environment());
  for (const char* missing :
       {"SP_API_SELLER_ID", "SP_API_CLIENT_ID", "SP_API_CLIENT_SECRET", "SP_API_REFRESH_TOKEN"}) {
    environment_.set(good());
    environment_.set(missing, " ");
    std::string message = test::message_of(ErrorCode::no_credentials,
                                           [] { static_cast<void>(credentials_from_environment()); });
    EXPECT_NE(message.find(missing), std::string::npos) << message;
  }
  environment_.set(good());
  environment_.set("SP_API_REFRESH_TOKEN", " Atzr|refresh\r\n");
  auto found = credentials_from_environment();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->refresh_token, "Atzr|refresh");
  EXPECT_EQ(found->region, Region::fe);
  unsetenv("SP_API_REGION");
  EXPECT_EQ(credentials_from_environment()->region, Region::na);
  environment_.set("SP_API_REGION", "us");
  EXPECT_PURSER_ERROR(ErrorCode::no_credentials, credentials_from_environment());
}

TEST_F(CredentialsTest, TheNamesOfTheRegions) {
  for (Region region : {Region::na, Region::eu, Region::fe}) EXPECT_EQ(region_named(name_of(region)), region);
  for (const char* other : {"", "NA", "us", "unknown"}) EXPECT_EQ(region_named(other), std::nullopt);
}

}  // namespace
}  // namespace purser::spapi
