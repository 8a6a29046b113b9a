// The credentials of SP-API for scripts: the fields of each verb's JSON object. Names and order are a
// contract; no secret is among them.
#pragma once

#include <string>
#include <vector>

#include "frame/answer.h"
#include "purser/spapi.h"
#include "purser/spapi_keys.h"

namespace purser::cli {

Answer answer_of(const spapi::SellerStatus& status);
std::vector<Answer> answers_of(const std::vector<spapi::SellerStatus>& sellers);
Answer answer_of(const spapi::KeyCheck& check, const KeyRing& ring);

// Whether something does not open, or could not be sealed.
bool found_something(const spapi::KeyCheck& check, const KeyRing& ring);

}  // namespace purser::cli
