#include "spapi/sealing.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

namespace purser::spapi {
namespace {

// A sealed text is this byte, the nonce, and the ciphertext with its tag.
constexpr char kFormat = 1;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kHeadBytes = 1 + kNonceBytes;
constexpr std::size_t kMaxBytes = 64UL * 1024;

static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == 32, "the keys of the ring have 32 bytes");

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// The associated data. Each part has its length before it, so that no two cells give the same bytes.
std::string bound_to(const Cell& cell, const std::string& key_id) {
  std::string data = "purser";
  data += kFormat;
  for (std::string_view part : {cell.table, cell.row, cell.column, std::string_view(key_id)}) {
    data += fmt::format("{}:{}", part.size(), part);
  }
  return data;
}

const unsigned char* key_of(const KeyRing& ring, const std::string& key_id, const Cell& cell) {
  const unsigned char* key = ring.key(key_id);
  if (key == nullptr) throw UnknownKey(cell.what, key_id);
  return key;
}

[[noreturn]] void throw_damaged(const Cell& cell, const std::string& key_id) {
  throw Error(ErrorCode::wrong_master_key,
              fmt::format("{} does not open with the master key {}: it was damaged, or copied from another "
                          "row or file; give it anew (`purser spapi set`, for an access token `purser spapi "
                          "token --retry`)",
                          cell.what, key_id));
}

}  // namespace

UnknownKey::UnknownKey(const std::string& what, const std::string& key_id)
    : Error(ErrorCode::wrong_master_key,
            fmt::format("{} was sealed with the master key {}, which is not on the key ring: name the ring "
                        "that has it (PURSER_KEY_FILE, PURSER_KEY); if it is lost, `purser spapi remove` the "
                        "accounts and set them again",
                        what, key_id)) {}

void start_sodium() {
  if (sodium_init() < 0) throw Error(ErrorCode::internal, "libsodium does not start");
}

void wipe(std::string& text) noexcept {
  text.resize(text.capacity());  // a longer text may have been here, and left bytes behind the end
  sodium_memzero(text.data(), text.size());
  text.clear();
}

std::string seal(const KeyRing& ring, const std::string& key_id, const Cell& cell, std::string_view plain) {
  const unsigned char* key = key_of(ring, key_id, cell);
  if (plain.size() > kMaxBytes) {
    throw Error(ErrorCode::usage, fmt::format("{}: at most 64 KiB are kept", cell.what));
  }
  std::string bound = bound_to(cell, key_id);
  std::string sealed(kHeadBytes + plain.size() + kTagBytes, kFormat);
  unsigned char* nonce = bytes_of(sealed) + 1;
  randombytes_buf(nonce, kNonceBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(sealed) + kHeadBytes, nullptr, spapi::bytes_of(plain),
                                             plain.size(), spapi::bytes_of(bound), bound.size(), nullptr,
                                             nonce, key);
  return sealed;
}

std::string open(const KeyRing& ring, const Cell& cell, const Sealed& sealed) {
  const unsigned char* key = key_of(ring, sealed.key_id, cell);
  const std::string& bytes = sealed.bytes;
  if (bytes.size() < kHeadBytes + kTagBytes || bytes[0] != kFormat) throw_damaged(cell, sealed.key_id);
  std::string bound = bound_to(cell, sealed.key_id);
  std::string plain(bytes.size() - kHeadBytes - kTagBytes, '\0');
  const unsigned char* from = spapi::bytes_of(bytes);
  // Writes only zeros to `plain` where the tag does not match.
  int result = crypto_aead_xchacha20poly1305_ietf_decrypt(
      bytes_of(plain), nullptr, nullptr, from + kHeadBytes, bytes.size() - kHeadBytes, spapi::bytes_of(bound),
      bound.size(), from + 1, key);
  if (result != 0) throw_damaged(cell, sealed.key_id);
  return plain;
}

}  // namespace purser::spapi
