// The quota as one transaction sees it: loaded, and moved to the present day before anything is decided.
#pragma once

#include <optional>
#include <string>

#include "store/transaction.h"
#include "xai/policy.h"

namespace purser::xai {

// As stored; writes nothing.
QuotaRow load_quota(store::Snapshot& view);
// The same of a file of any schema that has one, without what only the newest knows.
QuotaRow load_older_quota(store::Snapshot& view);
// What becomes of a new day in a zone that this machine lacks: who needs a unit of it cannot have one, what
// needs none goes on with the stored day.
enum class UnknownZone { refused, ignored };

// What `load_quota` would be after the day was begun that now is, but for what that day may have counted
// already.
QuotaRow quota_at(const QuotaRow& stored, Instant now, UnknownZone unknown);
// All of that, as a read: a day that set-day left and that comes again has its counts still.
QuotaRow load_quota_at(store::Snapshot& view, Instant now);
// For `stored`, in a file of any schema: what only the newest knows of such a day is left out.
QuotaRow counted_quota_at(store::Snapshot& view, const QuotaRow& stored, Instant now);

// What a day used, of all models.
Usage usage_of(store::Snapshot& view, const Date& date);

// Days whose figures are not the sums of their units.
std::int64_t count_wrong_days(store::Snapshot& view);

struct UnitRow {
  Date date;
  std::string kind;
  std::int64_t count = 0;
  std::int64_t statements = 0;  // of its day, before it
};

class QuotaBook {
 public:
  explicit QuotaBook(store::Transaction& change, UnknownZone unknown = UnknownZone::ignored);

  const QuotaRow& row() const { return row_; }

  // Both return the id of the unit.
  std::string take_call(const std::string& purpose);
  std::string take_bypass(const std::string& purpose);
  // What somebody states: `count` more calls on the present day, or fewer, or as many. It covers the units
  // before it.
  void state_calls(std::int64_t count, const std::string& reason);
  // Takes back what later days counted: a wrong clock was there.
  void clear_later_days(const std::string& reason);
  // True when it was: a call, of the present day, not released before nor covered by what was stated since.
  bool release(const std::string& id);  // throws unknown_grant

  void count_lookups(std::int64_t hits, std::int64_t misses, std::int64_t assumed = 0);
  // Adds to what the present day used; a usage of no calls is none.
  void record_usage(const std::string& model, const Usage& usage);

  // Stores the settings and the day of `row`; its counts are those of the day's own row.
  void store(const QuotaRow& row);
  void begin_day(const Date& date);

 private:
  std::string insert_unit(const Date& date, const char* kind, std::int64_t count, const std::string& purpose,
                          std::int64_t statements);
  void forget_old_flights();
  void forget_old_pauses();

  store::Transaction& change_;
  QuotaRow row_;
};

}  // namespace purser::xai
