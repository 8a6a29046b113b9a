// The places of an account's queue as rows: they are loaded, kept and ended here. policy.h decides whose turn
// it is.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keepa/policy.h"
#include "store/transaction.h"

namespace purser::keepa {

struct PlaceRow {
  std::int64_t id = 0;
  std::string task, worker;
  Reason reason;
  Millitokens cost, target;
  Instant since;
  PlaceLife life;
  bool holds_up = true;      // makes those behind it wait
  Instant holds_up_until{};  // as in QueuedTask
  bool target_reached = false;
};

// The live places, in order; writes nothing. REQUIRES: `bucket` is projected to now.
std::vector<PlaceRow> live_places(store::Snapshot& view, std::int64_t account, const Bucket& bucket);
// The same; also deletes the rows of lapsed places, and moves instants that are in the future (the clock was
// set back) to now.
std::vector<PlaceRow> keep_live_places(store::Transaction& change, std::int64_t account,
                                       const Bucket& bucket);
// Records since when the other tasks have seen that a task which is advised to skip could run: its hold_limit
// counts from then. `waiting_task` does not count as another task for its own place.
void note_reached_targets(store::Transaction& change, const std::vector<PlaceRow>& places,
                          const std::string& waiting_task);

std::vector<QueuedTask> as_queue(const std::vector<PlaceRow>& places);

// Its task asked again and was refused without a place in the decision: it keeps the place that it has, if
// any.
void keep_place(store::Transaction& change, const std::vector<PlaceRow>& places, const std::string& task);

// Its task was refused with this decision: it takes a place at the end, or keeps the one it has.
void take_place(store::Transaction& change, std::int64_t account, const std::vector<PlaceRow>& places,
                const std::string& task, Millitokens cost, const Decision& decision, Duration live);
// The task was granted: its place ends, and the places before it were passed.
void serve_place(store::Transaction& change, const std::vector<PlaceRow>& places, const std::string& task);
// False where the task has no place, or one that has lapsed.
bool leave_place(store::Transaction& change, std::int64_t account, const std::string& task);

}  // namespace purser::keepa
