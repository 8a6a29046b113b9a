#include "import/input_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/descriptor.h"
#include "purser/import_legacy.h"
#include "spapi/key_file.h"
#include "spapi/sealing.h"

namespace purser::legacy {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse_unreadable(const fs::path& file, int error) {
  throw Error(ErrorCode::io_error, fmt::format("cannot read {}: {}", file.string(), std::strerror(error)));
}

void require_content(const struct stat& status, const fs::path& file) {
  if (S_ISDIR(status.st_mode)) refuse(file, "is a folder, not a file");
  if (!S_ISREG(status.st_mode)) refuse(file, "is no plain file");
  if (status.st_size == 0) refuse(file, "is empty");
}

Instant written_at(const struct stat& status) {
  auto written =
      std::chrono::seconds(status.st_mtim.tv_sec) + std::chrono::nanoseconds(status.st_mtim.tv_nsec);
  return Instant(std::chrono::floor<Duration>(written));
}

// Into memory of the whole size from the beginning: a text that grows leaves copies of its content behind.
std::string content_of(const Descriptor& opened, const fs::path& file, std::size_t bytes) {
  std::string text(bytes, '\0');
  std::size_t length = 0;
  while (length < bytes) {
    ssize_t count = ::read(opened.number(), text.data() + length, bytes - length);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) refuse_unreadable(file, errno);
    if (count == 0) break;
    length += static_cast<std::size_t>(count);
  }
  text.resize(length);
  return text;
}

}  // namespace

ImportFile::~ImportFile() { spapi::wipe(text); }

void refuse(const fs::path& file, const std::string& why) {
  throw Error(ErrorCode::invalid_import, fmt::format("{}: {}", file.string(), why));
}

ImportFile read_import_file(const fs::path& file) {
  // Not blocking: a pipe of that name must not hold anybody up before it is refused.
  Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (opened.number() < 0) refuse_unreadable(file, errno);
  struct stat status {};
  if (::fstat(opened.number(), &status) != 0) refuse_unreadable(file, errno);
  require_content(status, file);
  if (status.st_size > kLargestImport) {
    refuse(file, fmt::format("has {} bytes, and no more than {} are read", status.st_size, kLargestImport));
  }
  return {file, content_of(opened, file, static_cast<std::size_t>(status.st_size)), written_at(status)};
}

void require_import_file(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) refuse_unreadable(file, errno);
  require_content(status, file);
}

}  // namespace purser::legacy
