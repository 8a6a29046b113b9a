// Sealing: how a secret is stored. XChaCha20-Poly1305 with a random nonce and, as associated data, the table,
// row, column and key: a text that was copied from elsewhere, or has one bit flipped, does not open.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "purser/error.h"
#include "purser/key_ring.h"

namespace purser::spapi {

// The cell of the database that a sealed text belongs to. `what` names it in messages: "the refresh token of
// 'default'".
struct Cell {
  std::string_view table, row, column;
  std::string what;
};

struct Sealed {
  std::string bytes;
  std::string key_id;
};

// The ring has no key of that id; it may have one after `reread`.
class UnknownKey : public Error {
 public:
  UnknownKey(const std::string& what, const std::string& key_id);
};

// Throws UnknownKey.
std::string seal(const KeyRing& ring, const std::string& key_id, const Cell& cell, std::string_view plain);

// Throws UnknownKey; wrong_master_key where the text is damaged or was sealed for another cell.
std::string open(const KeyRing& ring, const Cell& cell, const Sealed& sealed);

// Returns use(), which works with the ring; where that throws UnknownKey, reads the ring's file again and
// repeats it. More than one repeat happens only if rotations follow each other so fast that `use` meets a key
// newer than the ring just read.
template <typename Use>
auto with_current_ring(KeyRing& ring, const Use& use) {
  constexpr int kMostRotations = 10;
  for (int rotations = 0; rotations < kMostRotations; ++rotations) {
    std::vector<std::string> known = ring.ids();
    try {
      return use();
    } catch (const UnknownKey&) {
      ring.reread();
      if (ring.ids() == known) throw;
    }
  }
  return use();
}

// Overwrites the text in memory, and empties it.
void wipe(std::string& text) noexcept;

// A secret that is wiped when its scope ends.
struct SecretString {
  std::string text;

  explicit SecretString(std::string secret) : text(std::move(secret)) {}
  ~SecretString() { wipe(text); }
  SecretString(const SecretString&) = delete;
  SecretString& operator=(const SecretString&) = delete;
};

// Initializes libsodium; throws internal where that fails.
void start_sodium();

inline const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace purser::spapi
