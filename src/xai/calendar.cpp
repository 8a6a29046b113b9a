#include "xai/calendar.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

#include "base/text.h"
#include "purser/error.h"

namespace purser::xai {
namespace {

constexpr std::string_view kUtc = "UTC";  // the default needs no time zone data

// Files in the tz database's folder that are no IANA names: they differ from machine to machine.
bool is_local_name(const std::string& name) { return name == "localtime" || name == "posixrules"; }

const date::time_zone* zone_named(const std::string& name) {
  try {
    if (is_local_name(name)) throw std::runtime_error(name);
    return date::locate_zone(name);
  } catch (const std::exception&) {
    throw Error(
        ErrorCode::unknown_time_zone,
        fmt::format("this machine knows no time zone '{}': name one such as Europe/Berlin, or install tzdata",
                    shortened(name)));
  }
}

int number(std::string_view text) {
  int value = -1;
  auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ptr == text.data() + text.size() ? value : -1;
}

date::year_month_day split(std::string_view text) {
  return {date::year{number(text.substr(0, 4))},
          date::month{static_cast<unsigned>(number(text.substr(5, 2)))},
          date::day{static_cast<unsigned>(number(text.substr(8, 2)))}};
}

bool has_form(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-dd";
  if (text.size() != kForm.size()) return false;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    bool digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == 'd' ? !digit : text[i] != '-') return false;
  }
  return true;
}

Date written(date::local_days day) { return date::format("%F", day); }

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
  if (!has_form(text)) return std::nullopt;
  date::year_month_day day = split(text);
  if (!day.ok() || day.year() < date::year{1970}) return std::nullopt;
  return Date(text);
}

void require_time_zone(const std::string& zone) {
  if (zone != kUtc) zone_named(zone);
}

Date day_of(Instant at, const std::string& zone) {
  if (zone == kUtc) return written(date::local_days{date::floor<date::days>(at).time_since_epoch()});
  return written(date::floor<date::days>(zone_named(zone)->to_local(at)));
}

Instant end_of_day(const Date& day, const std::string& zone) {
  date::local_days next = date::local_days{split(day)} + date::days{1};
  if (zone == kUtc) return Instant{next.time_since_epoch()};
  return date::floor<Duration>(zone_named(zone)->to_sys(next, date::choose::earliest));
}

}  // namespace purser::xai
