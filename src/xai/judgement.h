// The judgements that need no call to xAI: a verdict of the cache, or what the caller assumes, with the
// reason in a sentence.
#pragma once

#include <string>

#include "purser/xai_service.h"

namespace purser::xai {

Judgement cached_judgement(bool verdict);

// The caller's safe assumption in place of a verdict: xAI gave none (`message` says why), the claim was
// denied, another worker's answer did not come in time, or another worker asked just now and failed.
Judgement fallback_judgement(const JudgeOptions& options, JudgeFailure failure, std::string message);
Judgement denied_judgement(const JudgeOptions& options, const Denied& denied);
Judgement timed_out_judgement(const JudgeOptions& options, const InFlight& flight);
Judgement shared_failure_judgement(const JudgeOptions& options, const InFlight& flight, JudgeFailure failure);

}  // namespace purser::xai
