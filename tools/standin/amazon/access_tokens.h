// The access tokens that Login with Amazon has issued; SP-API checks them.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace standin {

enum class TokenState { valid, expired, unknown };  // unknown: never issued, or revoked

class AccessTokens {
 public:
  // Issues a new token; the earlier ones stay valid.
  std::string issue(std::int64_t now_ms, std::int64_t life_ms);

  TokenState state_of(const std::string& token, std::int64_t now_ms) const;

  // Both concern all tokens that were issued so far.
  void revoke();
  void expire(std::int64_t now_ms);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::int64_t> expires_at_ms_;
};

}  // namespace standin
