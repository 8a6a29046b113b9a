// `purser keepa acquire`: its request and its answer, whether the caller asks once, waits, or waits while
// purser asks Keepa for the balance. And `purser keepa afford`, which forecasts what an acquire would get.
#pragma once

#include <optional>

#include "frame/context.h"
#include "frame/waiting_clock.h"
#include "purser/keepa.h"

namespace purser::cli {

keepa::AcquireRequest acquire_request_of(const Arguments& arguments);
std::optional<Duration> wait_of(const Arguments& arguments);

// Before each sleep of `clock`, the line on the terminal gets the task's place and when its turn is expected.
void show_place(WaitingClock& clock, const keepa::Ledger& ledger, const keepa::AcquireRequest& request);

// Prints the decision and returns its exit status.
int answer_acquire(Context& context, const keepa::AcquireRequest& request,
                   const keepa::AcquireOutcome& outcome);

// The same after a wait. Where the reader has left, gives back what was granted and throws ReaderLeft.
int answer_after_wait(Context& context, const keepa::AcquireRequest& request,
                      const keepa::AcquireOutcome& outcome);

int run_acquire(Context& context, const Arguments& arguments);
int run_afford(Context& context, const Arguments& arguments);

}  // namespace purser::cli
