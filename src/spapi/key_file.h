// The file of a key ring: read only where it is private, written where none is, replaced in one step by
// whoever has locked it.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "purser/clock.h"

namespace purser::spapi {

inline constexpr std::size_t kMaxKeyFileBytes{16UL * 1024};

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
  std::optional<store::Descriptor> locked();
  void remove_unfinished() const;
  store::Descriptor make_unfinished() const;

  std::filesystem::path path_, unfinished_;
  std::vector<store::Descriptor> locks_;  // of the file as it was found, then of what replaced it
};

}  // namespace purser::spapi
