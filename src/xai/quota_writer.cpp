#include "xai/quota_writer.h"

#include <fmt/format.h>

#include <vector>

#include "base/random_id.h"
#include "base/text.h"
#include "store/lease.h"
#include "store/row_check.h"
#include "xai/sql.h"
#include "xai/usage.h"

namespace purser::xai {
namespace {

// How long an ended flight is known: a second answer to it is not an error within that time.
constexpr Duration kFlightMemory = std::chrono::hours(24);
constexpr int kFlightsRemembered = 10'000;
constexpr Duration kPauseMemory = std::chrono::hours(24);

struct UnitRow {
  Date date;
  std::string kind;
  std::int64_t count = 0;
  std::int64_t statements = 0;  // of its day, before it
};

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

Usage usage_in(const store::Statement& row) {
  Usage usage;
  usage.calls = row.get<std::int64_t>(0);
  usage.prompt_tokens = row.get<std::int64_t>(1);
  usage.cached_prompt_tokens = row.get<std::int64_t>(2);
  usage.completion_tokens = row.get<std::int64_t>(3);
  usage.reasoning_tokens = row.get<std::int64_t>(4);
  usage.total_tokens = row.get<std::int64_t>(5);
  usage.cost_usd_ticks = row.get<std::int64_t>(6);
  usage.calls_without_cost = row.get<std::int64_t>(7);
  store::require_row(is_possible(usage), "xai_usage: no figure is negative");
  return usage;
}

QuotaRow quota_in(store::Statement row) {
  if (!row.step()) throw Error(ErrorCode::corrupt, "the row of xai_quota is missing: restore a backup");
  QuotaRow quota;
  quota.daily_limit = row.get<std::int64_t>(0);
  quota.time_zone = row.get<std::string>(1);
  quota.last_reset_date = row.get<std::string>(2);
  quota.day_ends_at = row.get<Instant>(3);
  quota.no_credits = row.get<bool>(4);
  quota.calls_today = row.get<std::int64_t>(5);
  quota.bypass_calls = row.get<std::int64_t>(6);
  quota.paused = row.get<bool>(7);
  quota.assumed = row.get<std::int64_t>(8);
  quota.statements = row.get<std::int64_t>(9);
  store::require_row(quota.daily_limit >= 0, "xai_quota: daily_limit is not negative");
  store::require_row(parse_date(quota.last_reset_date).has_value(), "xai_quota: last_reset_date is a day");
  store::require_row(quota.calls_today >= 0 && quota.bypass_calls >= 0, "xai_day: no count is negative");
  return quota;
}

Usage find_usage(store::Snapshot& view, const Date& date, const std::string& model) {
  auto row = view.rows(sql::kFindUsage, date, model);
  return row.step() ? usage_in(row) : Usage{};
}

}  // namespace

QuotaRow load_quota(store::Snapshot& view) { return quota_in(view.rows(sql::kLoadQuota)); }
QuotaRow load_older_quota(store::Snapshot& view) { return quota_in(view.rows(sql::kLoadOlderQuota)); }

QuotaRow quota_at(const QuotaRow& stored, Instant now, UnknownZone unknown) {
  if (!day_is_over(stored, now)) return stored;
  try {
    Date today = day_of(now, stored.time_zone);
    return next_day(stored, today, end_of_day(today, stored.time_zone));
  } catch (const Error& fault) {
    if (unknown == UnknownZone::refused || fault.code() != ErrorCode::unknown_time_zone) throw;
    return stored;
  }
}

QuotaRow load_quota_at(store::Snapshot& view, Instant now) {
  QuotaRow stored = load_quota(view);
  QuotaRow present = counted_quota_at(view, stored, now);
  if (present.last_reset_date == stored.last_reset_date) return present;
  auto row = view.rows(sql::kLoadDayAssumed, present.last_reset_date);
  if (row.step()) present.assumed = row.get<std::int64_t>(0);
  return present;
}

QuotaRow counted_quota_at(store::Snapshot& view, const QuotaRow& stored, Instant now) {
  QuotaRow present = quota_at(stored, now, UnknownZone::ignored);
  if (present.last_reset_date == stored.last_reset_date) return present;
  auto row = view.rows(sql::kLoadDayCalls, present.last_reset_date);
  if (row.step()) {
    present.calls_today = row.get<std::int64_t>(0);
    present.bypass_calls = row.get<std::int64_t>(1);
  }
  return present;
}

Usage usage_of(store::Snapshot& view, const Date& date) {
  Usage all;
  auto row = view.rows(sql::kUsageOfDay, date);
  while (row.step()) all = sum(all, usage_in(row));
  return all;
}

std::int64_t count_wrong_days(store::Snapshot& view) {
  auto row = view.rows(sql::kWrongDays);
  row.step();
  return row.get<std::int64_t>(0);
}

QuotaWriter::QuotaWriter(store::Transaction& change, UnknownZone unknown)
    : change_(change), row_(load_quota(change)) {
  QuotaRow present = quota_at(row_, change_.now(), unknown);
  if (present.last_reset_date != row_.last_reset_date) begin_day(present.last_reset_date);
  if (present.day_ends_at != row_.day_ends_at) store(present);
}

void QuotaWriter::begin_day(const Date& date) {
  change_.run(sql::kBeginDay, date);
  forget_old_flights();
  if (row_.paused) forget_old_pauses();
}

// Pauses that ended a day ago are of a key or a model that nobody asks with any more.
void QuotaWriter::forget_old_pauses() {
  change_.run(sql::kForgetOldPauses, change_.now() - kPauseMemory);
  change_.run(sql::kNotePauses);
}

void QuotaWriter::forget_old_flights() {
  change_.run(sql::kForgetOldFlights, change_.now() - kFlightMemory, kFlightsRemembered);
  forget_leases_without_flight(change_);
}

void forget_leases_without_flight(store::Transaction& change) {
  store::forget_leases(change, kLeasePrefix, [&](const std::string& fence) {
    return change
        .first(
            sql::kFlightNumber, [](const auto&) { return true; }, fence)
        .has_value();
  });
}

void QuotaWriter::store(const QuotaRow& row) {
  change_.run(sql::kStoreQuota, row.daily_limit, row.time_zone, row.last_reset_date, row.day_ends_at,
              row.no_credits);
  row_ = load_quota(change_);
}

std::string QuotaWriter::insert_unit(const Date& date, const char* kind, std::int64_t count,
                                     const std::string& purpose, std::int64_t statements) {
  std::string id = random_id(change_.now());
  change_.run(sql::kInsertUnit, id, date, kind, count, unless_empty(purpose), change_.worker(), change_.now(),
              statements);
  return id;
}

std::string QuotaWriter::take_call(const std::string& purpose) {
  change_.run(sql::kCountUnits, row_.last_reset_date, 1, 0);
  ++row_.calls_today;
  return insert_unit(row_.last_reset_date, "call", 1, purpose, row_.statements);
}

std::string QuotaWriter::take_bypass(const std::string& purpose) {
  change_.run(sql::kCountUnits, row_.last_reset_date, 0, 1);
  ++row_.bypass_calls;
  return insert_unit(row_.last_reset_date, "bypass", 1, purpose, row_.statements);
}

void QuotaWriter::state_calls(std::int64_t count, const std::string& reason) {
  change_.run(sql::kCountStatement, row_.last_reset_date, count);
  row_.calls_today += count;
  insert_unit(row_.last_reset_date, "stated", count, reason, row_.statements++);
}

void QuotaWriter::clear_later_days(const std::string& reason) {
  struct Later {
    Date date;
    std::int64_t calls, statements;
  };
  std::vector<Later> days;
  {
    auto row = change_.rows(sql::kLaterDays, row_.last_reset_date);
    while (row.step()) {
      days.push_back({row.get<std::string>(0), row.get<std::int64_t>(1), row.get<std::int64_t>(2)});
    }
  }
  for (const Later& day : days) {
    change_.run(sql::kCountStatement, day.date, -day.calls);
    insert_unit(day.date, "stated", -day.calls, reason, day.statements);
  }
}

bool QuotaWriter::release(const std::string& id) {
  UnitRow unit;
  {
    auto row = change_.rows(sql::kFindUnit, id);
    if (!row.step())
      throw Error(ErrorCode::unknown_grant, fmt::format("there is no unit {} of xAI's quota", shortened(id)));
    unit = {row.get<std::string>(0), row.get<std::string>(1), row.get<std::int64_t>(2),
            row.get<std::int64_t>(3)};
    store::require_row(unit.kind != "call" || unit.count == 0 || unit.count == 1,
                       "xai_unit: a call counts 0 or 1");
  }
  if (unit.kind != "call" || unit.count == 0 || unit.date != row_.last_reset_date) return false;
  if (row_.calls_today == 0 || unit.statements < row_.statements) return false;
  change_.run(sql::kReleaseUnit, id, change_.now());
  change_.run(sql::kCountUnits, unit.date, -1, 0);
  --row_.calls_today;
  return true;
}

void QuotaWriter::count_lookups(std::int64_t hits, std::int64_t misses, std::int64_t assumed) {
  if (hits == 0 && misses == 0 && assumed == 0) return;
  change_.run(sql::kCountLookups, row_.last_reset_date, hits, misses, assumed);
  row_.assumed += assumed;
}

void QuotaWriter::record_usage(const std::string& model, const Usage& usage) {
  Usage more = believed(usage);
  if (more.calls == 0) return;
  std::string name = stored_model(model);
  Usage all = sum(find_usage(change_, row_.last_reset_date, name), more);
  change_.run(sql::kPutUsage, row_.last_reset_date, name, all.calls, all.prompt_tokens,
              all.cached_prompt_tokens, all.completion_tokens, all.reasoning_tokens, all.total_tokens,
              all.cost_usd_ticks, all.calls_without_cost);
}

}  // namespace purser::xai
