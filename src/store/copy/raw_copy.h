// A database that no process has open, read as plain files: a backup, or files that were copied by hand.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "purser/clock.h"
#include "purser/progress.h"
#include "store/files/unfinished_file.h"

namespace purser::store {

class RawSource {
 public:
  // Throws invalid_backup, with the reason, where it is no database of purser's; cannot_open where it cannot
  // be read; in_use where a process has it open.
  explicit RawSource(const std::filesystem::path& path);
  ~RawSource();
  RawSource(const RawSource&) = delete;
  RawSource& operator=(const RawSource&) = delete;

  // Copies it, with its log (`-wal`, `-journal`) where it has one, into `destination` and beside that, and
  // makes one whole database of the copy, in WAL mode, with the content of the log. Its folder and its files
  // are not changed, so that they may be read-only. Throws as the constructor, in_use also where it changed
  // during the copy, and disk_full. `progress`: in bytes.
  void copy_to(const UnfinishedFile& destination, const Progress& progress) const;

 private:
  static constexpr std::size_t kFiles = 3;  // it, and its two kinds of log

  // Every change of a file changes one of these.
  struct Version {
    std::uint64_t number = 0;
    std::int64_t bytes = 0;
    Instant modified, changed;
    friend bool operator==(const Version&, const Version&) = default;
  };
  static Version version_of(const std::filesystem::path& path);
  std::array<Version, kFiles> present_files() const;
  void require_ours() const;
  void require_all_pages(std::string_view header) const;
  void copy_files(const std::filesystem::path& destination, const Progress& progress) const;

  std::filesystem::path path_;
  int descriptor_;
  std::array<Version, kFiles> files_;
};

}  // namespace purser::store
