#include "json/object.h"

#include <nlohmann/json.hpp>

#include "json/characters.h"

namespace purser::json {
namespace {

std::string quoted(std::string_view text) {
  return escaped(nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

template <typename Values, typename EncodeOne>
std::string array(const Values& values, EncodeOne encode_one) {
  std::string result = "[";
  for (const auto& value : values) {
    if (result.size() > 1) result += ",";
    result += encode_one(value);
  }
  return result + "]";
}

}  // namespace

Object& Object::add_encoded(std::string_view field, std::string_view value) {
  if (!fields_.empty()) fields_ += ",";
  fields_ += quoted(field);
  fields_ += ":";
  fields_ += value;
  return *this;
}

Object& Object::add(std::string_view field, bool value) {
  return add_encoded(field, value ? "true" : "false");
}
Object& Object::add(std::string_view field, int value) { return add_encoded(field, std::to_string(value)); }
Object& Object::add(std::string_view field, std::int64_t value) {
  return add_encoded(field, std::to_string(value));
}
Object& Object::add(std::string_view field, std::string_view value) {
  return add_encoded(field, quoted(value));
}
Object& Object::add(std::string_view field, Millitokens value) {
  return add_encoded(field, to_string(value));
}
Object& Object::add(std::string_view field, Instant value) { return add(field, rfc3339(value)); }
Object& Object::add(std::string_view field, Duration value) {
  return add_encoded(field, std::to_string(value.count()));
}
Object& Object::add(std::string_view field, const Object& value) { return add_encoded(field, value.text()); }
Object& Object::add_null(std::string_view field) { return add_encoded(field, "null"); }

Object& Object::add(std::string_view field, const std::vector<Object>& values) {
  return add_encoded(field, array(values, [](const Object& value) { return value.text(); }));
}

Object& Object::add(std::string_view field, const std::vector<std::string>& values) {
  return add_encoded(field, array(values, quoted));
}

}  // namespace purser::json
