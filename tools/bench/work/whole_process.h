// What `purser keepa acquire` costs as a program that is started for it, beside `sqlite3` that is given the
// same statements: from the start of the process to its end.
#pragma once

#include <filesystem>

#include "bench/measure/measured.h"
#include "purser/database.h"

namespace bench {

// In pairs, one after the other. `purser`, `sqlite3`: the programs. The databases are made in `folder`.
WholeProcess measure_whole_process(const std::filesystem::path& folder, purser::Durability durability,
                                   const std::filesystem::path& purser, const std::filesystem::path& sqlite3,
                                   int pairs);

}  // namespace bench
