// The arithmetic of a Keepa account: whole tokens, a minute's worth at each tick, at most 60 times that, and
// a request runs while the balance is positive, whatever it costs. It knows nothing of Purser: its counts are
// the truth that a ledger is held against.
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
    std::int64_t expired_unused = 0;  // came while the bucket was full
    std::int64_t consumed = 0;
    std::int64_t adjusted = 0;  // by the switch keepa.tokens
    std::int64_t lowest = 0;    // the least that tokens ever were
  };

  KeepaBucket(std::int64_t tokens, std::int64_t rate, std::int64_t next_tick_ms);

  // Brings it up to the instant; an earlier one changes nothing.
  void advance(std::int64_t now_ms);

  // False: not enough tokens, nothing consumed.
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
  std::int64_t carried_hundredths_ = 0;  // of a token, from tick to tick
  std::int64_t next_tick_ms_;
  Figures figures_;
};

}  // namespace standin
