#include "xai/service_options.h"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <charconv>
#include <string_view>

#include "base/environment.h"
#include "base/hex.h"
#include "base/text.h"
#include "http/transport.h"

namespace purser::xai {
namespace {

std::optional<int> max_tokens_of_the_environment() {
  std::string text = environment("XAI_MAX_TOKENS");
  if (text.empty()) return std::nullopt;
  int number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= kMinTokens &&
      number <= kMaxTokens) {
    return number;
  }
  throw Error(ErrorCode::usage,
              fmt::format("XAI_MAX_TOKENS: must be a whole number from {} to {}", kMinTokens, kMaxTokens));
}

// The same key hashed for another purpose gives another hash. At most crypto_generichash_KEYBYTES_MAX bytes.
constexpr std::string_view kPurpose = "purser: who asks xAI";

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

ServiceOptions checked(ServiceOptions options) {
  require_name("model", options.model);
  if (!options.api_key.empty() && options.model.find(options.api_key) != std::string::npos)
    throw Error(ErrorCode::usage,
                "model: this is the API key, which is never printed: set XAI_MODEL to a model");
  if (options.tries < 1) throw Error(ErrorCode::usage, "tries: must be at least 1");
  if (options.connect_deadline < Duration{1}) {
    throw Error(ErrorCode::usage, "connect deadline: must be at least 1 ms");
  }
  if (options.deadline < Duration{1} || options.deadline > kMaxDeadline) {
    throw Error(ErrorCode::usage, "deadline: must be from 1 ms to 1 hour");
  }
  if (options.max_tokens && (*options.max_tokens < kMinTokens || *options.max_tokens > kMaxTokens)) {
    throw Error(ErrorCode::usage, fmt::format("max tokens: must be from {} to {}", kMinTokens, kMaxTokens));
  }
  options.base_url = http::base_address(std::move(options.base_url));
  return options;
}

ServiceOptions ServiceOptions::from_environment() {
  ServiceOptions options;
  options.api_key = environment("XAI_API_KEY");
  if (options.api_key.empty()) options.api_key = environment("XAI_TOKEN");
  if (auto model = environment("XAI_MODEL"); !model.empty()) options.model = model;
  if (auto url = environment("PURSER_XAI_URL"); !url.empty()) options.base_url = url;
  options.max_tokens = max_tokens_of_the_environment();
  return options;
}

std::string asker_of(const ServiceOptions& options) {
  if (sodium_init() < 0) throw Error(ErrorCode::internal, "libsodium does not start");
  std::string text = fmt::format("{}:{}{}:{}{}", options.base_url.size(), options.base_url,
                                 options.model.size(), options.model, options.api_key);
  std::array<unsigned char, crypto_generichash_BYTES_MIN> hash{};
  crypto_generichash(hash.data(), hash.size(), bytes(text), text.size(), bytes(kPurpose), kPurpose.size());
  sodium_memzero(text.data(), text.size());
  return hex_of(hash.data(), hash.size());
}

}  // namespace purser::xai
