// Whether anything that was answered is missing afterwards: four processes ask for tokens at once, and what
// each of them was told is compared with the rows of the ledger.
#pragma once

#include <filesystem>

#include "bench/measure/measured.h"
#include "purser/database.h"

namespace bench {

inline constexpr int kMostCountedGrants = 100'000;

// One of the processes is killed by SIGKILL in the midst of its work where `with_a_kill` says so.
LostUpdates count_lost_updates(const std::filesystem::path& database, purser::Durability durability,
                               int grants, bool with_a_kill);

}  // namespace bench
