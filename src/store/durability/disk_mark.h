// The mark that a disk has failed (`SharedPage::failed`): while it stands nothing is called durable, and
// nothing is granted. group_sync.h says when it is set and what clears it.
#pragma once

#include <cstdint>
#include <filesystem>

#include "purser/error.h"
#include "store/gate/shared_page.h"

namespace purser::store {

enum class DiskMark {
  well,
  unknown,       // unchecked since the page began: repaired before anything is called durable
  failed,        // a sync failed
  beyond_repair  // reads rely on content that the disk has lost: only another file ends it
};
DiskMark disk_mark(const SharedPage& page) noexcept;
// The mark as it stands now, read without the gate; `well` where there is no page.
DiskMark disk_mark_of(const std::filesystem::path& database) noexcept;

inline bool has_failed(const SharedPage& page) noexcept { return disk_mark(page) != DiskMark::well; }

void note_unknown(SharedPage& page) noexcept;
// Any process may call these three at any time, with or without the gate. They never weaken the mark.
void note_failure(SharedPage& page) noexcept;
void note_beyond_repair(SharedPage& page) noexcept;
void take_over_failure(SharedPage& page, std::uint64_t failed) noexcept;
// REQUIRES: the gate is held, and the fault was repaired or the database has another file.
void clear_failure(SharedPage& page) noexcept;

// `result`: SQLite's extended result code.
bool is_failed_sync(int result) noexcept;

// `result`: the SQLite result that kept the repair from ending well.
Error not_repaired(const std::filesystem::path& database, int result);
Error beyond_repair(const std::filesystem::path& database);

}  // namespace purser::store
