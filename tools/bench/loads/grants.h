// Grants and their releases, by each contender that uses the library's database; and the floor of the disk.
#pragma once

#include <filesystem>

#include "bench/measure/client.h"
#include "purser/database.h"

namespace bench {

// The bare loop: alone the floor, beside others with sqlite3_busy_timeout.
OpenClient bare_grants(const std::filesystem::path& database, purser::Durability durability);

// The bare loop behind a flock, which it holds during the commit and the checkpoint.
OpenClient flock_grants(const std::filesystem::path& database, purser::Durability durability);

// Purser.
OpenClient library_grants(const std::filesystem::path& database);

// The floor of the disk: one operation overwrites 8 KiB in a file and calls fdatasync.
OpenClient disk_floor(const std::filesystem::path& folder);

}  // namespace bench
