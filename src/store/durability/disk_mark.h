// The mark that a disk has failed (`SharedPage::failed`): while it stands nothing is called durable, and
// nothing is granted. group_sync.h says who sets it and what ends it.
#pragma once

#include <cstdint>
#include <filesystem>

#include "purser/error.h"
#include "store/gate/shared_page.h"

namespace purser::store {

enum class DiskMark {
  well,
  unknown,       // nobody has looked since the page began: repaired before anything is called durable
  failed,        // a sync failed
  beyond_repair  // reads rely on what the disk has lost: only another file ends it
};
DiskMark disk_mark(const SharedPage& page) noexcept;
// As it stands now, without the gate; well where there is no page.
DiskMark disk_mark_of(const std::filesystem::path& database) noexcept;

inline bool has_failed(const SharedPage& page) noexcept { return disk_mark(page) != DiskMark::well; }

void note_unknown(SharedPage& page) noexcept;
// By anybody at any time; neither makes less of what stands there.
void note_failure(SharedPage& page) noexcept;
void note_beyond_repair(SharedPage& page) noexcept;
void take_over_failure(SharedPage& page, std::uint64_t failed) noexcept;
// The gate is held: it was repaired, or the database has another file.
void clear_failure(SharedPage& page) noexcept;

// SQLite's extended result.
bool is_failed_sync(int result) noexcept;

// `result`: why it cannot be repaired now.
Error not_repaired(const std::filesystem::path& database, int result);
Error beyond_repair(const std::filesystem::path& database);

}  // namespace purser::store
