#include "base/json_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/json_scanner.h"

namespace purser {
namespace {

using nlohmann::json;
using Kind = JsonToken::Kind;
using Below = std::vector<WantedField>;

constexpr std::size_t kMostFields = 10'000;
constexpr std::size_t kLongestName = 256;  // with its escapes: one byte may take six characters

const WantedField* field_named(const Below& wanted, std::string_view name) {
  auto found = std::find_if(wanted.begin(), wanted.end(),
                            [&](const WantedField& field) { return field.name == name; });
  return found == wanted.end() ? nullptr : &*found;
}

template <typename Number>
std::optional<Number> whole(std::string_view digits) {
  Number number{};
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  bool is_whole = error == std::errc() && end == digits.data() + digits.size();
  return is_whole ? std::optional(number) : std::nullopt;
}

// The number as nlohmann_json reads it, but one beyond the range of a double becomes infinite or zero.
json number_of(std::string_view digits) {
  if (auto number = whole<std::uint64_t>(digits)) return *number;
  if (auto number = whole<std::int64_t>(digits)) return *number;
  if (auto number = whole<json::number_float_t>(digits)) return *number;
  return std::strtod(std::string(digits).c_str(), nullptr);
}

// Recursive; the scanner limits the depth (kDeepestJson).
class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : scanner_(text) {}

  json read(const Below& wanted) {
    json all = value(next(), wanted);
    next();  // throws unless the text ends here
    return all;
  }

 private:
  JsonToken next() {
    JsonToken token = scanner_.next();
    if (token.kind == Kind::broken) throw JsonFault::broken;
    if (token.kind == Kind::too_deep) throw JsonFault::too_deep;
    return token;
  }
  json value(const JsonToken& first, const Below& wanted) {
    if (++fields_ > kMostFields) throw JsonFault::too_large;
    switch (first.kind) {
      case Kind::begin_object: return object(wanted);
      case Kind::begin_array: return list(wanted);
      case Kind::text: return json_text(first.raw).text;
      case Kind::number: return number_of(first.raw);
      case Kind::boolean: return first.raw == "true";
      default: return nullptr;
    }
  }
  json object(const Below& wanted) {
    json members = json::object();
    for (JsonToken name = next(); name.kind != Kind::end_object; name = next()) {
      const WantedField* field = wanted_field(wanted, name.raw);
      JsonToken first = next();
      if (field == nullptr) {
        scanner_.skip(first);
      } else {
        members[std::string(field->name)] = value(first, field->below);
      }
    }
    return members;
  }
  json list(const Below& wanted) {
    json elements = json::array();
    const WantedField* each = field_named(wanted, "[]");
    for (JsonToken first = next(); first.kind != Kind::end_array; first = next()) {
      const WantedField* field = each == nullptr && elements.empty() ? field_named(wanted, "[0]") : each;
      if (field == nullptr) {
        scanner_.skip(first);
      } else {
        elements.push_back(value(first, field->below));
      }
    }
    return elements;
  }
  static const WantedField* wanted_field(const Below& wanted, std::string_view raw_name) {
    if (wanted.empty() || raw_name.size() > kLongestName) return nullptr;
    return field_named(wanted, json_text(raw_name).text);
  }

  JsonScanner scanner_;
  std::size_t fields_ = 0;
};

}  // namespace

json json_fields(std::string_view text, const std::vector<WantedField>& wanted, JsonFault& fault) {
  fault = JsonFault::none;
  try {
    return FieldReader(text).read(wanted);
  } catch (JsonFault found) {
    fault = found;
    return json(json::value_t::discarded);
  }
}

std::string words_for(JsonFault fault) {
  switch (fault) {
    case JsonFault::none: break;
    case JsonFault::broken: return "is no (or not the whole) JSON";
    case JsonFault::too_deep: return fmt::format("is JSON nested deeper than {}", kDeepestJson);
    case JsonFault::too_large: return "is JSON with far too many fields";
  }
  return "is JSON";
}

}  // namespace purser
