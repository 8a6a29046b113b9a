// The errors of SP-API, and the forms in which they come. Their texts come from Amazon's models and from what
// users have published; where nothing is published, the wording is our own and a comment says so.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "standin/wire/http.h"

namespace standin {

struct SpapiError {
  int status = 403;
  std::string code, message;
  std::optional<std::string> details = {};
};

// The 403s differ only in their details, which are often "".
SpapiError access_denied(const std::string& details);
SpapiError malformed_call();  // the operation has no such method
SpapiError no_such_operation();
SpapiError no_user_agent();
SpapiError too_long_user_agent();
SpapiError invalid_input(const std::string& message);
SpapiError quota_exceeded();

// `name` is a value of the switch spapi.answer; nullopt if it names no error.
std::optional<SpapiError> find_spapi_error(const std::string& name);
const std::vector<std::string>& names_of_spapi_errors();

// `form` is a value of the switch spapi.error_form.
Response error_response(const SpapiError& error, const std::string& form);

}  // namespace standin
