#include "standin/clock/stepped_time.h"

#include <algorithm>
#include <limits>

namespace standin {

void SteppedTime::join(Id id) {
  workers_[id] = Worker{};
  ++joins_;
}

void SteppedTime::hold(Id id) { holders_[id] = true; }

void SteppedTime::go(Id id) { holders_[id] = false; }

void SteppedTime::leave(Id id) {
  workers_.erase(id);
  holders_.erase(id);
}

void SteppedTime::sleep(Id id, std::int64_t until_ms) { workers_[id] = Worker{false, until_ms}; }

std::optional<std::int64_t> SteppedTime::next_ms() const {
  if (joins_ < awaited_ || workers_.empty()) return std::nullopt;
  for (const auto& [id, holds] : holders_) {
    if (holds) return std::nullopt;
  }
  auto earliest = std::numeric_limits<std::int64_t>::max();
  for (const auto& [id, worker] : workers_) {
    if (worker.works) return std::nullopt;
    earliest = std::min(earliest, worker.until_ms);
  }
  return std::max(earliest, now_ms());
}

std::vector<SteppedTime::Id> SteppedTime::step() {
  std::vector<Id> woken;
  const auto next = next_ms();
  if (!next) return woken;
  now_ms_ = *next;
  for (auto& [id, worker] : workers_) {
    if (worker.until_ms > *next) continue;
    worker.works = true;
    woken.push_back(id);
  }
  return woken;
}

}  // namespace standin
