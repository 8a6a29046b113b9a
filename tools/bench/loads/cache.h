// Hits and puts in the cache of verdicts, by the library and by SQLite's C API alone.
#pragma once

#include <filesystem>

#include "bench/measure/client.h"

namespace bench {

// Makes a database of normal durability with `rows` verdicts, all in the main file. Returns its path.
std::filesystem::path make_cache(const std::filesystem::path& path, int rows);

// One operation is one hit. Successive hits are far apart in the cache.
OpenClient library_hits(const std::filesystem::path& database, int rows);
OpenClient bare_hits(const std::filesystem::path& database, int rows);
// The same, with a read transaction around each thousand of them.
OpenClient library_batches(const std::filesystem::path& database, int rows);
OpenClient bare_hits_in_transactions(const std::filesystem::path& database, int rows);

// One operation puts one of the verdicts again and so overwrites its row.
OpenClient library_puts(const std::filesystem::path& database, int rows);
OpenClient bare_puts(const std::filesystem::path& database, int rows);

// One operation reads the status of the ledger.
OpenClient library_statuses(const std::filesystem::path& database);

}  // namespace bench
