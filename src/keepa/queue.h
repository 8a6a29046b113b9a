// The places of an account's queue as rows. Who is served is policy.h's; this loads, keeps and ends places.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keepa/policy.h"
#include "store/transaction.h"

namespace purser::keepa {

struct PlaceRow {
  std::int64_t id = 0;
  std::string task, worker, reason;
  Millitokens cost, target;
  Instant since;
  PlaceLife life;
  bool holds_up = true;      // those behind it
  Instant holds_up_until{};  // as in QueuedTask
  bool target_reached = false;
};

// The live places, in order; writes nothing. `bucket` is projected to now.
std::vector<PlaceRow> live_places(store::Snapshot& view, std::int64_t account, const Bucket& bucket);
// The same, and the rows of lapsed places are deleted, those of a clock that went back are put right.
std::vector<PlaceRow> keep_live_places(store::Transaction& change, std::int64_t account,
                                       const Bucket& bucket);
// Whoever waits for one that is advised to skip sees since when it is its turn.
void note_reached_targets(store::Transaction& change, const std::vector<PlaceRow>& places,
                          const std::string& waiting_task);

std::vector<QueuedTask> as_queue(const std::vector<PlaceRow>& places);

// Its task asked again, and was told of no wait: the place that it has is kept.
void keep_place(store::Transaction& change, const std::vector<PlaceRow>& places, const std::string& task);

// What the task was told: takes its place at the end, or keeps the one it has.
void take_place(store::Transaction& change, std::int64_t account, const std::vector<PlaceRow>& places,
                const std::string& task, Millitokens cost, const Verdict& verdict, Duration live);
// The task was granted: its place ends, and those that were before it are passed.
void serve_place(store::Transaction& change, const std::vector<PlaceRow>& places, const std::string& task);
// False where the task has none, or one that has lapsed.
bool leave_place(store::Transaction& change, std::int64_t account, const std::string& task);

}  // namespace purser::keepa
