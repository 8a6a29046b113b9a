#include "import/report.h"

#include <algorithm>

namespace purser::legacy {
namespace {

constexpr std::size_t kMostBytes = 120;

bool continues_a_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

ImportSkip& entry_for(ImportReport& report, std::string_view reason, std::string_view detail) {
  auto found = std::find_if(report.skipped.begin(), report.skipped.end(),
                            [&](const ImportSkip& skip) { return skip.reason == reason; });
  if (found != report.skipped.end()) return *found;
  report.skipped.push_back({std::string(reason), std::string(detail), 0, {}});
  return report.skipped.back();
}

}  // namespace

void skip(ImportReport& report, std::string_view reason, std::string_view detail, const std::string& example,
          std::size_t most) {
  ImportSkip& entry = entry_for(report, reason, detail);
  ++entry.count;
  if (!example.empty() && entry.examples.size() < most) entry.examples.push_back(example);
}

std::string shortened(std::string_view text) {
  if (text.size() <= kMostBytes) return std::string(text);
  std::size_t end = kMostBytes;
  while (end > 0 && continues_a_character(text[end])) --end;
  return std::string(text.substr(0, end)) + "…";
}

}  // namespace purser::legacy
