// The errors of SP-API, and the shapes in which they come. Sources of the texts: Amazon's models, and what
// users have published; where nobody has, the text is ours and the comment says so.
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

// The 403s differ in their details alone, and often these are "".
SpapiError access_denied(const std::string& details);
SpapiError malformed_call();  // a method that there is not
SpapiError no_such_operation();
SpapiError no_user_agent();
SpapiError too_long_user_agent();
SpapiError invalid_input(const std::string& message);
SpapiError quota_exceeded();

// By a name of the switch spapi.answer; nullopt where it names none.
std::optional<SpapiError> spapi_error_named(const std::string& name);
const std::vector<std::string>& names_of_spapi_errors();

// By a name of the switch spapi.error_form.
Answer in_form(const SpapiError& error, const std::string& form);

}  // namespace standin
