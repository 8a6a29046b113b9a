// The quota as one transaction sees it: loaded, moved to the present day before anything is decided, and each
// change of it written at once.
#pragma once

#include <optional>
#include <string>

#include "store/transaction.h"
#include "xai/policy.h"

namespace purser::xai {

// As stored, on the day that it stands on.
QuotaRow load_quota(store::Snapshot& view);
// The same from any schema since the second; columns that only the newest has are 0.
QuotaRow load_older_quota(store::Snapshot& view);

// If this machine lacks the quota's time zone when a day is over: `refused` throws unknown_time_zone (the
// caller wants a unit), `ignored` keeps the stored day (it wants none).
enum class UnknownZone { refused, ignored };

// The quota as of `now`, moved to a new day where one has begun. Counts that the new day already has
// are not loaded.
QuotaRow quota_at(const QuotaRow& stored, Instant now, UnknownZone unknown);
// The quota as of `now` with all counts: a day that set-day left, and that comes again, still has its own.
QuotaRow load_quota_at(store::Snapshot& view, Instant now);
// The same for a quota of any schema, without the counts that only the newest has.
QuotaRow counted_quota_at(store::Snapshot& view, const QuotaRow& stored, Instant now);

// What all models used on that day.
Usage usage_of(store::Snapshot& view, const Date& date);

// Days whose figures are not the sums of their units.
std::int64_t count_wrong_days(store::Snapshot& view);

// Of the leases of flights. The store names no domain's leases, a domain none of another's.
inline constexpr char kLeasePrefix[] = "xai ";
// Removes those whose flights are forgotten.
void forget_leases_without_flight(store::Transaction& change);

class QuotaWriter {
 public:
  // Loads the quota, and begins a new day where the stored one is over.
  explicit QuotaWriter(store::Transaction& change, UnknownZone unknown = UnknownZone::ignored);

  const QuotaRow& row() const { return row_; }
  void commit() { change_.commit(); }  // all that the transaction wrote

  // Both return the id of the unit.
  std::string take_call(const std::string& purpose);
  std::string take_bypass(const std::string& purpose);
  // Corrects the present day's calls by `count`, which may be negative or 0. Units taken before it cannot be
  // released any more: the statement covers them.
  void state_calls(std::int64_t count, const std::string& reason);
  // Takes back what later days counted, after a wrong clock.
  void clear_later_days(const std::string& reason);
  // False for a unit that is no call, not of the present day, released before, or covered by a
  // statement. Throws unknown_grant.
  bool release(const std::string& id);

  void count_lookups(std::int64_t hits, std::int64_t misses, std::int64_t assumed = 0);
  // Adds to what the present day used; does nothing where `usage` has no calls.
  void record_usage(const std::string& model, const Usage& usage);

  // Stores the settings and the day of `row`, and loads the counts of that day.
  void store(const QuotaRow& row);
  // Makes the row of that day where there is none, and forgets flights and pauses that are old.
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
