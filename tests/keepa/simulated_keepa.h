// Keepa's side of a simulation: what its servers know of the account, apart from what our ledger believes.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>

#include "purser/keepa.h"

namespace purser::keepa {

class SimulatedKeepa {
 public:
  struct Response {
    Observation envelope;
    bool refused = false;  // a 429: nothing was charged
    bool lies = false;     // the envelope's rate is not the plan's
  };

  SimulatedKeepa(Instant start, Millitokens rate, Millitokens left)
      : next_tick_(start + kTick), rate_(rate), left_(left) {}

  Millitokens rate() const { return rate_; }
  // Capacity is an hour of the new rate; what is there already stays.
  void change_plan(Millitokens rate) { rate_ = rate; }
  // The next envelope alone says another rate (seen: 12 for one answer, 5 before and after).
  void lie_once(Millitokens rate) { lie_ = rate; }

  // The ticks up to `now`. `wanted`: somebody has been waiting for tokens since the last call.
  void pass(Instant now, bool wanted) {
    for (; next_tick_ <= now; next_tick_ += kTick) {
      Millitokens gained = std::clamp(60 * rate_ - left_, Millitokens{}, rate_);
      left_ += gained;
      if (!wanted) continue;
      generated_ += rate_;
      lost_ += rate_ - gained;
    }
  }

  // A request runs while the balance is positive, whatever it costs; what is free always does.
  Response respond(Instant now, Millitokens cost) {
    pass(now, /*wanted=*/false);
    bool refused = cost > Millitokens{} && left_ <= Millitokens{};
    if (!refused) left_ -= cost;
    Response response{{left_}, refused, lie_.has_value()};
    response.envelope.refill_rate = std::exchange(lie_, std::nullopt).value_or(rate_);
    response.envelope.refill_in = next_tick_ - now;
    response.envelope.server_time = now;
    response.envelope.consumed = refused ? Millitokens{} : cost;
    return response;
  }

  // While tokens were wanted: how many came, and how many of them a full bucket did not take.
  Millitokens generated() const { return generated_; }
  Millitokens lost() const { return lost_; }

 private:
  static constexpr Duration kTick = std::chrono::minutes(1);
  Instant next_tick_;
  Millitokens rate_, left_;
  std::optional<Millitokens> lie_;
  Millitokens generated_, lost_;
};

}  // namespace purser::keepa
