// The ring of master keys under which secrets are sealed: its first key seals, and every key opens what it
// has sealed.
//
//   purser::KeyRing::generate("/etc/purser/key");                      // once: a new file, 0600
//   auto ring = purser::KeyRing::from_environment();
//
// The environment names the ring: PURSER_KEY_FILE, else PURSER_KEY, else the file purser-key in systemd's
// $CREDENTIALS_DIRECTORY (LoadCredential=purser-key:/etc/purser/key).
//
// The file holds one key on each line, "purser-key-1 BASE64" (32 bytes), the newest first; blank lines and
// lines that begin with # are skipped. PURSER_KEY is the text of such a file, or one BASE64. A key has an id,
// 16 hex digits of a hash of it, which is stored with every secret that it sealed. When the library meets an
// id that is not on the ring, it reads the file again (`reread`), so running workers follow a rotation
// (spapi::rotate_keys, spapi_keys.h).
//
// A file that others may read or write is refused (unsafe_key_file), except that one group may read a file of
// root's, as systemd and Kubernetes provide it. Keys are kept in memory that is locked where the kernel
// allows it and wiped afterwards; no message holds one.
//
// Threads: several threads may call const members at once.
// Errors: no_master_key (no ring is named, or the file is not there), unsafe_key_file, usage (a malformed
// key), read_only and io_error (the file).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace purser {

namespace spapi {
class LockedKeyFile;
}

class KeyRing {
 public:
  static KeyRing from_environment();
  static KeyRing from_file(const std::filesystem::path& file);
  static KeyRing from_text(const std::string& text);  // PURSER_KEY

  // Creates the file with one random key and returns the key's id. Throws io_error where the file exists:
  // nothing is replaced.
  static std::string generate(const std::filesystem::path& file);

  KeyRing(const KeyRing&);
  KeyRing(KeyRing&&) noexcept;
  KeyRing& operator=(KeyRing&&) noexcept;
  ~KeyRing();

  std::string current() const;           // the id of the key that seals
  std::vector<std::string> ids() const;  // the first is current
  bool has(const std::string& id) const;
  void reread();  // reads the file again; a ring of PURSER_KEY stays as it is
  const std::filesystem::path& file() const { return file_; }  // empty: of PURSER_KEY
  std::string source() const;                                  // for people: the file's path, or "PURSER_KEY"

  // For the library: the 32 bytes of the key; null where the ring has no such key.
  const unsigned char* key(const std::string& id) const;
  // For spapi::rotate_keys: makes a new key the first, and the present one the second and last, in the file
  // and in this ring.
  void put_new_key_first(spapi::LockedKeyFile& file);

 private:
  struct Keys;
  explicit KeyRing(std::shared_ptr<const Keys> keys, std::filesystem::path file = {});
  std::shared_ptr<const Keys> keys_;
  std::filesystem::path file_;
};

// Keeps a crash, or a debugger of the same user, from writing this process's memory to a disk. Call it before
// a secret is read.
void forbid_core_dumps();

}  // namespace purser
