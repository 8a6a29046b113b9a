// A fresh database with a key ring, a seller's credentials, and short words for what tests ask of them.
#pragma once

#include <stdlib.h>

#include <fstream>

#include "purser/spapi.h"
#include "spapi/access_book.h"
#include "support/files.h"
#include "support/foreign_tool.h"
#include "support/scratch.h"

namespace purser::spapi {

// The variables of this process, put back when the test ends.
class ScratchEnvironment {
 public:
  ScratchEnvironment() {
    for (const char* name : kNames) {
      const char* value = getenv(name);
      before_.emplace_back(name, value == nullptr ? std::nullopt : std::optional<std::string>(value));
      unsetenv(name);
    }
  }
  ~ScratchEnvironment() {
    for (const auto& [name, value] : before_) value ? set(name, *value) : void(unsetenv(name));
  }
  ScratchEnvironment(const ScratchEnvironment&) = delete;
  ScratchEnvironment& operator=(const ScratchEnvironment&) = delete;

  static void set(const char* name, const std::string& value) { setenv(name, value.c_str(), 1); }
  static void set(const Credentials& credentials) {
    set("SP_API_SELLER_ID", credentials.seller_id);
    set("SP_API_CLIENT_ID", credentials.client_id);
    set("SP_API_CLIENT_SECRET", credentials.client_secret);
    set("SP_API_REFRESH_TOKEN", credentials.refresh_token);
    set("SP_API_REGION", std::string(name_of(credentials.region)));
  }

 private:
  static constexpr const char* kNames[] = {"PURSER_KEY_FILE",  "PURSER_KEY",           "SP_API_SELLER_ID",
                                           "SP_API_CLIENT_ID", "SP_API_CLIENT_SECRET", "SP_API_REFRESH_TOKEN",
                                           "SP_API_REGION",    "CREDENTIALS_DIRECTORY"};
  std::vector<std::pair<const char*, std::optional<std::string>>> before_;
};

inline void write_private(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file) << text;
  std::filesystem::permissions(file,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

class SpapiTest : public test::DatabaseTest {
 protected:
  using hours = std::chrono::hours;
  using minutes = std::chrono::minutes;
  using seconds = std::chrono::seconds;

  static Credentials credentials() {
    return {.seller_id = "A1SELLER",
            .region = Region::eu,
            .client_id = "amzn1.application-oa2-client.c11e2c11e2",
            .client_secret = "amzn1.oa2-cs.v1.5ec2e75ec2e7",
            .refresh_token = "Atzr|IwEB+refresh/token=="};
  }
  KeyRing new_ring(const std::string& name) {
    KeyRing::generate(folder_.file(name));
    return KeyRing::from_file(folder_.file(name));
  }
  // Both keys, the second first.
  KeyRing rotated(const std::string& name, const std::string& older, const std::string& newer) {
    write_private(folder_.file(name),
                  test::read_file(folder_.file(newer)) + test::read_file(folder_.file(older)));
    return KeyRing::from_file(folder_.file(name));
  }

  store::Connection& connection() { return database_.connection(); }
  Subject subject(const std::string& account = "default") { return load_subject(connection(), account); }
  // The credentials in clear, as for an exchange.
  Credentials opened(const std::string& account = "default") { return opened_with(ring_, account); }
  Credentials opened_with(KeyRing& ring, const std::string& account = "default") {
    return credentials_of(connection(), subject(account), ring).value();
  }
  Access access(const Subject& whose) { return load_access(connection(), whose, ring_); }
  Turn turn(const Subject& whose, const std::string& rejected = {}, Retry retry = Retry::no) {
    return take_turn(connection(), whose, ring_, rejected, retry);
  }
  OurTurn our_turn(const Subject& whose, const std::string& rejected = {}) {
    Turn taken = turn(whose, rejected);
    const auto* ours = std::get_if<OurTurn>(&taken);
    if (ours == nullptr) throw std::runtime_error("not our turn");
    return *ours;
  }
  AccessToken token_for(Duration life, const std::string& text = "Atza|access-token-of-a-test") {
    return {text, "", clock_.now() + life, true};
  }
  // A token of an hour, got as a worker gets it.
  AccessToken refresh(const Subject& whose, const std::string& rejected = {}) {
    OurTurn ours = our_turn(whose, rejected);
    AccessToken token = token_for(hours(1));
    if (!store_success(connection(), whose, ours, ring_, token)) throw std::runtime_error("not stored");
    return token;
  }
  bool fail(const Subject& whose, State latch = State::ok, const std::string& error = "LWA said no") {
    return store_failure(connection(), whose, our_turn(whose), latch, error);
  }
  std::optional<SellerStatus> status(const std::string& account = "default") {
    for (SellerStatus& seller : sellers_.status()) {
      if (seller.account == account) return seller;
    }
    return std::nullopt;
  }

  ScratchEnvironment environment_;
  KeyRing ring_ = new_ring("key");
  Database database_ = open();
  Sellers sellers_{database_};
  test::ForeignTool shell_{folder_.file("purser.db")};
};

}  // namespace purser::spapi
