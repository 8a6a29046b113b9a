// The file of a key ring: read only where it is private, written where none is, replaced in one step by
// whoever has locked it.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "purser/clock.h"

namespace purser::spapi {

inline constexpr std::size_t kMaxKeyFileBytes{16UL * 1024};

class Descriptor {
 public:
  explicit Descriptor(int opened) : number_(opened) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

// Into `memory`, which has room for kMaxKeyFileBytes; how many bytes. Throws no_master_key where there is no
// file, unsafe_key_file where others may read or write it, usage where it is no regular file or longer.
std::size_t read_key_file(const std::filesystem::path& file, unsigned char* memory);

using Pieces = std::initializer_list<std::string_view>;

// Throws io_error where a file is there already.
void create_key_file(const std::filesystem::path& file, Pieces pieces);

// The lock goes with the process. Who waited has locked the file that stands there now, not the one before.
class LockedKeyFile {
 public:
  // Follows links. Throws busy where another process has it for longer than ten seconds.
  LockedKeyFile(const std::filesystem::path& file, Clock& clock);

  // At each moment a reader sees the old content or the new one, also after a power cut. Owner and mode stay.
  void replace(Pieces pieces);

 private:
  std::optional<Descriptor> locked();
  void remove_unfinished() const;
  Descriptor make_unfinished() const;

  std::filesystem::path path_, unfinished_;
  std::vector<Descriptor> locks_;  // of the file as it was found, then of what replaced it
};

}  // namespace purser::spapi
