#include "xai/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "xai/quota_book.h"
#include "xai/sql.h"

namespace purser::xai {
namespace {

constexpr char kReason[] = "import";
constexpr char kNeverUsed[] = "1970-01-01";

void require_not_to_come(const Date& date, const Date& today, const std::string& zone) {
  if (date <= today) return;
  throw Error(
      ErrorCode::invalid_import,
      fmt::format("its day {} is still to come (today is {} in {}): it would stop the quota until then; is a "
                  "clock wrong, or the time zone (`purser xai time-zone`)?",
                  date, today, zone));
}

// In the order of their rows, which makes the pages of the file come one after the other.
std::vector<std::size_t> order_of_rows(const std::vector<Answered>& answers) {
  std::vector<std::int64_t> hashes;
  hashes.reserve(answers.size());
  for (const Answered& answer : answers) hashes.push_back(hash_of(answer.question));
  std::vector<std::size_t> order(answers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return hashes[a] < hashes[b]; });
  return order;
}

VerdictImport import_verdict(store::Transaction& change, const Answered& answer, Instant stored_at) {
  auto known = look_up(change, answer.question);
  if (known && known->verdict) {
    return *known->verdict == answer.verdict ? VerdictImport::already_there : VerdictImport::another;
  }
  if (known) put_verdict(change, answer.question, answer.verdict, {stored_at});
  if (!known) insert_verdict(change, answer.question, answer.verdict, {stored_at});
  return VerdictImport::stored;
}

}  // namespace

ImportedDay import_day(store::Transaction& change, const Date& date, std::int64_t calls) {
  QuotaRow present = load_quota_at(change, change.now());
  Date today = day_of(change.now(), present.time_zone);
  require_not_to_come(date, today, present.time_zone);
  ImportedDay imported{DayImport::already_there, present.calls_today, present.last_reset_date};
  if (date == kNeverUsed && calls == 0) {
    imported.what = DayImport::never_used;
  } else if (date < present.last_reset_date) {
    imported.what = DayImport::over;
  } else if (calls > present.calls_today) {
    QuotaBook(change, UnknownZone::refused).state_calls(calls - present.calls_today, kReason);
    imported.what = DayImport::stated;
  }
  return imported;
}

std::int64_t import_limit(store::Transaction& change, std::int64_t calls_a_day) {
  QuotaRow row = load_quota(change);
  if (row.daily_limit != calls_a_day) {
    change.run(sql::kStoreQuota, calls_a_day, row.time_zone, row.last_reset_date, row.day_ends_at, row.no_credits);
  }
  return row.daily_limit;
}

std::vector<VerdictImport> import_verdicts(store::Transaction& change, const std::vector<Answered>& answers,
                                           Instant stored_at) {
  std::vector<VerdictImport> done(answers.size());
  for (std::size_t i : order_of_rows(answers)) done[i] = import_verdict(change, answers[i], stored_at);
  return done;
}

}  // namespace purser::xai
