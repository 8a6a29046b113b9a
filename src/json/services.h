// The answers of the verbs that call services, as JSON: the fields of each verb's object. Scripts rely on
// their names and order. This is a separate library, since it needs purser::services and so libcurl.
#pragma once

#include <cstdint>

#include "json/object.h"
#include "purser/keepa_service.h"
#include "purser/spapi_service.h"
#include "purser/xai_service.h"

namespace purser::json {

Object encode(const keepa::Refresh& refresh);

// Whether the answer gives an assumed verdict where xAI gave none.
enum class Fallback { allowed, refused };

bool has_verdict(const xai::Judgement& judgement, Fallback fallback);
Object encode(const xai::Judgement& judgement, Fallback fallback);
int exit_status(const xai::Judgement& judgement, Fallback fallback);
Object encode(const xai::QueryReply& reply, std::int64_t bypass_calls);

Object encode(const spapi::AccessToken& token);  // the only answer that holds a secret
Object encode(const spapi::Probe& probe);
int exit_status(const spapi::Probe& probe);
Object encode(const spapi::Restriction& restriction);

}  // namespace purser::json
