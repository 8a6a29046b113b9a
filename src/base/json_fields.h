// Reads the wanted fields of a service's JSON and skips everything else without storing it. json_scanner.h
// says which JSON is accepted.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace purser {

// A field by its name. In a list, the name "[]" means every element and "[0]" the first one.
struct WantedField {
  std::string_view name;
  std::vector<WantedField> below = {};
};

enum class JsonFault {
  none,
  broken,     // the text is no JSON, or was cut off
  too_deep,   // nested deeper than kDeepestJson
  too_large,  // more wanted fields than any real answer has
};

// The wanted fields of `text`; of an object or a list, only the fields wanted below it. If two members have
// one name, the last one counts. On a fault the value is nlohmann_json's `discarded`.
nlohmann::json json_fields(std::string_view text, const std::vector<WantedField>& wanted, JsonFault& fault);

// The fault as the end of a sentence about the text: "is nested deeper than …".
std::string words_for(JsonFault fault);

}  // namespace purser
