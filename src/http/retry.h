// When a request may be repeated. Each service's client decides whether it may be.
//
// Back-off doubles from `first` up to `most`; the upper half of each wait is random, so that workers that
// failed together do not come back together. A longer Retry-After is honoured, up to five minutes: none of
// the services documents one, so it is never trusted beyond that.
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

// The wait before try number `next` (2 is the first repeat). `jitter`: 0 to 999, in thousandths.
Duration backoff_before(int next, const Backoff& backoff, int jitter);

// The wait that the Retry-After header asks for, from 0 to `most`; nullopt where the header is missing or is
// neither seconds nor an HTTP date. A date is compared with the response's own Date where there is one, else
// with `now`: a server's clock may be wrong, but both its dates come from that one clock.
std::optional<Duration> retry_after_of(const Response& response, Instant now,
                                       Duration most = kLongestRetryAfter);

// Whether the status is temporary, so that the same request may succeed a moment later: 408 (the server did
// not get the request in time), 409 (it conflicts with another that runs), 425 (it came too early), 5xx. A
// 429 is not one of them: it says how long to wait.
bool is_passing(int status);

// 0 to 999, from the kernel's random numbers.
int random_jitter();

// The repeats of one request: how many tries are left, and how long to wait before the next one.
//
//   http::Repeats repeats(clock, backoff, deadline);
//   do {
//     result = transport.send(...);
//   } while (is_worth_repeating(result) && repeats.wait(retry_after));
class Repeats {
 public:
  // No try begins at or after `deadline`.
  Repeats(Clock& clock, const Backoff& backoff, SteadyInstant deadline = SteadyInstant::max())
      : clock_(clock), backoff_(backoff), deadline_(deadline) {}

  // Counts the next try and returns the wait before it, at least as long as the service asked for. nullopt
  // where no try is left, or where it would begin at or after the deadline; then counts none.
  std::optional<Duration> next_pause(Duration asked_for = Duration::zero());
  // The same, and sleeps for that wait; false where there is no next try.
  bool wait(Duration asked_for = Duration::zero());
  int number() const { return number_; }  // the number of the present try, from 1

 private:
  Clock& clock_;
  Backoff backoff_;
  SteadyInstant deadline_;
  int number_ = 1;
};

}  // namespace purser::http
