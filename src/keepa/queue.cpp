#include "keepa/queue.h"

#include <algorithm>

#include "keepa/sql.h"

namespace purser::keepa {
namespace {

std::vector<PlaceRow> load_places(store::Snapshot& view, std::int64_t account) {
  std::vector<PlaceRow> places;
  auto row = view.statement(sql::kPlaces).bind(account);
  while (row.step()) {
    places.push_back({row.get<std::int64_t>(0),
                      row.get<std::string>(1),
                      row.get<std::string>(2),
                      row.get<std::string>(3),
                      row.get<Millitokens>(4),
                      row.get<Millitokens>(5),
                      row.get<Instant>(6),
                      {row.get<Instant>(7), row.get<Duration>(8), row.get<Duration>(9)}});
  }
  return places;
}

void keep_live(std::vector<PlaceRow>& places, const Bucket& bucket, Instant now) {
  auto lapsed = [now](const PlaceRow& place) { return has_lapsed(place.life, now); };
  places.erase(std::remove_if(places.begin(), places.end(), lapsed), places.end());
  for (PlaceRow& place : places) place.holds_up = holds_up(place.target, place.life, bucket, now);
}

const PlaceRow* place_of(const std::vector<PlaceRow>& places, const std::string& task) {
  auto found = std::find_if(places.begin(), places.end(),
                            [&task](const PlaceRow& place) { return place.task == task; });
  return found == places.end() ? nullptr : &*found;
}

}  // namespace

std::vector<PlaceRow> live_places(store::Snapshot& view, std::int64_t account, const Bucket& bucket) {
  auto places = load_places(view, account);
  keep_live(places, bucket, view.now());
  return places;
}

std::vector<PlaceRow> keep_live_places(store::Transaction& change, std::int64_t account,
                                       const Bucket& bucket) {
  auto places = load_places(change, account);
  for (PlaceRow& place : places) {
    if (has_lapsed(place.life, change.now())) {
      change.statement(sql::kDeletePlace).bind(place.id).run();
    } else if (place.life.asked_at > change.now()) {
      place.life.asked_at = change.now();
      change.statement(sql::kReanchorPlace).bind(place.id, change.now()).run();
    }
  }
  keep_live(places, bucket, change.now());
  return places;
}

std::vector<QueuedTask> as_queue(const std::vector<PlaceRow>& places) {
  std::vector<QueuedTask> queue;
  queue.reserve(places.size());
  for (const PlaceRow& place : places)
    queue.push_back({place.task, place.cost, place.target, place.holds_up});
  return queue;
}

void take_place(store::Transaction& change, std::int64_t account, const std::vector<PlaceRow>& places,
                const std::string& task, Millitokens cost, const Verdict& verdict, Duration live) {
  auto reason = name_of(*verdict.reason);
  if (const PlaceRow* place = place_of(places, task)) {
    change.statement(sql::kRefreshPlace)
        .bind(place->id, change.worker(), reason, cost, verdict.target, change.now(), live)
        .run();
    return;
  }
  change.statement(sql::kInsertPlace)
      .bind(account, task, change.worker(), reason, cost, verdict.target, change.now(), live)
      .run();
}

void end_place(store::Transaction& change, const std::vector<PlaceRow>& places, const std::string& task) {
  if (const PlaceRow* place = place_of(places, task))
    change.statement(sql::kDeletePlace).bind(place->id).run();
}

}  // namespace purser::keepa
