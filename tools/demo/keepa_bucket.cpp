#include "demo/keepa_bucket.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <string_view>

#include "demo/recorded_envelopes.h"

namespace demo {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;

std::int64_t in_ms(purser::Instant at) { return at.time_since_epoch().count(); }

// Puts a true count in the place of the recorded one. A field that the recorded answer lacks stays away.
void put(std::string& body, std::string_view field, std::int64_t value) {
  const std::string label = fmt::format("\"{}\":", field);
  const auto found = body.find(label);
  if (found == std::string::npos) return;
  const auto begin = found + label.size();
  body.replace(begin, body.find_first_of(",}", begin) - begin, std::to_string(value));
}

}  // namespace

KeepaBucket::KeepaBucket(const purser::Clock& clock, const purser::keepa::Observation& opening)
    : clock_(clock) {
  account_->rate = opening.refill_rate.value().count / 1000;
  account_->next_tick_ms = in_ms(clock.now() + opening.refill_in.value());
  account_->figures.opening = account_->figures.left = opening.tokens_left.count / 1000;
}

Answer KeepaBucket::token() {
  std::lock_guard lock(account_->mutex);
  refill();
  return {200, envelope(std::string(kTokenAnswer.body), 0)};
}

Answer KeepaBucket::product(std::int64_t cost) {
  std::lock_guard lock(account_->mutex);
  refill();
  Figures& figures = account_->figures;
  ++figures.requests;
  if (figures.left <= 0) {
    ++figures.refused;
    return {429, envelope(std::string(kTokenAnswer.body), 0)};
  }
  figures.left -= cost;
  figures.consumed += cost;
  return {200, envelope(std::string(kTokenAnswer.body), cost)};
}

Answer KeepaBucket::senseless_product() {
  std::lock_guard lock(account_->mutex);
  refill();
  ++account_->figures.requests;
  return {200, envelope(std::string(kOkWithError.body), 0)};
}

KeepaBucket::Figures KeepaBucket::figures() {
  std::lock_guard lock(account_->mutex);
  refill();
  return account_->figures;
}

void KeepaBucket::refill() {
  Figures& figures = account_->figures;
  const std::int64_t cap = 60 * account_->rate;
  for (; account_->next_tick_ms <= in_ms(clock_.now()); account_->next_tick_ms += kMinuteMs) {
    const std::int64_t fits = std::clamp<std::int64_t>(cap - figures.left, 0, account_->rate);
    figures.generated += account_->rate;
    figures.unused += account_->rate - fits;
    figures.left += fits;
  }
}

std::string KeepaBucket::envelope(std::string recorded, std::int64_t consumed) const {
  const std::int64_t now_ms = in_ms(clock_.now());
  put(recorded, "timestamp", now_ms);
  put(recorded, "tokensLeft", account_->figures.left);
  put(recorded, "refillIn", account_->next_tick_ms - now_ms);
  put(recorded, "refillRate", account_->rate);
  put(recorded, "tokensConsumed", consumed);
  return recorded;
}

}  // namespace demo
