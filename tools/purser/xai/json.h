// xAI's answers for scripts: the fields of each verb's JSON object. Names and order are a contract.
#pragma once

#include <string>

#include "frame/answer.h"
#include "purser/xai_verdicts.h"

namespace purser::cli {

// What `xai status` says, and every verb that changes a setting.
struct XaiStatus {
  xai::QuotaState quota;
  std::int64_t cache_entries = 0;
  xai::Usage usage;  // today's
};

XaiStatus xai_status_of(Database& database);

// US dollars, exactly: "0.0123456"; at least two decimals.
std::string dollars(std::int64_t usd_ticks);

Answer answer_of(const XaiStatus& status);
Answer answer_of(const xai::UnitOutcome& outcome);
Answer answer_of(const xai::UnitGranted& granted);  // a bypass
Answer answer_of(const xai::ReleaseOutcome& outcome);
Answer answer_of(const xai::ClaimOutcome& outcome);
Answer answer_of(const std::optional<bool>& hit);
Answer answer_of(const xai::CacheStats& stats);
Answer answer_of(const xai::CachedVerdict& cached);

}  // namespace purser::cli
