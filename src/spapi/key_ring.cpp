#include "purser/key_ring.h"

#include <fmt/format.h>
#include <sodium.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/environment.h"
#include "base/hex.h"
#include "base/text.h"
#include "spapi/key_file.h"
#include "spapi/sealing.h"

namespace purser {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kBase64Bytes = sodium_base64_ENCODED_LEN(kKeyBytes, sodium_base64_VARIANT_ORIGINAL);
constexpr std::string_view kLineBegins = "purser-key-1 ";

// Part of what is hashed, so that a hash of the key for another purpose is another one.
constexpr std::string_view kIdPurpose = "purser: id of a master key";
constexpr std::size_t kIdBytes = 8;

// Memory of libsodium: locked where the kernel allows it, between guard pages, wiped when it is freed.
struct Free {
  void operator()(unsigned char* memory) const { sodium_free(memory); }
};
using Locked = std::unique_ptr<unsigned char, Free>;

Locked locked(std::size_t bytes) {
  spapi::start_sodium();
  Locked memory(static_cast<unsigned char*>(sodium_malloc(bytes)));
  if (!memory) throw Error(ErrorCode::internal, "there is no memory for the master keys");
  return memory;
}

std::string id_of(const unsigned char* key) {
  std::array<unsigned char, crypto_generichash_BYTES_MIN> hash{};
  crypto_generichash(hash.data(), hash.size(), key, kKeyBytes, spapi::bytes_of(kIdPurpose),
                     kIdPurpose.size());
  return hex_of(hash.data(), kIdBytes);
}

// False where the text is not the BASE64 of 32 bytes.
bool decode(std::string_view base64, unsigned char* key) {
  std::size_t decoded = 0;
  const char* end = nullptr;
  int result = sodium_base642bin(key, kKeyBytes, base64.data(), base64.size(), nullptr, &decoded, &end,
                                 sodium_base64_VARIANT_ORIGINAL);
  return result == 0 && decoded == kKeyBytes && end == base64.data() + base64.size();
}

// What follows "purser-key-1 " in the line of that key, with the line's end.
spapi::SecretString line_end_of(const unsigned char* key) {
  std::string line(kBase64Bytes, '\0');
  sodium_bin2base64(line.data(), kBase64Bytes, key, kKeyBytes, sodium_base64_VARIANT_ORIGINAL);
  line.back() = '\n';  // was the terminating NUL
  return spapi::SecretString(std::move(line));
}

Locked new_key() {
  Locked key = locked(kKeyBytes);
  randombytes_buf(key.get(), kKeyBytes);
  return key;
}

}  // namespace

struct KeyRing::Keys {
  std::vector<std::string> ids;
  Locked bytes;  // 32 for each id, in the same order

  static std::shared_ptr<Keys> of_lines(std::string_view text, const std::string& what);

  unsigned char* at(std::size_t i) const { return bytes.get() + i * kKeyBytes; }

  // Adds the key unless it is on the ring already. False where the text is no key.
  bool add(std::string_view base64) {
    unsigned char* key = at(ids.size());
    if (!decode(base64, key)) return false;
    std::string id = id_of(key);
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(std::move(id));
    return true;
  }
};

KeyRing::KeyRing(std::shared_ptr<const Keys> keys, std::filesystem::path file)
    : keys_(std::move(keys)), file_(std::move(file)) {}
KeyRing::KeyRing(const KeyRing&) = default;
KeyRing::KeyRing(KeyRing&&) noexcept = default;
KeyRing& KeyRing::operator=(KeyRing&&) noexcept = default;
KeyRing::~KeyRing() = default;

namespace {

// The file of systemd's LoadCredential=purser-key:FILE; empty: there is none.
std::filesystem::path credential_file() {
  std::string folder = environment("CREDENTIALS_DIRECTORY");
  if (folder.empty()) return {};
  std::filesystem::path file = std::filesystem::path(folder) / "purser-key";
  std::error_code unknown;  // opening the file reports it
  auto status = std::filesystem::symlink_status(file, unknown);
  return status.type() == std::filesystem::file_type::not_found ? std::filesystem::path() : file;
}

}  // namespace

