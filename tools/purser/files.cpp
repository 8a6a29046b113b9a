#include "files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>

#include "purser/error.h"

namespace purser::cli {
namespace {

constexpr std::size_t kLargestResponse = std::size_t{256} * 1024 * 1024;  // as keepa::ServiceOptions
constexpr std::size_t kLargestList = std::size_t{16} * 1024 * 1024;
constexpr std::size_t kLargestCredentials = std::size_t{64} * 1024;

class Descriptor {
 public:
  explicit Descriptor(const std::string& file)
      : owned_(file != "-"), number_(owned_ ? open(file.c_str(), O_RDONLY | O_CLOEXEC) : STDIN_FILENO) {}
  ~Descriptor() {
    if (owned_ && number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  bool owned_;
  int number_;
};

[[noreturn]] void refuse_unreadable(const std::string& name) {
  throw Error(ErrorCode::io_error, fmt::format("cannot read {}: {}", name, std::strerror(errno)));
}

// Up to a byte more than `largest`, so that whoever asks can see that there is more.
std::string content_of(const std::string& file, std::size_t largest) {
  std::string name = file == "-" ? "standard input" : file;
  Descriptor descriptor(file);
  if (descriptor.number() < 0) refuse_unreadable(name);
  std::string content;
  std::array<char, 65536> block{};
  while (content.size() <= largest) {
    ssize_t count =
        read(descriptor.number(), block.data(), std::min(block.size(), largest + 1 - content.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) refuse_unreadable(name);
    if (count == 0) break;
    content.append(block.data(), static_cast<std::size_t>(count));
  }
  return content;
}

}  // namespace

std::string read_response(const std::string& file) {
  std::string content = content_of(file, kLargestResponse);
  if (content.size() <= kLargestResponse) return content;
  throw Error(ErrorCode::invalid_response, fmt::format("{} is larger than 256 MiB: no answer of Keepa's is",
                                                       file == "-" ? "standard input" : file));
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
    // A parent that we may not write to (/, /home) is no matter as long as it is there.
    if (stat(so_far.c_str(), &existing) == 0) continue;
    throw Error(ErrorCode::cannot_open,
                fmt::format("cannot make the folder {}: {}", so_far.string(), std::strerror(error)));
  }
}

}  // namespace purser::cli
