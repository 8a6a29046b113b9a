// Reading an answer's body, which may be anything: what is not there, or is of another type, is null or
// empty, never an error.
#pragma once

#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace purser::http {

// HTML or XML, as far as it begins like it: none of the services answers a request with one.
bool is_page(std::string_view text);
bool is_html(std::string_view text);  // and no other XML

// The member of that name; null for what is no object or has none.
const nlohmann::json& member(const nlohmann::json& object, const char* name);

std::string text_of(const nlohmann::json& value);

std::string in_lower_case(std::string_view text);
bool says_any(std::string_view lower_case, std::initializer_list<std::string_view> phrases);

}  // namespace purser::http
