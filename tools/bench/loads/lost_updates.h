// Looks for lost updates: four processes acquire tokens at once, and the reservations that they got are
// compared with the rows of the ledger.
#pragma once

#include <filesystem>

#include "bench/measure/measured.h"
#include "purser/database.h"

namespace bench {

inline constexpr int kMostCountedGrants = 100'000;

// Makes the database. `with_a_kill`: one of the processes is killed by SIGKILL in the middle of its work.
LostUpdates count_lost_updates(const std::filesystem::path& database, purser::Durability durability,
                               int grants, bool with_a_kill);

}  // namespace bench
