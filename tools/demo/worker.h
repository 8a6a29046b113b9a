// The demonstration's workers: what a real worker does with the library, and nothing else. Each runs in a
// process of its own and opens the database itself.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "demo/books.h"
#include "demo/keepa_bucket.h"
#include "demo/scoreboard.h"
#include "demo/stepped_clock.h"

namespace demo {

inline constexpr int kBackfillers = 7;
inline constexpr int kUpserterSlot = kBackfillers;  // slots 0 to 6 backfill, slot 7 upserts
inline constexpr int kWorkers = kBackfillers + 1;
inline constexpr int kBooksABackfill = 20;
inline constexpr std::int64_t kCallsADay = 60;  // of xAI: fewer than there are books to ask about
inline constexpr std::int64_t kFirstBackfillCost = 80, kBackfillCost = 240, kUpsertCost = 5;

// Everything that the processes of one demonstration share.
struct Stage {
  std::filesystem::path database;
  purser::Instant start, end;
  purser::Instant death;  // the first backfiller that is granted tokens after this dies with them
  SteppedClock& clock;
  KeepaBucket& keepa;
  Scoreboard& score;
  const std::vector<Book>& books;
  int events = -1;  // a pipe: a line for each thing that is worth the viewer's glance

  void tell(std::string_view what) const;
};

// "03:25": simulated hours and minutes since the start.
std::string hours_and_minutes(purser::Duration since_start);

// Runs the worker of `slot` until the simulated end. Throws purser::Error.
void work(Stage& stage, int slot);

}  // namespace demo
