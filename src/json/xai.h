// The answers of the xai verbs as JSON: the fields of each verb's object. Scripts rely on their names and
// order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "json/object.h"
#include "purser/xai_quota.h"
#include "purser/xai_verdicts.h"

namespace purser::json {

// The answer of `xai status`, and of every verb that changes a setting.
struct XaiStatus {
  xai::QuotaState quota;
  std::int64_t cache_entries = 0;
  xai::Usage usage;  // of today
};

XaiStatus load_xai_status(Database& database);
Object encode(const XaiStatus& status);

// US dollars, exactly: "0.0123456"; at least two decimals.
std::string dollars(std::int64_t usd_ticks);

// Both decisions have the same fields, so that a script can read any field of either.
Object encode(const xai::UnitGranted& granted);
Object encode(const xai::UnitDenied& denied);
Object encode(const xai::UnitOutcome& outcome);
int exit_status(const xai::UnitOutcome& outcome);
Object encode(const xai::ReleaseOutcome& outcome);

// The four outcomes of a claim have the same fields as one another, too.
Object encode(const xai::Hit& hit);
Object encode(const xai::Claimed& claimed);
Object encode(const xai::InFlight& other);  // without the flight's id, which only its holder may know
Object encode(const xai::Denied& denied);
Object encode(const xai::ClaimOutcome& outcome);
int exit_status(const xai::ClaimOutcome& outcome);
Object encode_answer(bool stored);
Object encode_abandon(bool released);

Object encode_cache_get(const std::optional<bool>& verdict);  // nullopt: a miss
Object encode_cache_put(bool verdict);
Object encode_cache_removal(bool removed);
Object encode_cache_prune(std::int64_t removed);
Object encode(const xai::CacheStats& stats);
Object encode(const xai::CachedVerdict& cached);

}  // namespace purser::json
