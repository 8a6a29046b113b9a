// When a repeated request may go out. Whether it may is the client's to know.
//
// Back-off doubles from `first` up to `most`, with full jitter in its upper half, so that workers that failed
// together do not come back together. A Retry-After is honoured where it is longer, up to five minutes; none
// of the services documents one, so it is never trusted beyond that.
#pragma once

#include <optional>
#include <string>

#include "http/transport.h"

namespace purser::http {

inline constexpr Duration kLongestRetryAfter = std::chrono::seconds(300);

struct Backoff {
  int tries = 3;  // requests in all
  Duration first = std::chrono::seconds(1);
  Duration most = std::chrono::seconds(60);
};

// The wait before try `next` (2 is the first repeat). `jitter` is from 0 to 999, of 1000.
Duration backoff_before(int next, const Backoff& backoff, int jitter);

// Seconds, or an HTTP date, which is compared with the response's own Date where there is one (else with
// `now`): a server's clock may be wrong, but its two instants are of one clock. From 0 to `most`; nullopt
// where the header is missing or is neither.
std::optional<Duration> retry_after_of(const Response& response, Instant now,
                                       Duration most = kLongestRetryAfter);

// A status that passes by itself, so that the same request may be answered a moment later: 408 (the server
// did not get the request in time), 409 (it is at odds with another that runs), 425 (it came too early), 5xx.
// 429 is not among them: it says how long.
bool is_passing(int status);

// From the kernel: 0 to 999.
int random_jitter();

// The repeats of one request: how many tries are left, and what to wait before the next one.
//
//   http::Repeats repeats(clock, backoff, deadline);
//   do {
//     result = transport.send(...);
//   } while (is_worth_repeating(result) && repeats.wait(retry_after));
class Repeats {
 public:
  // `deadline`: no try begins at or after it.
  Repeats(Clock& clock, const Backoff& backoff, SteadyInstant deadline = SteadyInstant::max())
      : clock_(clock), backoff_(backoff), deadline_(deadline) {}

  // Takes the next try: the wait before it, at least as long as the service asked for. nullopt where no try
  // is left, or it would begin too late.
  std::optional<Duration> next_pause(Duration asked_for = Duration::zero());
  // The same, and sleeps so long; false where there is no next try.
  bool wait(Duration asked_for = Duration::zero());
  int number() const { return number_; }  // of the present try, from 1

 private:
  Clock& clock_;
  const Backoff& backoff_;
  SteadyInstant deadline_;
  int number_ = 1;
};

}  // namespace purser::http
