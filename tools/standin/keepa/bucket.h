// The arithmetic of a Keepa account. It counts whole tokens; each tick adds a minute's worth, up to a cap of
// 60 minutes' worth; a request runs if the balance is positive, whatever it costs. It shares no code with
// Purser, so that the tests can compare a ledger with its counts.
#pragma once

#include <cstdint>

namespace standin {

class KeepaBucket {
 public:
  // tokens = opening + generated - expired_unused - consumed + adjusted, at all times.
  struct Figures {
    std::int64_t tokens = 0;
    std::int64_t opening = 0;
    std::int64_t generated = 0;
    std::int64_t expired_unused = 0;  // generated while the bucket was full
    std::int64_t consumed = 0;
    std::int64_t adjusted = 0;  // by the switch keepa.tokens
    std::int64_t lowest = 0;    // the lowest balance since the last reset
  };

  KeepaBucket(std::int64_t tokens, std::int64_t rate, std::int64_t next_tick_ms);

  // Applies the ticks up to `now_ms`; an earlier instant changes nothing.
  void advance(std::int64_t now_ms);

  // Returns false and consumes nothing if the balance is not positive.
  bool consume(std::int64_t cost);

  void set_rate(std::int64_t rate) { rate_ = rate; }
  void set_flow_reduction(std::int64_t hundredths) { reduction_hundredths_ = hundredths; }
  void set_tokens(std::int64_t tokens);
  void reset_figures();

  std::int64_t rate() const { return rate_; }
  double flow_reduction() const { return static_cast<double>(reduction_hundredths_) / 100; }
  std::int64_t refill_in_ms(std::int64_t now_ms) const { return next_tick_ms_ - now_ms; }
  const Figures& figures() const { return figures_; }

 private:
  void tick();
  void note_lowest();

  std::int64_t rate_;
  std::int64_t reduction_hundredths_ = 0;
  std::int64_t carried_hundredths_ = 0;  // of a token; carried from tick to tick
  std::int64_t next_tick_ms_;
  Figures figures_;
};

}  // namespace standin
