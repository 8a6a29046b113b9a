// The cache of verdicts: its hits and its puts, by the library and by SQLite's C API alone.
#pragma once

#include <filesystem>

#include "bench/measure/client.h"

namespace bench {

// A database of normal durability with `rows` verdicts, all in the main file.
std::filesystem::path make_cache(const std::filesystem::path& path, int rows);

// One operation is one hit. All jump through the cache in strides, so that no two in a row are neighbours.
OpenClient library_hits(const std::filesystem::path& database, int rows);
OpenClient bare_hits(const std::filesystem::path& database, int rows);
// A read transaction is held over a thousand of them.
OpenClient library_batches(const std::filesystem::path& database, int rows);
OpenClient bare_hits_in_transactions(const std::filesystem::path& database, int rows);

// One operation puts one of the verdicts again: its row is written over.
OpenClient library_puts(const std::filesystem::path& database, int rows);
OpenClient bare_puts(const std::filesystem::path& database, int rows);

// One operation reads the status of the ledger.
OpenClient library_statuses(const std::filesystem::path& database);

}  // namespace bench
