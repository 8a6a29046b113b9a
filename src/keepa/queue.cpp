#include "keepa/queue.h"

#include <algorithm>

#include "base/names.h"
#include "keepa/sql.h"
#include "store/row_check.h"

namespace purser::keepa {
namespace {

// The reasons for which a task takes a place.
constexpr Reason kReasons[] = {Reason::threshold, Reason::buffer, Reason::max_deficit, Reason::queued};

PlaceRow read_place(const store::Statement& row) {
  Duration patience = row.get<Duration>(9);
  bool was_passed_and_asked = row.get<int>(12) == 2;
  PlaceLife life{row.get<Instant>(7), row.get<Duration>(8), patience,
                 hold_limit_of(row.get<bool>(10), was_passed_and_asked, patience),
                 row.get<std::optional<Instant>>(11)};
  PlaceRow place{row.get<std::int64_t>(0), row.get<std::string>(1),
                 row.get<std::string>(2),  stored_value(kReasons, row.get<std::string>(3)),
                 row.get<Millitokens>(4),  row.get<Millitokens>(5),
                 row.get<Instant>(6),      life};
  store::require_row(place.cost > Millitokens{}, "keepa_place: the cost is positive");
  store::require_row(life.live >= Duration::zero(), "keepa_place: live_ms is never negative");
  return place;
}

std::vector<PlaceRow> load_places(store::Snapshot& view, std::int64_t account) {
  std::vector<PlaceRow> places;
  auto row = view.rows(sql::kPlaces, account);
  while (row.step()) places.push_back(read_place(row));
  return places;
}

void keep_live(std::vector<PlaceRow>& places, const Bucket& bucket, Instant now) {
  auto lapsed = [now](const PlaceRow& place) { return has_lapsed(place.life, now); };
  places.erase(std::remove_if(places.begin(), places.end(), lapsed), places.end());
  for (PlaceRow& place : places) {
    place.holds_up = holds_up(place.target, place.life, bucket, now);
    place.holds_up_until = holds_up_until(place.life, now);
    place.target_reached = available(bucket) >= place.target;
  }
}

const PlaceRow* place_of(const std::vector<PlaceRow>& places, const std::string& task) {
  auto found = std::find_if(places.begin(), places.end(),
                            [&task](const PlaceRow& place) { return place.task == task; });
  return found == places.end() ? nullptr : &*found;
}

void store_instants(store::Transaction& change, const PlaceRow& place) {
  change.run(sql::kPlaceInstants, place.id, place.life.asked_at, place.life.reached_at);
}

}  // namespace

std::vector<PlaceRow> live_places(store::Snapshot& view, std::int64_t account, const Bucket& bucket) {
  auto places = load_places(view, account);
  keep_live(places, bucket, view.now());
  return places;
}

std::vector<PlaceRow> keep_live_places(store::Transaction& change, std::int64_t account,
                                       const Bucket& bucket) {
  Instant now = change.now();
  auto places = load_places(change, account);
  for (PlaceRow& place : places) {
    if (has_lapsed(place.life, now)) {
      change.run(sql::kDeletePlace, place.id);
    } else if (place.life.asked_at > now || place.life.reached_at > now) {
      place.life.asked_at = asked_at_of(place.life, now);
      if (place.life.reached_at) place.life.reached_at = reached_at_of(place.life, now);
      store_instants(change, place);
    }
  }
  keep_live(places, bucket, now);
  return places;
}

void note_reached_targets(store::Transaction& change, const std::vector<PlaceRow>& places,
                          const std::string& waiting_task) {
  bool is_first = true;  // of those that hold others up
  for (PlaceRow place : places) {
    bool is_its_turn = is_first && place.target_reached;
    if (place.holds_up) is_first = false;
    bool is_noted = place.life.reached_at.has_value();
    if (!place.life.hold_limit || place.task == waiting_task || is_noted == is_its_turn) continue;
    place.life.reached_at = is_its_turn ? std::optional(change.now()) : std::nullopt;
    store_instants(change, place);
  }
}

std::vector<QueuedTask> as_queue(const std::vector<PlaceRow>& places) {
  std::vector<QueuedTask> queue;
  queue.reserve(places.size());
  for (const PlaceRow& place : places)
    queue.push_back({place.task, place.cost, place.target, place.holds_up, place.holds_up_until});
  return queue;
}

void take_place(store::Transaction& change, std::int64_t account, const std::vector<PlaceRow>& places,
                const std::string& task, Millitokens cost, const Decision& decision, Duration live) {
  auto reason = name_of(*decision.reason);
  if (const PlaceRow* place = place_of(places, task)) {
    change.run(sql::kRefreshPlace, place->id, change.worker(), reason, cost, decision.target, change.now(),
               live);
    return;
  }
  change.run(sql::kInsertPlace, account, task, change.worker(), reason, cost, decision.target, change.now(),
             live);
}

void keep_place(store::Transaction& change, const std::vector<PlaceRow>& places, const std::string& task) {
  const PlaceRow* place = place_of(places, task);
  if (place == nullptr) return;
  PlaceRow asked = *place;
  asked.life.asked_at = change.now();
  store_instants(change, asked);
}

void serve_place(store::Transaction& change, const std::vector<PlaceRow>& places, const std::string& task) {
  for (const PlaceRow& place : places) {
    if (place.task == task) {
      change.run(sql::kDeletePlace, place.id);
      return;
    }
    if (place.life.hold_limit) change.run(sql::kNotePassed, place.id);
  }
}

bool leave_place(store::Transaction& change, std::int64_t account, const std::string& task) {
  auto row = change.rows(sql::kLeavePlace, account, task);
  bool left = false;
  while (row.step())  // to the end: only then all is deleted
    left = !has_lapsed({row.get<Instant>(0), row.get<Duration>(1)}, change.now());
  return left;
}

}  // namespace purser::keepa
