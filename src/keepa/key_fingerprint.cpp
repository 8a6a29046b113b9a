#include "keepa/key_fingerprint.h"

#include <sodium.h>

#include <array>
#include <string_view>

#include "base/hex.h"
#include "purser/error.h"

namespace purser::keepa {
namespace {

// The same key hashed for another purpose gives another hash. At most crypto_generichash_KEYBYTES_MAX bytes.
constexpr std::string_view kPurpose = "purser: Keepa key of an account";

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string fingerprint_of(const std::string& api_key) {
  if (sodium_init() < 0) throw Error(ErrorCode::internal, "libsodium does not start");
  std::array<unsigned char, crypto_generichash_BYTES_MIN> hash{};
  crypto_generichash(hash.data(), hash.size(), bytes(api_key), api_key.size(), bytes(kPurpose),
                     kPurpose.size());
  return hex_of(hash.data(), hash.size());
}

}  // namespace purser::keepa
