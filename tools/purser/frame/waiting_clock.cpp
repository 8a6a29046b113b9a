#include "frame/waiting_clock.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "frame/human.h"
#include "frame/output.h"
#include "frame/talk.h"

namespace purser::cli {
namespace {

Duration whole_ms(SteadyInstant::duration duration) { return std::chrono::duration_cast<Duration>(duration); }

}  // namespace

WaitingClock::WaitingClock(std::string what, std::optional<Duration> longest_wait)
    : what_(std::move(what)), longest_wait_(longest_wait), began_(system_clock().steady_now()) {
  if (isatty(STDERR_FILENO) == 1) shows_ = std::thread([this] { show_every_second(); });
}

WaitingClock::~WaitingClock() {
  if (!shows_.joinable()) return;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stops_ = true;
  }
  changed_.notify_all();
  shows_.join();
  clear_line();
}

void WaitingClock::sleep_until(SteadyInstant when) {
  require_reader();
  if (shows_.joinable() && update_progress_) set_progress(update_progress_());
  set_wakes_at(when);
  system_clock().sleep_until(when);
  set_wakes_at(std::nullopt);
  require_reader();
}

void WaitingClock::require_reader() const {
  if (ends_with_reader_ && reader_has_left()) throw ReaderLeft();
}

void WaitingClock::set_wakes_at(std::optional<SteadyInstant> when) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    wakes_at_ = when;
  }
  if (when) changed_.notify_all();
}

void WaitingClock::set_progress(std::string progress) {
  std::lock_guard<std::mutex> lock(mutex_);
  progress_ = std::move(progress);
}

// The first line comes with the first sleep or after a second: a short call shows none.
void WaitingClock::show_every_second() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stops_) {
    changed_.wait_for(lock, std::chrono::seconds(1));
    if (!stops_) show_line(line());
  }
}

std::string WaitingClock::line() const {
  SteadyInstant now = steady_now();
  std::string text = fmt::format("waiting for {}: {}", what_, human(whole_ms(now - began_)));
  if (longest_wait_) text += fmt::format(" of at most {}", human(*longest_wait_));
  if (!progress_.empty()) text += "; " + progress_;
  // In a long run a short sleep only keeps the pace.
  if (wakes_at_ && !progress_.empty() && *wakes_at_ - now < std::chrono::seconds(1)) return text;
  if (wakes_at_) text += fmt::format("; asks again in {}", human(whole_ms(*wakes_at_ - now)));
  return text;
}

}  // namespace purser::cli
