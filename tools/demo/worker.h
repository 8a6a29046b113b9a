// The demonstration's workers: what a real worker does with the library, and nothing else. Each runs in a
// process of its own, opens the database itself, and calls the services over the network.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "demo/books.h"
#include "demo/scoreboard.h"
#include "purser/clock.h"

namespace demo {

inline constexpr int kBackfillers = 7;
inline constexpr int kUpserterSlot = kBackfillers;  // slots 0 to 6 backfill, slot 7 upserts
inline constexpr int kWorkers = kBackfillers + 1;
inline constexpr int kBooksABackfill = 20;
inline constexpr std::int64_t kCallsADay = 60;  // of xAI: fewer than there are books to ask about

// A backfill asks for 20 products with two pages of offers each, 6 tokens a page; an upsert for 10 products
// without. (What such calls cost is Keepa's to say, and the ledger's to learn: these are the estimates.)
inline constexpr std::int64_t kBackfillCost = 240, kUpsertCost = 10;

// The fleet has work for 75 minutes, then none for as long: the catalogue is done until the next one comes.
// A strategy that spends ahead while there is work earns it back in the pause, when the others' bucket is
// full and what Keepa gives is lost.
inline constexpr purser::Duration kShift = std::chrono::minutes(75);
inline constexpr purser::Duration kCycle = 2 * kShift;
inline constexpr purser::Duration kUpsertEvery = std::chrono::minutes(10);

// Everything that the processes of one run share.
struct Stage {
  std::filesystem::path database;
  purser::Instant start, end;
  std::optional<purser::Instant> death;  // the first backfiller granted tokens after this dies with them
  std::string clock;                     // the stand-in's: "127.0.0.1:PORT"
  std::string keepa_url, keepa_key, xai_url, xai_key;
  Scoreboard& score;
  const std::vector<Book>& books;
  int events = -1;  // a pipe: a line for each thing that is worth the viewer's glance; -1: nobody looks

  void tell(purser::Instant now, std::string_view what) const;
};

// "03:25": simulated hours and minutes since the start.
std::string hours_and_minutes(purser::Duration since_start);

// Runs the worker of `slot` until the simulated end. Throws purser::Error.
void work(Stage& stage, int slot);

}  // namespace demo
