// An answer for scripts: a JSON object whose fields keep the order in which they were added.
//
//   Answer().add("released", true).add("balance", purser::Millitokens{54500}).add_null("drift").json()
//     == R"({"released":true,"balance":54.5,"drift":null})"
//
// Token amounts are exact decimal numbers, instants are RFC 3339, durations are whole milliseconds
// (call the field …_ms). Text that is not UTF-8 (a path may be any bytes) is written with U+FFFD; what is not
// safe to print is escaped.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "purser/amount.h"
#include "purser/clock.h"

namespace purser::cli {

class Answer {
 public:
  Answer& add(std::string_view field, bool value);
  Answer& add(std::string_view field, int value);
  Answer& add(std::string_view field, std::int64_t value);
  Answer& add(std::string_view field, std::string_view value);
  // Without these two, text that is not a string_view yet would become a bool.
  Answer& add(std::string_view field, const char* value) { return add(field, std::string_view(value)); }
  Answer& add(std::string_view field, const std::string& value) {
    return add(field, std::string_view(value));
  }
  Answer& add(std::string_view field, Millitokens value);
  Answer& add(std::string_view field, Instant value);
  Answer& add(std::string_view field, Duration value);
  Answer& add(std::string_view field, const Answer& value);
  Answer& add(std::string_view field, const std::vector<Answer>& values);
  Answer& add(std::string_view field, const std::vector<std::string>& values);
  Answer& add_null(std::string_view field);

  template <typename Value>
  Answer& add(std::string_view field, const std::optional<Value>& value) {
    return value ? add(field, *value) : add_null(field);
  }

  std::string json() const { return "{" + fields_ + "}"; }

 private:
  Answer& add_raw(std::string_view field, std::string_view json);
  std::string fields_;
};

}  // namespace purser::cli
