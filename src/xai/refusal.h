// What xAI means when it answers with an error: pure functions of the status and of what the error says.
//
// The status says little: 403 is used for a question's content, for credits in several wordings and for a key
// without the right; its code is `permission-denied` each time. The words decide.
#pragma once

#include <optional>
#include <string_view>

#include "http/body.h"
#include "xai/client.h"

namespace purser::xai {

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
