#include "xai/asker.h"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <string_view>

#include "base/hex.h"
#include "purser/error.h"

namespace purser::xai {
namespace {

// The same key hashed for another purpose gives another hash. At most crypto_generichash_KEYBYTES_MAX bytes.
constexpr std::string_view kPurpose = "purser: who asks xAI";

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

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
