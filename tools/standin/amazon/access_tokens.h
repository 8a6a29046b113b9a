// The access tokens that Login with Amazon has given, which SP-API then sees.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace standin {

enum class Standing { valid, expired, unknown };  // unknown: never given, or revoked

class AccessTokens {
 public:
  // A new one; those before it stay as they are.
  std::string issue(std::int64_t now_ms, std::int64_t life_ms);

  Standing standing_of(const std::string& token, std::int64_t now_ms) const;

  // All that were given so far.
  void revoke();
  void expire(std::int64_t now_ms);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::int64_t> expires_at_ms_;
};

}  // namespace standin
