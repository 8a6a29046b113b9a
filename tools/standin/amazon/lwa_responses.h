// The answers of Login with Amazon. Their texts come from Amazon's documentation and from what users have
// published; where nothing is published, the wording is our own and a comment says so.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "standin/wire/http.h"

namespace standin {

Response lwa_response(int status, const nlohmann::json& body);

Response lwa_invalid_client();
Response lwa_invalid_grant();
Response lwa_unsupported_grant_type();
Response lwa_invalid_request(const std::string& description);

// `name` is a value of the switch lwa.answer; nullopt if it names no error.
std::optional<Response> find_lwa_error(const std::string& name);
const std::vector<std::string>& names_of_lwa_errors();

// Makes a good answer defective, still with status 200. `name` is a value of the same switch.
void distort_tokens(nlohmann::json& body, const std::string& name);

}  // namespace standin
