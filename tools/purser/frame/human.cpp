#include "frame/human.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace purser::cli {
namespace {

// Two units say enough: the second is left out where it is zero.
std::string two_units(std::int64_t large, std::string_view large_name, std::int64_t small,
                      std::string_view small_name) {
  if (small == 0) return fmt::format("{} {}", large, large_name);
  return fmt::format("{} {} {} {}", large, large_name, small, small_name);
}

std::string line_of(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths,
                    const std::vector<bool>& right) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::string padding(widths[i] - columns_of(cells[i]), ' ');
    if (i > 0) line += "  ";
    line += right[i] ? padding + cells[i] : cells[i] + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

std::string human(Duration duration) {
  std::int64_t milliseconds = std::max<std::int64_t>(0, duration.count());
  if (milliseconds < 1000) return fmt::format("{} ms", milliseconds);
  std::int64_t seconds = milliseconds / 1000;
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return two_units(seconds / 60, "min", seconds % 60, "s");
  std::int64_t minutes = seconds / 60;
  if (minutes < std::int64_t{24} * 60) return two_units(minutes / 60, "h", minutes % 60, "min");
  std::int64_t hours = minutes / 60;
  return two_units(hours / 24, "d", hours % 24, "h");
}

std::string from_now(Instant at, Instant now) {
  if (at == now) return "now";
  if (at < now) return human(now - at) + " ago";
  // Rounded up to whole seconds: a caller who asks again when they have passed is not too early.
  Duration left = at - now;
  return fmt::format(
      "in {}", human(left < std::chrono::seconds(1) ? left : std::chrono::ceil<std::chrono::seconds>(left)));
}

Table::Table(std::vector<std::string> headings) : headings_(std::move(headings)) {
  for (std::string& heading : headings_) {
    right_.push_back(heading.substr(0, 1) == ">");
    if (right_.back()) heading.erase(0, 1);
    heading = one_line(heading);
  }
}

void Table::add(std::vector<std::string> cells) {
  cells.resize(headings_.size());
  for (std::string& cell : cells) cell = one_line(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::text() const {
  std::vector<std::size_t> widths;
  for (const std::string& heading : headings_) widths.push_back(columns_of(heading));
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns_of(row[i]));
  }
  std::string text = line_of(headings_, widths, right_);
  for (const auto& row : rows_) text += line_of(row, widths, right_);
  return text;
}

std::string decision_word(std::string_view word, Mood mood, bool colour) {
  if (!colour) return std::string(word);
  std::string_view code = mood == Mood::good ? "32" : mood == Mood::patient ? "33" : "31";
  return fmt::format("\x1b[1;{}m{}\x1b[0m", code, word);
}

}  // namespace purser::cli
