// Reads an answer's body, which may hold anything: a member that is missing or has another type reads as null
// or empty, never as an error.
#pragma once

#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace purser::http {

// Whether the text begins like HTML or XML: none of the services itself answers a request with one.
bool is_page(std::string_view text);
bool is_html(std::string_view text);  // a page that is HTML and no other XML

// The member of that name; null where `object` is no JSON object or lacks it.
const nlohmann::json& member(const nlohmann::json& object, const char* name);

std::string text_of(const nlohmann::json& value);

std::string in_lower_case(std::string_view text);
bool says_any(std::string_view lower_case, std::initializer_list<std::string_view> phrases);

}  // namespace purser::http
