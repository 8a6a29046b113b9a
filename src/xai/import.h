// What the predecessor had counted and asked, as this room takes it in: each within a transaction
// of the caller.
#pragma once

#include <vector>

#include "store/transaction.h"
#include "xai/calendar.h"
#include "xai/verdict_rows.h"

namespace purser::xai {

enum class DayImport {
  stated,         // today, and the file had counted more
  already_there,  // today, and it had not
  never_used,     // 1970-01-01 and 0: how the predecessor began
  over            // a day before the one that is counted
};
struct ImportedDay {
  DayImport what;
  std::int64_t before = 0;  // the calls of the counted day
  Date date;                // that day
};
// Throws invalid_import for a day to come in the quota's zone, unknown_time_zone.
ImportedDay import_day(store::Transaction& change, const Date& date, std::int64_t calls);

// What the limit was before. A stop for today stays.
std::int64_t import_limit(store::Transaction& change, std::int64_t calls_a_day);

struct Answered {
  Question question;
  bool verdict = false;
};
enum class VerdictImport { stored, already_there, another };
// What became of each, in their order. One that is there stays, whatever it says.
std::vector<VerdictImport> import_verdicts(store::Transaction& change, const std::vector<Answered>& answers,
                                           Instant stored_at);

}  // namespace purser::xai
