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
};

// The live places, in order; writes nothing.
std::vector<PlaceRow> live_places(store::Snapshot& view, std::int64_t account);
// The same, and the rows of lapsed places are deleted, those of a clock that went back are put right.
std::vector<PlaceRow> keep_live_places(store::Transaction& change, std::int64_t account);

std::vector<QueuedTask> as_queue(const std::vector<PlaceRow>& places);

// What the task was told: takes its place at the end, or keeps the one it has.
void take_place(store::Transaction& change, std::int64_t account, const std::vector<PlaceRow>& places,
                const std::string& task, Millitokens cost, const Verdict& verdict, Duration live);
// After an observation: a place that was told a longer wait than is now expected lapses with that one, or the
// place of a task that is gone would hold the others up for a wait that has no reason any more.
void shorten_places(store::Transaction& change, std::int64_t account, const Bucket& bucket);
void end_place(store::Transaction& change, const std::vector<PlaceRow>& places, const std::string& task);

}  // namespace purser::keepa
