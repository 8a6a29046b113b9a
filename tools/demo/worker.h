// The demonstration's workers. They use the library as a real worker does: each is a process, opens the
// database itself, and calls the services over the network.
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
inline constexpr std::int64_t kCallsADay = 40;  // of xAI: fewer than there are books

// A backfill asks for 20 products with two pages of offers each, 6 tokens a page; an upsert for 10 products
// without. These are estimates: Keepa says what a call really costs, and the ledger books that.
inline constexpr std::int64_t kBackfillCost = 240, kUpsertCost = 10;

// The fleet has work for 75 minutes, then none for 75 minutes, until the next catalogue comes. A strategy
// that spends ahead while there is work earns it back in the pause, when the bucket of the others is full and
// new tokens are lost.
inline constexpr purser::Duration kShift = std::chrono::minutes(75);
inline constexpr purser::Duration kCycle = 2 * kShift;
inline constexpr purser::Duration kWorkOnAnswer = std::chrono::minutes(40);
inline constexpr purser::Duration kUpsertEvery = std::chrono::minutes(10);
// Keeps the upserter apart from the backfillers, which act at whole seconds. Keepa does not know of grants:
// of two calls that are granted at one instant, the later one may arrive first and leave nothing for the
// other, which then gets a 429, is settled and repeated. Only simulated time has such equal instants.
inline constexpr purser::Duration kUpsertOffset = std::chrono::milliseconds(2500);

// Everything that the processes of one run share.
struct Stage {
  std::filesystem::path database;
  purser::Instant start, end;
  std::optional<purser::Instant> death;  // the first backfiller that gets tokens after this is killed
  std::string clock;                     // of the stand-in: "127.0.0.1:PORT"
  std::string keepa_url, keepa_key, xai_url, xai_key;
  Scoreboard& score;
  const std::vector<Book>& books;
  int events = -1;  // a pipe, with a line for each event that the viewer should see; -1: not watched

  void report(purser::Instant now, std::string_view what) const;
};

// "03:25": simulated hours and minutes since the start.
std::string hours_and_minutes(purser::Duration since_start);

// Runs the worker of `slot` until the simulated end. Throws purser::Error.
void work(Stage& stage, int slot);

}  // namespace demo
