// The wait of a worker that found a lease taken: it looks again when the lease may have ended, and gives up
// when that takes longer than any holder may need.
#pragma once

#include <string>

#include "purser/clock.h"

namespace purser::store {

class LeaseWait {
 public:
  // `give_up`: when the wait ends in an error. `work`: what the holder does, "request for Keepa's balance".
  LeaseWait(Clock& clock, SteadyInstant give_up, std::string work)
      : clock_(clock), give_up_(give_up), work_(std::move(work)) {}

  // Sleeps until the lease lapses, but at most a quarter of a second: its holder may end it earlier. Throws
  // no_answer from `give_up` on.
  void look_again(Instant lapses_at);
  // Throws likewise, but does not sleep: for a lease that is free again already.
  void require_patience() const;

 private:
  Clock& clock_;
  SteadyInstant give_up_;
  std::string work_;
};

}  // namespace purser::store
