#include "http/body.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace purser::http {

using nlohmann::json;

bool is_page(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) text.remove_prefix(kByteOrderMark.size());
  text = trimmed(text);
  return !text.empty() && text.front() == '<';
}

bool is_html(std::string_view text) {
  constexpr std::size_t kBeginning = 1024;  // only a declaration and comments may precede the tag
  return is_page(text) && says_any(in_lower_case(text.substr(0, kBeginning)), {"<html", "<!doctype html"});
}

const json& member(const json& object, const char* name) {
  static const json none;
  if (!object.is_object()) return none;
  auto found = object.find(name);
  return found == object.end() ? none : *found;
}

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

bool says_any(std::string_view lower_case, std::initializer_list<std::string_view> phrases) {
  return std::any_of(phrases.begin(), phrases.end(),
                     [&](std::string_view phrase) { return lower_case.find(phrase) != std::string::npos; });
}

}  // namespace purser::http
