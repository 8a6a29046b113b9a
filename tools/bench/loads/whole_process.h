// Measures `purser keepa acquire` as a whole process, from its start to its end, beside `sqlite3` with the
// same statements.
#pragma once

#include <filesystem>

#include "bench/measure/measured.h"
#include "purser/database.h"

namespace bench {

// Runs the programs `purser` and `sqlite3` in pairs, one after the other. Makes their databases in `folder`.
WholeProcess measure_whole_process(const std::filesystem::path& folder, purser::Durability durability,
                                   const std::filesystem::path& purser, const std::filesystem::path& sqlite3,
                                   int pairs);

}  // namespace bench
