// `purser keepa acquire`: its request and its answer, for a caller who asks once, who waits, and for whom Keepa
// is asked while he waits. And `purser keepa afford`, which tells what an acquire would get.
#pragma once

#include <optional>

#include "frame/context.h"
#include "frame/waiting_clock.h"
#include "purser/keepa.h"

namespace purser::cli {

keepa::AcquireRequest acquire_request_of(const Arguments& arguments);
std::optional<Duration> wait_of(const Arguments& arguments);

// While it sleeps, the line on the terminal says at which place, and when its turn is expected.
void tell_place(WaitingClock& clock, const keepa::Ledger& ledger, const keepa::AcquireRequest& request);

// Returns the exit status of the decision.
int answer_acquire(Context& context, const keepa::AcquireRequest& request,
                   const keepa::AcquireOutcome& outcome);

// After a wait: throws ReaderLeft where nobody is left to be answered, and gives back what was granted.
int answer_waited(Context& context, const keepa::AcquireRequest& request,
                  const keepa::AcquireOutcome& outcome);

int run_acquire(Context& context, const Arguments& arguments);
int run_afford(Context& context, const Arguments& arguments);

}  // namespace purser::cli
