// The demonstration's own Keepa: one account, shared by all workers, that behaves as the real one does.
// A minute's tokens come at once, at each tick; unused ones expire above 60 times that; a request runs while
// the balance is positive, whatever it costs; else it is a 429, which consumes nothing. It knows nothing of
// Purser: its counts are the truth that the ledger is held against.
#pragma once

#include <cstdint>
#include <string>

#include "demo/shared_memory.h"
#include "purser/clock.h"
#include "purser/keepa.h"

namespace demo {

struct Answer {
  int status = 0;
  std::string body;
};

class KeepaBucket {
 public:
  struct Figures {
    std::int64_t opening = 0, generated = 0, unused = 0, consumed = 0, left = 0;
    int requests = 0, refused = 0;  // refused: 429
  };

  // Begins where `opening` says that the account stood. `clock` must outlive the bucket.
  KeepaBucket(const purser::Clock& clock, const purser::keepa::Observation& opening);

  Answer token();                     // the free request
  Answer product(std::int64_t cost);  // a paid one
  Answer senseless_product();         // a paid one that Keepa understands, refuses and does not charge for
  Figures figures();

 private:
  struct Account {
    RobustMutex mutex;
    std::int64_t rate = 0, next_tick_ms = 0;
    Figures figures;
  };

  void refill();
  std::string envelope(std::string recorded, std::int64_t consumed) const;

  const purser::Clock& clock_;
  Shared<Account> account_;
};

}  // namespace demo
