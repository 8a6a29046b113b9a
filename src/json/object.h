// A JSON object whose fields keep the order in which they were added. All of Purser's answers are made of it.
//
//   json::Object().add("released", true).add("balance", Millitokens{54500}).add_null("drift").text()
//     == R"({"released":true,"balance":54.5,"drift":null})"
//
// Token amounts are exact decimal numbers, instants are RFC 3339, durations are whole milliseconds (call the
// field …_ms). U+FFFD replaces bytes that are not UTF-8 (a path may be any bytes); characters that are not
// safe to print are escaped (characters.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "purser/amount.h"
#include "purser/clock.h"

namespace purser::json {

class Object {
 public:
  Object& add(std::string_view field, bool value);
  Object& add(std::string_view field, int value);
  Object& add(std::string_view field, std::int64_t value);
  Object& add(std::string_view field, std::string_view value);
  // This overload and the next take text of other types: else a `const char*` would be converted to bool.
  Object& add(std::string_view field, const char* value) { return add(field, std::string_view(value)); }
  Object& add(std::string_view field, const std::string& value) {
    return add(field, std::string_view(value));
  }
  Object& add(std::string_view field, Millitokens value);
  Object& add(std::string_view field, Instant value);
  Object& add(std::string_view field, Duration value);
  Object& add(std::string_view field, const Object& value);
  Object& add(std::string_view field, const std::vector<Object>& values);
  Object& add(std::string_view field, const std::vector<std::string>& values);
  Object& add_null(std::string_view field);

  template <typename Value>
  Object& add(std::string_view field, const std::optional<Value>& value) {
    return value ? add(field, *value) : add_null(field);
  }

  std::string text() const { return "{" + fields_ + "}"; }

 private:
  Object& add_encoded(std::string_view field, std::string_view value);
  std::string fields_;
};

// One object for each of `values`, made by `encode_one`.
template <typename Value, typename EncodeOne>
std::vector<Object> encode_each(const std::vector<Value>& values, EncodeOne encode_one) {
  std::vector<Object> objects;
  objects.reserve(values.size());
  for (const Value& value : values) objects.push_back(encode_one(value));
  return objects;
}

}  // namespace purser::json
