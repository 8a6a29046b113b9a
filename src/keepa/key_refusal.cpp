// Keepa's answer to a bad key: an envelope in which everything is 0, and an error of a type.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "purser/keepa.h"

namespace purser::keepa {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestErrorType = 40;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_zero(const json& answer, const char* name) {
  auto field = answer.find(name);
  return field != answer.end() && field->is_number() && *field == 0;
}

// A type such as "invalidParameter" may be repeated; what is no such word may hold anything.
std::string error_type(const json& answer) {
  auto error = answer.find("error");
  if (error == answer.end() || !error->is_object()) return "unknown";
  auto type = error->find("type");
  if (type == error->end() || !type->is_string()) return "unknown";
  auto word = type->get<std::string>();
  bool is_word =
      !word.empty() && word.size() <= kLongestErrorType && std::all_of(word.begin(), word.end(), is_letter);
  return is_word ? word : "unknown";
}

}  // namespace

std::optional<std::string> key_refusal_in(std::string_view response) {
  json answer = json::parse(response, nullptr, /*allow_exceptions=*/false);
  if (!answer.is_object() || !is_zero(answer, "tokensLeft") || !is_zero(answer, "refillRate")) return {};
  return error_type(answer);
}

}  // namespace purser::keepa
