#include "demo/scoreboard.h"

#include <algorithm>
#include <mutex>

namespace demo {
namespace {

std::int64_t in_ms(purser::Instant at) { return at.time_since_epoch().count(); }

}  // namespace

void Scoreboard::begin_wait(Task task, purser::Instant now) {
  std::lock_guard lock(board_->mutex);
  if (line(task).waiting++ == 0) line(task).waits_since_ms = in_ms(now);
}

int Scoreboard::note_grant(Task task, int slot, purser::Instant now) {
  std::lock_guard lock(board_->mutex);
  end_wait(task, now);
  ++board_->grants.at(static_cast<std::size_t>(slot));
  return ++line(task).grants;
}

void Scoreboard::give_up(Task task, purser::Instant now) {
  std::lock_guard lock(board_->mutex);
  end_wait(task, now);
}

void Scoreboard::end_wait(Task task, purser::Instant now) {
  Line& mine = line(task);
  mine.longest_wait_ms = std::max(mine.longest_wait_ms, in_ms(now) - mine.waits_since_ms);
  mine.waits_since_ms = in_ms(now);
  --mine.waiting;
}

bool Scoreboard::choose_victim(const Victim& candidate) {
  std::lock_guard lock(board_->mutex);
  if (board_->victim_slot >= 0) return false;
  candidate.reservation.copy(board_->victim_reservation.data(), board_->victim_reservation.size() - 1);
  board_->victim_cost = candidate.cost;
  board_->victim_slot = candidate.slot;
  return true;
}

std::optional<Victim> Scoreboard::victim() {
  std::lock_guard lock(board_->mutex);
  if (board_->victim_slot < 0) return std::nullopt;
  return Victim{board_->victim_slot, board_->victim_reservation.data(), board_->victim_cost};
}

void Scoreboard::note_verdict(purser::xai::Source source, bool right) {
  std::lock_guard lock(board_->mutex);
  ++board_->verdicts.at(static_cast<std::size_t>(source));
  if (!right) ++board_->wrong_verdicts;
}

int Scoreboard::verdicts(purser::xai::Source source) {
  std::lock_guard lock(board_->mutex);
  return board_->verdicts.at(static_cast<std::size_t>(source));
}

bool Scoreboard::all_verdicts_right() {
  std::lock_guard lock(board_->mutex);
  return board_->wrong_verdicts == 0;
}

Scoreboard::Tally Scoreboard::tally(Task task) {
  std::lock_guard lock(board_->mutex);
  return {line(task).grants, line(task).longest_wait_ms};
}

int Scoreboard::grants_of(int slot) {
  std::lock_guard lock(board_->mutex);
  return board_->grants.at(static_cast<std::size_t>(slot));
}

}  // namespace demo
