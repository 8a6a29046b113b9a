#include "purser/key_ring.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/environment.h"
#include "base/hex.h"
#include "base/text.h"
#include "spapi/sealing.h"

namespace purser {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kBase64Bytes = sodium_base64_ENCODED_LEN(kKeyBytes, sodium_base64_VARIANT_ORIGINAL);
constexpr std::size_t kMostFileBytes = 16UL * 1024;
constexpr std::string_view kLineBegins = "purser-key-1 ";

// The same key hashed for another purpose gives another hash.
constexpr std::string_view kIdPurpose = "purser: id of a master key";
constexpr std::size_t kIdBytes = 8;

// Memory that is locked where the kernel allows it, has guard pages around it, and is wiped when it is freed.
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

struct Descriptor {
  int number;

  explicit Descriptor(int opened) : number(opened) {}
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
};

std::string id_of(const unsigned char* key) {
  std::array<unsigned char, crypto_generichash_BYTES_MIN> hash{};
  crypto_generichash(hash.data(), hash.size(), key, kKeyBytes, spapi::bytes_of(kIdPurpose),
                     kIdPurpose.size());
  return hex_of(hash.data(), kIdBytes);
}

// False where this is not the BASE64 of 32 bytes.
bool decode(std::string_view base64, unsigned char* key) {
  std::size_t decoded = 0;
  const char* end = nullptr;
  int result = sodium_base642bin(key, kKeyBytes, base64.data(), base64.size(), nullptr, &decoded, &end,
                                 sodium_base64_VARIANT_ORIGINAL);
  return result == 0 && decoded == kKeyBytes && end == base64.data() + base64.size();
}

[[noreturn]] void throw_system(ErrorCode code, const std::filesystem::path& file, int number) {
  throw Error(code, fmt::format("the key file {}: {}", file.string(), std::strerror(number)));
}

ErrorCode writing_code(int number) {
  if (number == EACCES || number == EROFS || number == EPERM) return ErrorCode::read_only;
  return number == ENOSPC || number == EDQUOT ? ErrorCode::disk_full : ErrorCode::io_error;
}

void require_private(const Descriptor& opened, const std::filesystem::path& file) {
  struct stat status {};
  if (::fstat(opened.number, &status) != 0) throw_system(ErrorCode::io_error, file, errno);
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorCode::usage, fmt::format("the key file {} is not a regular file", file.string()));
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    throw Error(ErrorCode::usage,
                fmt::format("the key file {} may be read or written by others: chmod 600 {}", file.string(),
                            file.string()));
  }
  if (static_cast<std::size_t>(status.st_size) > kMostFileBytes) {
    throw Error(ErrorCode::usage,
                fmt::format("the key file {} has more than 16 KiB: it is no key ring", file.string()));
  }
}

// Into `memory`; how many bytes.
std::size_t read_all(const std::filesystem::path& file, unsigned char* memory, std::size_t most) {
  // Not blocking: a pipe of that name must not hold anybody up before it is refused.
  Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (opened.number < 0 && errno == ENOENT) {
    throw Error(ErrorCode::no_master_key,
                fmt::format("there is no key file {}: `purser key generate --file {}` makes one",
                            file.string(), file.string()));
  }
  if (opened.number < 0) throw_system(ErrorCode::io_error, file, errno);
  require_private(opened, file);
  std::size_t length = 0;
  for (ssize_t got = -1; got != 0 && length < most;) {
    got = ::read(opened.number, memory + length, most - length);
    if (got < 0 && errno != EINTR) throw_system(ErrorCode::io_error, file, errno);
    if (got > 0) length += static_cast<std::size_t>(got);
  }
  return length;
}

void write_all(const Descriptor& opened, const std::filesystem::path& file, std::string_view text) {
  while (!text.empty()) {
    ssize_t written = ::write(opened.number, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_system(writing_code(errno), file, errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(opened.number) != 0) throw_system(writing_code(errno), file, errno);
}

// The name survives a power cut as well.
void sync_folder(const std::filesystem::path& file) {
  std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.number < 0 || ::fsync(opened.number) != 0) throw_system(ErrorCode::io_error, folder, errno);
}

}  // namespace

struct KeyRing::Keys {
  std::vector<std::string> ids;
  Locked bytes;  // 32 for each id, in the same order

  unsigned char* at(std::size_t i) const { return bytes.get() + i * kKeyBytes; }

  // A key that is there already stays where it is. False where this is no key.
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

KeyRing KeyRing::from_environment() {
  if (std::string file = environment("PURSER_KEY_FILE"); !file.empty()) return from_file(file);
  spapi::Wiped key(environment("PURSER_KEY"));
  if (!key.text.empty()) return from_text(key.text);
  throw Error(ErrorCode::no_master_key,
              "there is no master key, and without one no secret is stored: make one with `purser key "
              "generate --file FILE`, then set PURSER_KEY_FILE to that file");
}

KeyRing KeyRing::from_file(const std::filesystem::path& file) {
  Locked text = locked(kMostFileBytes);
  std::string_view rest(reinterpret_cast<char*>(text.get()), read_all(file, text.get(), kMostFileBytes));
  auto keys = std::make_shared<Keys>();
  keys->bytes =
      locked((static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '\n')) + 1) * kKeyBytes);
  for (int number = 1; !rest.empty(); ++number) {
    std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty() || line.front() == '#') continue;
    bool begins = line.substr(0, kLineBegins.size()) == kLineBegins;
    if (!begins || !keys->add(trimmed(line.substr(kLineBegins.size())))) {
      throw Error(
          ErrorCode::usage,
          fmt::format("the key file {}: line {} is no key; a key is \"purser-key-1\", a blank and the "
                      "base64 of 32 bytes",
                      file.string(), number));
    }
  }
  if (keys->ids.empty()) {
    throw Error(ErrorCode::usage, fmt::format("the key file {} holds no key: remove it, then `purser key "
                                              "generate --file {}` makes one",
                                              file.string(), file.string()));
  }
  return KeyRing(std::move(keys), file);
}

KeyRing KeyRing::from_text(const std::string& base64) {
  auto keys = std::make_shared<Keys>();
  keys->bytes = locked(kKeyBytes);
  if (!keys->add(base64)) {
    throw Error(ErrorCode::usage, "PURSER_KEY is no key: it is the base64 of 32 bytes");
  }
  return KeyRing(std::move(keys));
}

std::string KeyRing::generate(const std::filesystem::path& file) {
  Locked key = locked(kKeyBytes);
  randombytes_buf(key.get(), kKeyBytes);
  spapi::Wiped line{std::string(kBase64Bytes, '\0')};
  sodium_bin2base64(line.text.data(), kBase64Bytes, key.get(), kKeyBytes, sodium_base64_VARIANT_ORIGINAL);
  line.text.back() = '\n';  // was the terminating NUL

  Descriptor opened(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (opened.number < 0 && errno == EEXIST) {
    throw Error(ErrorCode::io_error,
                fmt::format("{} is there already, and a key file is never replaced: choose another name",
                            file.string()));
  }
  if (opened.number < 0) throw_system(writing_code(errno), file, errno);
  try {
    write_all(opened, file, kLineBegins);
    write_all(opened, file, line.text);
    sync_folder(file);
  } catch (const Error&) {
    ::unlink(file.c_str());  // ours, and it holds half a key
    throw;
  }
  return id_of(key.get());
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
