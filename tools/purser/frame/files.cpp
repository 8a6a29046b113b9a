#include "frame/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <sstream>

#include "purser/error.h"

namespace purser::cli {
namespace {

constexpr std::size_t kLargestResponse = std::size_t{256} * 1024 * 1024;  // as keepa::ServiceOptions
constexpr std::size_t kLargestList = std::size_t{16} * 1024 * 1024;
constexpr std::size_t kLargestCredentials = std::size_t{64} * 1024;

// How long to wait for a pipe's writer, and for its next bytes: `<(curl …)` opens the pipe at once, and
// Keepa's slowest answer takes two minutes.
constexpr int kWriterTimeoutMs = 10'000, kSilenceTimeoutMs = 600'000, kPollIntervalMs = 50;

std::string name_of(const std::string& file) { return file == "-" ? "standard input" : file; }

[[noreturn]] void refuse_unreadable(const std::string& file, const std::string& why) {
  throw Error(ErrorCode::io_error, fmt::format("cannot read {}: {}", name_of(file), why));
}

[[noreturn]] void refuse_unreadable(const std::string& file) {
  refuse_unreadable(file, std::strerror(errno));
}

// A file, a pipe or standard input, read to its end. A file or pipe that is opened here never blocks for
// ever.
class Source {
 public:
  explicit Source(const std::string& file)
      : file_(file),
        owned_(file != "-"),
        number_(owned_ ? open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : STDIN_FILENO) {
    struct stat status {};
    if (number_ < 0 || fstat(number_, &status) != 0) refuse_unreadable(file_);
    may_lack_writer_ = owned_ && S_ISFIFO(status.st_mode);
    if (S_ISREG(status.st_mode)) bytes_ = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0));
  }
  ~Source() {
    if (owned_ && number_ >= 0) close(number_);
  }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  // The size of a plain file; else 0.
  std::size_t bytes() const { return bytes_; }

  // The number of bytes read; 0 at the end.
  std::size_t read_some(char* block, std::size_t most) {
    for (;;) {
      ssize_t count = read(number_, block, most);
      if (count > 0) may_lack_writer_ = false;
      if (count > 0 || (count == 0 && !is_without_writer())) return static_cast<std::size_t>(count);
      if (count == 0) {
        wait_for_writer();
      } else if (errno == EAGAIN) {
        wait_for_bytes();
      } else if (errno != EINTR) {
        refuse_unreadable(file_);
      }
    }
  }

 private:
  // True for a pipe that no process has opened for writing yet. Once a writer has closed it, poll() reports
  // POLLHUP.
  bool is_without_writer() const {
    if (!may_lack_writer_) return false;
    pollfd state{number_, POLLIN, 0};
    return poll(&state, 1, 0) == 0;
  }
  void wait_for_writer() {
    if (waited_ms_ >= kWriterTimeoutMs) refuse_unreadable(file_, "it is a pipe that nobody writes to");
    poll(nullptr, 0, kPollIntervalMs);
    waited_ms_ += kPollIntervalMs;
  }
  void wait_for_bytes() {
    may_lack_writer_ = false;
    pollfd state{number_, POLLIN, 0};
    if (poll(&state, 1, owned_ ? kSilenceTimeoutMs : -1) == 0) {
      refuse_unreadable(file_, "nothing has come from it for ten minutes");
    }
  }

  const std::string& file_;
  bool owned_;
  int number_;
  std::size_t bytes_ = 0;
  bool may_lack_writer_ = false;
  int waited_ms_ = 0;
};

// Reads up to a byte more than `largest`, so that the caller can see that there is more.
std::string content_of(const std::string& file, std::size_t largest) {
  Source source(file);
  std::string content;
  try {
    content.reserve(std::min(source.bytes(), largest) + 1);
    std::array<char, 65536> block{};
    while (content.size() <= largest) {
      std::size_t count =
          source.read_some(block.data(), std::min(block.size(), largest + 1 - content.size()));
      if (count == 0) break;
      content.append(block.data(), count);
    }
  } catch (const std::bad_alloc&) {
    refuse_unreadable(file, "there is not enough memory for it");
  }
  return content;
}

}  // namespace

std::string read_response(const std::string& file) {
  std::string content = content_of(file, kLargestResponse);
  if (content.size() <= kLargestResponse) return content;
  throw Error(ErrorCode::invalid_response,
              fmt::format("{} is larger than 256 MiB: no answer of Keepa's is", name_of(file)));
}

std::string read_prompt() {
  std::string prompt = content_of("-", kLargestPrompt);
  if (prompt.size() <= kLargestPrompt) return prompt;
  throw Error(ErrorCode::invalid_text, "the prompt on standard input is larger than 1 MiB");
}

std::string read_credentials() {
  std::string content = content_of("-", kLargestCredentials);
  if (content.size() <= kLargestCredentials) return content;
  throw Error(ErrorCode::usage, "standard input is larger than 64 KiB: no credentials are");
}

std::vector<std::string> read_lines() {
  std::string content = content_of("-", kLargestList);
  if (content.size() > kLargestList) throw Error(ErrorCode::usage, "standard input is larger than 16 MiB");
  std::vector<std::string> lines;
  std::istringstream stream(content);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

void make_private_folder(const std::filesystem::path& folder) {
  std::filesystem::path so_far;
  for (const auto& part : folder) {
    so_far /= part;
    if (mkdir(so_far.c_str(), 0700) == 0 || errno == EEXIST) continue;
    struct stat existing {};
    int error = errno;
    // A parent that this user may not write to (/, /home) does no harm as long as it exists.
    if (stat(so_far.c_str(), &existing) == 0) continue;
    throw Error(ErrorCode::cannot_open,
                fmt::format("cannot make the folder {}: {}", so_far.string(), std::strerror(error)));
  }
}

}  // namespace purser::cli
