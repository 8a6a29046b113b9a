// Judgements that need no call: of the cache, and those that are only assumed, with why in a sentence.
#pragma once

#include "purser/xai_service.h"

namespace purser::xai {

Judgement from_the_cache(bool verdict);
Judgement fallback(const JudgeOptions& options, JudgeFailure failure, std::string message);
Judgement denied_judgement(const JudgeOptions& options, const Denied& denied);
Judgement gave_up_waiting(const JudgeOptions& options, const InFlight& flight);
Judgement shared_failure(const JudgeOptions& options, const InFlight& flight, JudgeFailure failure);

}  // namespace purser::xai
