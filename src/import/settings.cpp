// settings.json, which the predecessor's form wrote: the daily limit alone is imported.
#include <fmt/format.h>

#include "import/flat_json.h"
#include "import/report.h"
#include "import/sources.h"

namespace purser::legacy {
namespace {

constexpr char kLimit[] = "max_xai_calls_per_day";

}  // namespace

Settings parse_settings(const ImportFile& file) {
  auto fields = flat_json(file);
  const JsonField* limit = field_named(fields, kLimit);
  if (limit == nullptr) {
    refuse(file.path,
           fmt::format("has no {}: is this the settings.json of the program before purser?", kLimit));
  }
  if (limit->kind != JsonField::Kind::integer || limit->integer < 0 || limit->integer > xai::kMaxDailyLimit) {
    refuse(file.path, fmt::format("{} is no whole number from 0 to {}", kLimit, xai::kMaxDailyLimit));
  }
  Settings settings{{.source = "settings", .file = file.path}, limit->integer};
  settings.report.entries = static_cast<std::int64_t>(fields.size());
  for (const JsonField& field : fields) {
    if (&field == limit) continue;
    skip(settings.report, "not_ours", "settings that purser does not have", shortened(field.name), kNames);
  }
  return settings;
}

ImportReport store_settings(store::Transaction& change, const Settings& settings) {
  ImportReport report = settings.report;
  std::int64_t before = xai::import_limit(change, settings.daily_limit);
  if (before == settings.daily_limit) {
    ++report.already_there;
  } else {
    ++report.imported;
    report.changes.push_back(fmt::format("daily limit of xAI: {}, was {}", settings.daily_limit, before));
  }
  return report;
}

}  // namespace purser::legacy
