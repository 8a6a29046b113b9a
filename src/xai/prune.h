// Days that nobody counts any more, with all that hangs on them, and verdicts that are old.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "base/portion.h"
#include "store/transaction.h"
#include "xai/calendar.h"

namespace purser::xai {

class OldDays {
 public:
  struct Count {
    std::int64_t days = 0, units = 0, flights = 0, usage = 0;
  };

  // Looks for the days that had ended at `before`, and changes nothing. Throws unknown_time_zone.
  OldDays(store::Connection& connection, Instant before);

  const Count& found() const { return found_; }
  // One small transaction; nullopt where nothing is left. A day of which a part is gone has the figures of
  // the rest. Throws corrupt for a day that does not add up: it stays as it is.
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
  std::deque<std::int64_t> flights_;  // they go first, since they refer to units
  std::deque<Date> days_;
  std::deque<Step> steps_;  // of days that are not among `days_` any more
  Count found_;
};

class OldVerdicts {
 public:
  // Stored before that and, where it is said, by that model.
  OldVerdicts(store::Connection& connection, Instant before, std::optional<std::string> model = {})
      : connection_(&connection), before_(before), model_(std::move(model)) {}

  std::int64_t count() const;  // reads the whole cache
  // Looks at the next ones and removes those that are old, in one small transaction where there are any;
  // nullopt where it has seen all.
  std::optional<std::int64_t> remove_some(Portion& portion);

 private:
  store::Connection* connection_;
  Instant before_;
  std::optional<std::string> model_;
  std::int64_t seen_ = -1;  // up to that id; none is negative
};

}  // namespace purser::xai
