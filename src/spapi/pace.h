// The pace of requests: one usage plan for all processes, kept in spapi_pace.
#pragma once

#include <string>

#include "store/connection.h"

namespace purser::spapi {

// The usage plan of an operation, for all processes: when this request may go out (a slot of its own is
// taken).
struct UsagePlan {
  const char* operation;
  Duration interval;  // 1 / rate
  int burst;
};
Instant take_slot(store::Connection& connection, const std::string& subject, const UsagePlan& plan);
// Looked at when the slot has come: a 429 has stopped all since it was given, and another slot is to be
// taken.
bool is_paused(store::Connection& connection, const std::string& subject, const UsagePlan& plan);
// A 429: for all, nothing goes out before `pause` has passed (at most 5 minutes), and no burst after it.
void pause_operation(store::Connection& connection, const std::string& subject, const UsagePlan& plan,
                     Duration pause);
// What Amazon says of its plan for this seller (x-amzn-RateLimit-Limit): from here on all keep to it.
void store_interval(store::Connection& connection, const std::string& subject, const UsagePlan& plan,
                    Duration interval);

}  // namespace purser::spapi
