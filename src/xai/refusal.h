// What xAI's answers are, and what it means when it answers with an error: pure functions of the status and
// of what the error says.
//
// The status says little: 403 is used for a question's content, for credits in several wordings and for a key
// without the right; its code is `permission-denied` each time. The words decide.
#pragma once

#include <optional>
#include <string_view>

#include "http/body.h"
#include "purser/xai_quota.h"

namespace purser::xai {

enum class Kind {
  answered,    // a whole answer: content, finish_reason "stop"
  unparsable,  // a 200 without one; billed like any other
  no_credits,  // used up, or the team's monthly limit is reached
  wrong_key,
  no_permission,    // the key is blocked, or may not use this
  refused_content,  // the question, for what it says; by the model in a 200, too, which is billed
  unknown_model,
  rate_limited,  // may be repeated
  wrong_path,    // 404, and not of a model: the base address
  rejected,      // the request as such
  in_between,    // no answer of xAI's (a page of a proxy, a portal): may be repeated
  redirected,    // not followed: it would carry the key elsewhere
  failed,        // 5xx, 408, 409, 425: may be repeated
};

// `code` and `message` are the error's two texts; both are empty where the answer is not in the form of xAI's
// errors: then nothing is said of the key, the credits or the content.
Kind kind_of_refusal(int status, std::string_view code, std::string_view message);

// The code of an error, beside it or in it, and its text: a string, or the `message` of an object.
std::string error_code_of(const nlohmann::json& body);
std::string error_text_of(const nlohmann::json& body);

// Refused before anything was worked on: it costs nothing, and its unit is given back.
bool is_refused_at_the_door(Kind kind);

// What holds for all who ask with the same key and model; nullopt: it does not.
std::optional<PauseReason> pause_reason_of(Kind kind);

}  // namespace purser::xai
