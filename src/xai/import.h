// Takes in what the program before purser had counted and asked. All within a transaction of the caller.
#pragma once

#include <vector>

#include "store/transaction.h"
#include "xai/calendar.h"
#include "xai/verdict_rows.h"

namespace purser::xai {

enum class DayImport {
  stated,         // the counted day, and the file had more calls
  already_there,  // the counted day, and the file had no more calls
  never_used,     // 1970-01-01 with 0 calls: how that program began
  over            // a day before the one that is counted
};

struct ImportedDay {
  DayImport what;
  std::int64_t before = 0;  // the calls of the counted day
  Date date;                // that day
};

// Throws invalid_import for a day that is still to come in the quota's zone, and unknown_time_zone.
ImportedDay import_day(store::Transaction& change, const Date& date, std::int64_t calls);

// Returns the limit before. A stop for used-up credits stays.
std::int64_t import_limit(store::Transaction& change, std::int64_t calls_a_day);

struct Answered {
  Question question;
  bool verdict = false;
};

enum class VerdictImport { stored, already_there, another };

// What became of each answer, in their order. A verdict that is there stays, also where it is another one.
std::vector<VerdictImport> import_verdicts(store::Transaction& change, const std::vector<Answered>& answers,
                                           Instant stored_at);

}  // namespace purser::xai
