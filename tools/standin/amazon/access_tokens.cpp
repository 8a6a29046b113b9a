#include "standin/amazon/access_tokens.h"

#include <algorithm>

#include "standin/wire/random.h"

namespace standin {
namespace {

constexpr std::size_t kLength = 353;  // as measured; Amazon only promises at most 2048

}  // namespace

std::string AccessTokens::issue(std::int64_t now_ms, std::int64_t life_ms) {
  std::string token = "Atza|IwEBI";
  token += random_characters(kLength - token.size());
  std::lock_guard lock(mutex_);
  expires_at_ms_[token] = now_ms + life_ms;
  return token;
}

TokenState AccessTokens::state_of(const std::string& token, std::int64_t now_ms) const {
  std::lock_guard lock(mutex_);
  const auto found = expires_at_ms_.find(token);
  if (found == expires_at_ms_.end()) return TokenState::unknown;
  return now_ms < found->second ? TokenState::valid : TokenState::expired;
}

void AccessTokens::revoke() {
  std::lock_guard lock(mutex_);
  expires_at_ms_.clear();
}

void AccessTokens::expire(std::int64_t now_ms) {
  std::lock_guard lock(mutex_);
  for (auto& [token, expires_at_ms] : expires_at_ms_) expires_at_ms = std::min(expires_at_ms, now_ms);
}

}  // namespace standin