KeyRing KeyRing::from_environment() {
  if (std::string file = environment("PURSER_KEY_FILE"); !file.empty()) return from_file(file);
  spapi::SecretString key(environment("PURSER_KEY"));
  if (!key.text.empty()) return from_text(key.text);
  if (auto file = credential_file(); !file.empty()) return from_file(file);
  throw Error(
      ErrorCode::no_master_key,
      "no master key is set, and without one no secret is stored or opened: set PURSER_KEY_FILE to "
      "the key file; only where nothing was ever sealed, `purser key generate --file FILE` makes one");
}

// The keys of the text of a key file. `what` names in messages where the text comes from.
std::shared_ptr<KeyRing::Keys> KeyRing::Keys::of_lines(std::string_view text, const std::string& what) {
  auto keys = std::make_shared<Keys>();
  keys->bytes =
      locked((static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1) * kKeyBytes);
  for (int number = 1; !text.empty(); ++number) {
    std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    bool begins = line.substr(0, kLineBegins.size()) == kLineBegins;
    if (!begins || !keys->add(trimmed(line.substr(kLineBegins.size())))) {
      throw Error(
          ErrorCode::usage,
          fmt::format("{}: line {} is no key; a key is \"purser-key-1\", a blank and the base64 of 32 bytes",
                      what, number));
    }
  }
  return keys;
}

KeyRing KeyRing::from_file(const std::filesystem::path& file) {
  Locked text = locked(spapi::kMaxKeyFileBytes);
  std::string_view all(reinterpret_cast<char*>(text.get()), spapi::read_key_file(file, text.get()));
  auto keys = Keys::of_lines(all, fmt::format("the key file {}", file.string()));
  if (keys->ids.empty()) {
    throw Error(ErrorCode::usage, fmt::format("the key file {} holds no key: remove it, then `purser key "
                                              "generate --file {}` makes one",
                                              file.string(), file.string()));
  }
  return KeyRing(std::move(keys), file);
}

KeyRing KeyRing::from_text(const std::string& text) {
  if (text.find(kLineBegins.substr(0, kLineBegins.size() - 1)) != std::string::npos) {
    auto keys = Keys::of_lines(text, "PURSER_KEY");
    if (!keys->ids.empty()) return KeyRing(std::move(keys));
  }
  auto keys = std::make_shared<Keys>();
  keys->bytes = locked(kKeyBytes);
  if (keys->add(trimmed(text))) return KeyRing(std::move(keys));
  throw Error(
      ErrorCode::usage,
      "PURSER_KEY is no key: it is what stands in a key file (\"purser-key-1\", a blank and the base64 "
      "of 32 bytes), or that base64 alone");
}

std::string KeyRing::source() const { return file_.empty() ? "PURSER_KEY" : file_.string(); }

std::string KeyRing::generate(const std::filesystem::path& file) {
  Locked key = new_key();
  spapi::create_key_file(file, {kLineBegins, line_end_of(key.get()).text});
  return id_of(key.get());
}

void KeyRing::put_new_key_first(spapi::LockedKeyFile& file) {
  Locked key = new_key();
  file.replace({kLineBegins, line_end_of(key.get()).text, kLineBegins, line_end_of(keys_->at(0)).text});
  reread();
}

std::string KeyRing::current() const { return keys_->ids.front(); }
std::vector<std::string> KeyRing::ids() const { return keys_->ids; }
bool KeyRing::has(const std::string& id) const { return key(id) != nullptr; }

const unsigned char* KeyRing::key(const std::string& id) const {
  auto found = std::find(keys_->ids.begin(), keys_->ids.end(), id);
  return found == keys_->ids.end() ? nullptr
                                   : keys_->at(static_cast<std::size_t>(found - keys_->ids.begin()));
}

void KeyRing::reread() {
  if (!file_.empty()) *this = from_file(file_);
}

void forbid_core_dumps() {
  struct rlimit none {};
  if (::setrlimit(RLIMIT_CORE, &none) != 0 || ::prctl(PR_SET_DUMPABLE, 0) != 0) {
    throw Error(ErrorCode::internal,
                fmt::format("core dumps could not be forbidden: {}", std::strerror(errno)));
  }
}

}  // namespace purser
