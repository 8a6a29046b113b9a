// A grant and its release: who does them.
#pragma once

#include <filesystem>

#include "bench/measure/client.h"
#include "purser/database.h"

namespace bench {

// The bare loop: by itself the floor, beside others what sqlite3_busy_timeout makes of it.
OpenClient bare_grants(const std::filesystem::path& database, purser::Durability durability);

// The bare loop, behind a flock of its own, which it holds over the commit and the checkpoint.
OpenClient flock_grants(const std::filesystem::path& database, purser::Durability durability);

// Purser.
OpenClient library_grants(const std::filesystem::path& database);

// What the disk itself can do: 8 KiB written over in a file, and fdatasync. One operation is one of those.
OpenClient disk_floor(const std::filesystem::path& folder);

}  // namespace bench
