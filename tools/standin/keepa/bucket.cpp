#include "standin/keepa/bucket.h"

#include <algorithm>

namespace standin {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;

}  // namespace

KeepaBucket::KeepaBucket(std::int64_t tokens, std::int64_t rate, std::int64_t next_tick_ms)
    : rate_(rate), next_tick_ms_(next_tick_ms) {
  figures_.tokens = tokens;
  reset_figures();
}

void KeepaBucket::advance(std::int64_t now_ms) {
  for (; next_tick_ms_ <= now_ms; next_tick_ms_ += kMinuteMs) tick();
}

void KeepaBucket::tick() {
  carried_hundredths_ += std::max<std::int64_t>(0, 100 * rate_ - reduction_hundredths_);
  const std::int64_t comes = carried_hundredths_ / 100;
  carried_hundredths_ %= 100;
  // The cap limits what is added; a balance above it, left from a higher rate, stays.
  const std::int64_t fits = std::clamp<std::int64_t>(60 * rate_ - figures_.tokens, 0, comes);
  figures_.generated += comes;
  figures_.expired_unused += comes - fits;
  figures_.tokens += fits;
}

bool KeepaBucket::consume(std::int64_t cost) {
  if (figures_.tokens <= 0) return false;
  figures_.tokens -= cost;
  figures_.consumed += cost;
  note_lowest();
  return true;
}

void KeepaBucket::set_tokens(std::int64_t tokens) {
  figures_.adjusted += tokens - figures_.tokens;
  figures_.tokens = tokens;
  note_lowest();
}

void KeepaBucket::reset_figures() {
  const std::int64_t tokens = figures_.tokens;
  figures_ = Figures{};
  figures_.tokens = figures_.opening = figures_.lowest = tokens;
}

void KeepaBucket::note_lowest() { figures_.lowest = std::min(figures_.lowest, figures_.tokens); }

}  // namespace standin
