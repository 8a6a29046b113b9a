// The shapes of the answers of Login with Amazon. Sources of the texts: Amazon's documentation, and what
// users have published; where nobody has, the text is ours and the comment says so.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "standin/wire/http.h"

namespace standin {

Answer lwa_answer(int status, const nlohmann::json& body);

Answer lwa_invalid_client();
Answer lwa_invalid_grant();
Answer lwa_unsupported_grant_type();
Answer lwa_invalid_request(const std::string& description);

// By a name of the switch lwa.answer; nullopt where it names no error.
std::optional<Answer> lwa_error_named(const std::string& name);
const std::vector<std::string>& names_of_lwa_errors();

// Makes of a good answer another that is 200 too, by a name of the switch.
void distort_tokens(nlohmann::json& body, const std::string& name);

}  // namespace standin
