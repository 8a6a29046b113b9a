// What verify, restore and doctor of the whole database ask of xAI.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "purser/health.h"
#include "store/transaction.h"
#include "xai/calendar.h"

namespace purser::xai {

// "xai_days": the figures of every day are the sums of its units. Reads every schema since the first; where
// it has no such tables yet, there is nothing to check.
std::vector<Check> verify(store::Snapshot& view);

// The day that a database counts, for the database that replaces it.
struct CountedDay {
  Date date;
  Instant ends_at{};
  std::string time_zone;
  std::int64_t calls = 0;
  bool no_credits = false;
};
// nullopt where the schema has no such tables yet. Throws where they cannot be read.
std::optional<CountedDay> counted_day(store::Snapshot& view);

struct EndedPromises {
  std::int64_t flights = 0;
  std::int64_t calls_today = 0;  // afterwards
};

// For a restored database: ends all pauses, and all open flights as void. It counts no fewer calls than
// the database that it replaces: of two days the later one holds, of one day the higher count, and a stop
// for used-up credits.
EndedPromises forget_promises(store::Transaction& change, const std::optional<CountedDay>& replaced);

// What a person should know, for `doctor`: "xai_day", "xai_limit", "xai_credits", "xai_pause", "xai_assumed".
// Reads the newest schema only.
std::vector<Finding> findings(store::Snapshot& view);

}  // namespace purser::xai
