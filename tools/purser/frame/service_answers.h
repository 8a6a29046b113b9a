// What the services answered, for scripts. Names and order of the fields are a contract.
#pragma once

#include "frame/answer.h"
#include "purser/keepa_service.h"
#include "purser/spapi_service.h"
#include "purser/xai_service.h"

namespace purser::cli {

enum class Fallback { allowed, refused };

// Whether there is a verdict to tell: what is assumed is one only where it was asked for.
bool has_verdict(const xai::Judgement& judgement, Fallback fallback);

Answer answer_of(const keepa::Refresh& refresh);
Answer answer_of(const xai::Judgement& judgement, Fallback fallback);
Answer answer_of(const xai::QueryReply& reply, std::int64_t bypass_calls);
Answer answer_of(const spapi::AccessToken& token);  // the one answer that holds a secret
Answer answer_of(const spapi::Probe& probe);
Answer answer_of(const spapi::Restriction& restriction);

}  // namespace purser::cli
