// The kinds of xAI's responses, and which kind an error is: pure functions of the status and
// the error's text.
//
// The status says little: xAI uses 403 for a question's content, for credits (in several wordings) and for a
// key without permission, each time with the code `permission-denied`. The words decide.
#pragma once

#include <optional>
#include <string_view>

#include "http/body.h"
#include "purser/xai_quota.h"

namespace purser::xai {

enum class ResponseKind {
  answered,    // a whole answer: content, finish_reason "stop"
  unparsable,  // a 200 without one; billed like any other
  no_credits,  // they are used up, or the team's monthly limit is reached
  wrong_key,
  no_permission,    // the key is blocked, or may not use this
  refused_content,  // for what the question says; in a 200, by the model itself, it is billed
  unknown_model,
  rate_limited,  // may be repeated
  wrong_path,    // 404 that is not about a model: the base address is wrong
  rejected,      // the request as such
  in_between,    // not from xAI but from a proxy or a portal: may be repeated
  redirected,    // not followed, since that would carry the key elsewhere
  failed,        // 5xx, 408, 409, 425: may be repeated
};

// `code` and `message` are the error's two texts. Both are empty where the response has not the form of xAI's
// errors: then it says nothing about the key, the credits or the content.
ResponseKind kind_of_refusal(int status, std::string_view code, std::string_view message);

// `code`, or the code or type inside `error`; "" where there is none.
std::string error_code_of(const nlohmann::json& body);
// `error` where it is a string, or its `message` where it is an object.
std::string error_text_of(const nlohmann::json& body);

// xAI refused before it did any work: the request costs nothing, and its unit is given back.
bool is_refused_unbilled(ResponseKind kind);

// The pause for all workers with the same key and model; nullopt: the response concerns this request only.
std::optional<PauseReason> pause_reason_of(ResponseKind kind);

}  // namespace purser::xai
