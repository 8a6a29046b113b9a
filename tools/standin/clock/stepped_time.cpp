#include "standin/clock/stepped_time.h"

#include <algorithm>
#include <limits>

namespace standin {

void SteppedTime::join(Who who) {
  workers_[who] = Part{};
  ++joins_;
}

void SteppedTime::hold(Who who) { holders_[who] = true; }

void SteppedTime::go(Who who) { holders_[who] = false; }

void SteppedTime::leave(Who who) {
  workers_.erase(who);
  holders_.erase(who);
}

void SteppedTime::sleep(Who who, std::int64_t until_ms) { workers_[who] = Part{false, until_ms}; }

std::optional<std::int64_t> SteppedTime::next_ms() const {
  if (joins_ < awaited_ || workers_.empty()) return std::nullopt;
  for (const auto& [who, holds] : holders_) {
    if (holds) return std::nullopt;
  }
  auto earliest = std::numeric_limits<std::int64_t>::max();
  for (const auto& [who, part] : workers_) {
    if (part.at_work) return std::nullopt;
    earliest = std::min(earliest, part.until_ms);
  }
  return std::max(earliest, now_ms());
}

std::vector<SteppedTime::Who> SteppedTime::step() {
  std::vector<Who> woken;
  const auto next = next_ms();
  if (!next) return woken;
  now_ms_ = *next;
  for (auto& [who, part] : workers_) {
    if (part.until_ms > *next) continue;
    part.at_work = true;
    woken.push_back(who);
  }
  return woken;
}

}  // namespace standin
