// xai_token_state.json: how many calls the predecessor had counted on its last day.
#include <fmt/format.h>

#include "import/flat_json.h"
#include "import/report.h"
#include "import/sources.h"

namespace purser::legacy {
namespace {

constexpr char kDate[] = "last_reset_date";
constexpr char kCalls[] = "calls_today";

void note_others(ImportReport& report, const std::vector<JsonField>& fields, const JsonField* date,
                 const JsonField* calls) {
  for (const JsonField& field : fields) {
    if (&field == date || &field == calls) continue;
    ++report.entries;
    skip(report, "not_ours", "fields that purser does not keep", shortened(field.name), kNames);
  }
}

}  // namespace

XaiState parse_xai_state(const ImportFile& file) {
  auto fields = flat_json(file);
  const JsonField* date = field_named(fields, kDate);
  const JsonField* calls = field_named(fields, kCalls);
  if (date == nullptr || calls == nullptr) {
    refuse(file.path, fmt::format("has no {}: is this the xai_token_state.json of the program before purser?",
                                  date == nullptr ? kDate : kCalls));
  }
  auto day = date->kind == JsonField::Kind::text ? xai::parse_date(date->text) : std::nullopt;
  if (!day) refuse(file.path, fmt::format("{} is no day such as 2026-11-24", kDate));
  if (calls->kind != JsonField::Kind::integer || calls->integer < 0 || calls->integer > xai::kMaxDailyLimit) {
    refuse(file.path, fmt::format("{} is no whole number from 0 to {}", kCalls, xai::kMaxDailyLimit));
  }
  XaiState state{{.source = "xai_state", .file = file.path}, *day, calls->integer};
  state.report.entries = 1;  // the two make one figure
  note_others(state.report, fields, date, calls);
  return state;
}

ImportReport store_xai_state(store::Transaction& change, const XaiState& state) {
  ImportReport report = state.report;
  xai::ImportedDay day;
  try {
    day = xai::import_day(change, state.date, state.calls);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::invalid_import) refuse(report.file, error.what());
    throw;
  }
  std::string figure = fmt::format("{}: {} calls", state.date, state.calls);
  switch (day.what) {
    case xai::DayImport::stated:
      ++report.imported;
      report.changes.push_back(fmt::format("calls of {}: {}, were {}", day.date, state.calls, day.before));
      break;
    case xai::DayImport::already_there: ++report.already_there; break;
    case xai::DayImport::never_used:
      skip(report, "never_used", "nothing had been counted yet", figure);
      break;
    case xai::DayImport::over:
      skip(
          report, "day_is_over",
          fmt::format("of a day before {}, which the quota counts: nothing is left of it to guard", day.date),
          figure);
      break;
  }
  return report;
}

}  // namespace purser::legacy
