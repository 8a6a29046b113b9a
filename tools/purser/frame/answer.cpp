#include "frame/answer.h"

#include <nlohmann/json.hpp>

#include "frame/printable.h"

namespace purser::cli {
namespace {

std::string json_string(std::string_view text) {
  return escaped_for_json(
      nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

template <typename Values, typename ToJson>
std::string json_array(const Values& values, ToJson to_json) {
  std::string result = "[";
  for (const auto& value : values) {
    if (result.size() > 1) result += ",";
    result += to_json(value);
  }
  return result + "]";
}

}  // namespace

Answer& Answer::add_raw(std::string_view field, std::string_view json) {
  if (!fields_.empty()) fields_ += ",";
  fields_ += json_string(field);
  fields_ += ":";
  fields_ += json;
  return *this;
}

Answer& Answer::add(std::string_view field, bool value) { return add_raw(field, value ? "true" : "false"); }
Answer& Answer::add(std::string_view field, int value) { return add_raw(field, std::to_string(value)); }
Answer& Answer::add(std::string_view field, std::int64_t value) {
  return add_raw(field, std::to_string(value));
}
Answer& Answer::add(std::string_view field, std::string_view value) {
  return add_raw(field, json_string(value));
}
Answer& Answer::add(std::string_view field, Millitokens value) { return add_raw(field, to_string(value)); }
Answer& Answer::add(std::string_view field, Instant value) { return add(field, rfc3339(value)); }
Answer& Answer::add(std::string_view field, Duration value) {
  return add_raw(field, std::to_string(value.count()));
}
Answer& Answer::add(std::string_view field, const Answer& value) { return add_raw(field, value.json()); }
Answer& Answer::add_null(std::string_view field) { return add_raw(field, "null"); }

Answer& Answer::add(std::string_view field, const std::vector<Answer>& values) {
  return add_raw(field, json_array(values, [](const Answer& value) { return value.json(); }));
}

Answer& Answer::add(std::string_view field, const std::vector<std::string>& values) {
  return add_raw(field, json_array(values, json_string));
}

}  // namespace purser::cli
