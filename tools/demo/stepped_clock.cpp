#include "demo/stepped_clock.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace demo {

using purser::Duration;
using purser::Instant;
using purser::SteadyInstant;

SteppedClock::SteppedClock(Instant start, Duration least_real_hour) : least_real_hour_(least_real_hour) {
  face_->now_ms = start.time_since_epoch().count();
  for (Slot& slot : face_->slots) sem_init(&slot.wake, /*pshared=*/1, 0);
}

void SteppedClock::join(int slot) {
  std::lock_guard lock(face_->mutex);
  Slot& mine = face_->slots.at(static_cast<std::size_t>(slot));
  while (sem_trywait(&mine.wake) == 0) {
    // a wake-up that came too late for the slot's last worker
  }
  mine.state = Slot::State::running;
}

void SteppedClock::leave(int slot) {
  std::lock_guard lock(face_->mutex);
  face_->slots.at(static_cast<std::size_t>(slot)).state = Slot::State::absent;
  step_when_all_wait();
}

Instant SteppedClock::now() const { return Instant{Duration{face_->now_ms.load()}}; }

// One time for both: simulated wall clocks do not jump.
SteadyInstant SteppedClock::steady_now() const { return SteadyInstant{Duration{face_->now_ms.load()}}; }

void SteppedClock::sleep_until(SteadyInstant when) {
  if (slot_ < 0) throw std::logic_error("only a worker of the fleet can wait on its clock");
  const std::int64_t wake_at_ms = std::chrono::ceil<Duration>(when.time_since_epoch()).count();
  Slot& mine = face_->slots.at(static_cast<std::size_t>(slot_));
  {
    std::lock_guard lock(face_->mutex);
    if (wake_at_ms <= face_->now_ms) return;
    mine.wake_at_ms = wake_at_ms;
    mine.state = Slot::State::waiting;
    step_when_all_wait();
  }
  while (sem_wait(&mine.wake) != 0 && errno == EINTR) {
  }
}

void SteppedClock::step_when_all_wait() {
  auto earliest = std::numeric_limits<std::int64_t>::max();
  for (const Slot& slot : face_->slots) {
    if (slot.state == Slot::State::running) return;
    if (slot.state == Slot::State::waiting) earliest = std::min(earliest, slot.wake_at_ms);
  }
  if (earliest == std::numeric_limits<std::int64_t>::max()) return;  // nobody is left
  hold_back(earliest - face_->now_ms);
  face_->now_ms = earliest;
  for (Slot& slot : face_->slots) {
    if (slot.state != Slot::State::waiting || slot.wake_at_ms > earliest) continue;
    slot.state = Slot::State::running;
    sem_post(&slot.wake);
  }
}

void SteppedClock::hold_back(std::int64_t simulated_ms) const {
  if (least_real_hour_ == Duration::zero()) return;
  constexpr std::int64_t kHour = 3'600'000;
  std::this_thread::sleep_for(
      std::chrono::microseconds(simulated_ms * 1000 * least_real_hour_.count() / kHour));
}

}  // namespace demo
