// What the care of the whole database asks of this room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "purser/check.h"
#include "store/transaction.h"
#include "xai/calendar.h"

namespace purser::xai {

// "xai_days": the figures of every day are the sums of its units.
// Reads every schema since the first; where the tables are not there yet, there is nothing to check.
std::vector<Check> verify(store::Snapshot& view);

// The day that a database counts, for the one that takes its place.
struct CountedDay {
  Date date;
  Instant ends_at{};
  std::string time_zone;
  std::int64_t calls = 0;
  bool no_credits = false;
};
// nullopt where the tables are not there yet. Throws where they cannot be read.
std::optional<CountedDay> counted_day(store::Snapshot& view);

struct EndedPromises {
  std::int64_t flights = 0;
  std::int64_t calls_today = 0;  // as they count now
};
// The open flights end as void. Of the day that `replaced` counts the restored database counts no fewer
// calls: the later day of the two holds, the higher count of one day, and a stop for its used-up credits.
EndedPromises forget_promises(store::Transaction& change, const std::optional<CountedDay>& replaced);

}  // namespace purser::xai
