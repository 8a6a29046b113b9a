// The pace of requests: one usage plan for all processes, kept in spapi_pace.
#pragma once

#include <string>

#include "store/connection.h"

namespace purser::spapi {

// How often Amazon lets an operation be called, which all processes share.
struct UsagePlan {
  const char* operation;
  Duration interval;  // 1 / rate
  int burst;
};
// Takes the next slot: when this request may be sent.
Instant take_slot(store::Connection& connection, const std::string& subject, const UsagePlan& plan);
// Whether a 429 has stopped the operation. A caller asks again when its slot has come, and takes another slot
// if so.
bool is_paused(store::Connection& connection, const std::string& subject, const UsagePlan& plan);
// After a 429: no process sends a request before `pause` has passed (at most 5 minutes), and none bursts
// after it.
void pause_operation(store::Connection& connection, const std::string& subject, const UsagePlan& plan,
                     Duration pause);
// Stores the interval that Amazon states for this seller (x-amzn-RateLimit-Limit): all keep to it from now
// on.
void store_interval(store::Connection& connection, const std::string& subject, const UsagePlan& plan,
                    Duration interval);

}  // namespace purser::spapi
