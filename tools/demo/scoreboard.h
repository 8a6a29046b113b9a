// The figures that are shown at the end. The workers count them, in shared memory.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "demo/shared_memory.h"
#include "purser/clock.h"
#include "purser/xai_service.h"

namespace demo {

enum class Task { backfiller, upserter };

// The worker that is killed while it holds a reservation.
struct Victim {
  int slot = -1;
  std::string reservation;
  std::int64_t cost = 0;
};

class Scoreboard {
 public:
  struct Tally {
    int grants = 0;
    std::int64_t longest_wait_ms = 0;
  };

  // A worker of the task begins to wait, gets its grant, or stops waiting without one. A task waits while any
  // of its workers does; each grant ends its wait and starts the next.
  void begin_wait(Task task, purser::Instant now);
  int note_grant(Task task, int slot, purser::Instant now);  // returns the task's number of grants
  void give_up(Task task, purser::Instant now);

  // Returns true for the first caller, which must then wait until it is killed.
  bool choose_victim(const Victim& candidate);
  std::optional<Victim> victim();

  void note_verdict(purser::xai::Source source, bool right);
  int verdicts(purser::xai::Source source);
  bool all_verdicts_right();

  Tally tally(Task task);
  int grants_of(int slot);

 private:
  static constexpr int kSlots = 16;

  struct Line {
    int grants = 0, waiting = 0;
    std::int64_t waits_since_ms = 0, longest_wait_ms = 0;
  };
  struct Board {
    RobustMutex mutex;
    std::array<Line, 2> lines{};
    std::array<int, kSlots> grants{};
    std::array<int, 3> verdicts{};
    int wrong_verdicts = 0;
    int victim_slot = -1;
    std::int64_t victim_cost = 0;
    std::array<char, 64> victim_reservation{};
  };

  Line& line(Task task) { return board_->lines[static_cast<std::size_t>(task)]; }
  void end_wait(Task task, purser::Instant now);

  Shared<Board> board_;
};

}  // namespace demo
