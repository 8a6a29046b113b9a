#include "frame/progress_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "frame/talk.h"

namespace purser::cli {
namespace {

constexpr std::size_t kBarWidth = 20;

}  // namespace

ProgressLine::ProgressLine(std::string what) : what_(std::move(what)), shows_(isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  if (shown_percent_ >= 0) clear_line();
}

Progress ProgressLine::progress() {
  if (!shows_) return {};
  return [this](std::int64_t done, std::int64_t whole) {
    show(whole <= 0 ? 0 : std::clamp<std::int64_t>(done * 100 / whole, 0, 100));
  };
}

void ProgressLine::show(std::int64_t percent) {
  if (percent == shown_percent_) return;
  shown_percent_ = percent;
  auto full = static_cast<std::size_t>(percent) * kBarWidth / 100;
  show_line(fmt::format("{} {:3} % [{}{}]", what_, percent, std::string(full, '#'),
                        std::string(kBarWidth - full, ' ')));
}

}  // namespace purser::cli
