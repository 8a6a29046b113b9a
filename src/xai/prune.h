// Removes the days that nobody counts any more, with their units, flights and usage: a little at a time, so
// that no worker waits long.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "base/portion.h"
#include "store/transaction.h"
#include "xai/calendar.h"

namespace purser::xai {

class OldDays {
 public:
  struct Count {
    std::int64_t days = 0, units = 0, flights = 0, usage = 0;
  };

  // Finds the days that had ended at `before`, and changes nothing. Throws unknown_time_zone.
  OldDays(store::Connection& connection, Instant before);

  const Count& found() const { return found_; }
  // One small transaction; nullopt where nothing is left. The figures of a day are always the sums of the
  // units that it still has. Throws corrupt for a day that does not add up: it stays as it is.
  std::optional<Count> remove_some(Portion& portion);

 private:
  struct Step {
    Date date;
    std::string unit;  // empty: the day itself, once its units are gone
  };
  void look_further(int steps);
  void take_steps_of(store::Snapshot& view, const Date& date);
  Count remove_flights(store::Transaction& change, int most);
  Count take_steps(store::Transaction& change, int most);

  store::Connection* connection_;
  std::deque<std::int64_t> flights_;  // go first, since they refer to units
  std::deque<Date> days_;             // not looked into yet
  std::deque<Step> steps_;            // of the days that were taken off `days_`
  Count found_;
};

}  // namespace purser::xai
