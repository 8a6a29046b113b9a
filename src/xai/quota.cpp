// The daily quota: each call one transaction over a QuotaBook.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "xai/pauses.h"
#include "xai/quota_book.h"
#include "xai/sql.h"

namespace purser::xai {
namespace {

void require_count(const char* what, std::int64_t count) {
  if (count < 0 || count > kMaxDailyLimit) {
    throw Error(ErrorCode::usage,
                fmt::format("{}: must be a whole number from 0 to {}", what, kMaxDailyLimit));
  }
}

void require_purpose(const std::string& purpose) {
  if (!purpose.empty()) require_name("purpose", purpose);
}

Date require_date(const std::string& text) {
  if (auto date = parse_date(text)) return *date;
  throw Error(ErrorCode::usage, "date: must be a day such as 2026-11-24");
}

}  // namespace

UnitOutcome Quota::acquire(const std::string& purpose) {
  require_purpose(purpose);
  store::Transaction change(database_->connection());
  QuotaBook book(change, UnknownZone::refused);
  auto denied = denial(book.row());
  auto pause = book.row().paused && !denied ? pause_of(change, {}) : std::nullopt;
  std::string grant = denied || pause ? std::string() : book.take_call(purpose);
  change.commit();  // a new day that was begun stays begun, also for the denied
  if (denied) return UnitDenied{*denied, book.row().day_ends_at, describe(book.row())};
  if (pause) return UnitDenied{DenyReason::paused, pause->until_at, describe(book.row(), pause)};
  return UnitGranted{grant, describe(book.row())};
}

UnitGranted Quota::bypass(const std::string& purpose) {
  require_purpose(purpose);
  store::Transaction change(database_->connection());
  QuotaBook book(change);
  std::string grant = book.take_bypass(purpose);
  change.commit();
  return {grant, describe(book.row())};
}

ReleaseOutcome Quota::release(const std::string& grant) {
  store::Transaction change(database_->connection());
  QuotaBook book(change);
  bool released = book.release(grant);
  change.commit();
  return {released, describe(book.row())};
}

void Quota::stop_for_today() {
  store::Transaction change(database_->connection());
  QuotaBook book(change);
  QuotaRow row = book.row();
  row.no_credits = true;
  book.store(row);
  change.commit();
}

Pause Quota::pause(const PauseCall& call) {
  store::Transaction change(database_->connection());
  Pause begun = begin_pause(change, call);
  change.commit();
  return begun;
}

QuotaState Quota::resume() {
  store::Transaction change(database_->connection());
  end_pauses(change);
  QuotaBook book(change);
  change.commit();
  return describe(book.row());
}

void Quota::answered(const std::string& asker) {
  {
    store::Snapshot view(database_->connection());
    if (!load_quota(view).paused) return;
  }
  store::Transaction change(database_->connection());
  end_pause_of(change, asker);
  end_disproved(change, asker);
  change.commit();
}

QuotaState Quota::set_limit(std::int64_t calls_a_day) {
  require_count("limit", calls_a_day);
  store::Transaction change(database_->connection());
  QuotaBook book(change);
  QuotaRow row = book.row();
  row.daily_limit = calls_a_day;
  row.no_credits = false;
  book.store(row);
  change.commit();
  return describe(book.row());
}

// The counted day goes on, and ends when it ends in the new zone: further east that may be at once.
QuotaState Quota::set_time_zone(const std::string& iana_name) {
  require_name("time zone", iana_name);
  require_time_zone(iana_name);
  store::Transaction change(database_->connection());
  QuotaRow row = load_quota(change);
  row.time_zone = iana_name;
  row.day_ends_at = end_of_day(row.last_reset_date, iana_name);
  QuotaRow present = quota_at(row, change.now(), UnknownZone::refused);
  change.run(sql::kBeginDay, present.last_reset_date);
  change.run(sql::kStoreQuota, present.daily_limit, present.time_zone, present.last_reset_date, present.day_ends_at,
           present.no_credits);
  present = load_quota(change);
  change.commit();
  return describe(present);
}

QuotaState Quota::set_day(const std::string& date, std::int64_t calls) {
  Date day = require_date(date);
  require_count("calls", calls);
  store::Transaction change(database_->connection());
  QuotaBook book(change);
  QuotaRow row = book.row();
  Date today = day_of(change.now(), row.time_zone);
  if (day != today) {
    throw Error(ErrorCode::usage,
                fmt::format("date: only today can be set, which is {} in {}", today, row.time_zone));
  }
  book.begin_day(day);
  row.last_reset_date = day;
  row.day_ends_at = end_of_day(day, row.time_zone);
  book.store(row);
  book.state_calls(calls - book.row().calls_today, "set-day");
  book.clear_later_days("set-day");
  change.commit();
  return describe(book.row());
}

QuotaState Quota::status() const {
  store::Snapshot view(database_->connection());
  QuotaRow row = load_quota_at(view, view.now());
  return describe(row, row.paused ? pause_of(view, {}) : std::nullopt);
}

std::vector<Day> Quota::days(int last) const {
  if (last < 1) throw Error(ErrorCode::usage, "last: must be at least 1");
  store::Snapshot view(database_->connection());
  std::vector<Day> days;
  auto row = view.rows(sql::kLastDays, last);
  while (row.step()) {
    days.push_back({row.get<std::string>(0), row.get<std::int64_t>(1), row.get<std::int64_t>(2),
                    row.get<std::int64_t>(3), row.get<std::int64_t>(4), row.get<std::int64_t>(5)});
  }
  std::reverse(days.begin(), days.end());
  return days;
}

void Quota::record_usage(const std::string& model, const Usage& usage) {
  store::Transaction change(database_->connection());
  QuotaBook(change).record_usage(model, usage);
  change.commit();
}

Usage Quota::usage_today() const {
  store::Snapshot view(database_->connection());
  return usage_of(view, load_quota_at(view, view.now()).last_reset_date);
}

bool Quota::verify() const {
  store::Snapshot view(database_->connection());
  return count_wrong_days(view) == 0;
}

}  // namespace purser::xai
