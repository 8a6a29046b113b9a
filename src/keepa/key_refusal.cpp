// Keepa's answer to a bad key: an envelope in which everything is 0, and an error of a type.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "keepa/envelope.h"

namespace purser::keepa {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestErrorType = 40;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_zero(const json& answer, const char* name) {
  auto field = answer.find(name);
  return field != answer.end() && field->is_number() && *field == 0;
}

bool is_a_count(const json& answer, const char* name) {
  auto field = answer.find(name);
  return field != answer.end() && field->is_number() && *field != 0;
}

std::string type_of(const json& error) {
  auto type = error.is_object() ? error.find("type") : error.end();
  if (type == error.end() || !type->is_string()) return "unknown";
  auto word = type->get<std::string>();
  bool is_word =
      !word.empty() && word.size() <= kLongestErrorType && std::all_of(word.begin(), word.end(), is_letter);
  return is_word ? word : "unknown";
}

}  // namespace

// Beside an error one zero is enough, where the other count makes no sense.
bool has_only_zeros(const json& answer) {
  if (!answer.is_object()) return false;
  bool no_tokens = is_zero(answer, "tokensLeft"), no_rate = is_zero(answer, "refillRate");
  if (no_tokens && no_rate) return true;
  bool counts = is_a_count(answer, "tokensLeft") || is_a_count(answer, "refillRate");
  return error_type_in(answer) && (no_tokens || no_rate) && !counts;
}

std::optional<std::string> error_type_in(const json& answer) {
  if (!answer.is_object()) return std::nullopt;
  auto error = answer.find("error");
  if (error == answer.end() || error->is_null()) return std::nullopt;
  return type_of(*error);
}

}  // namespace purser::keepa
