// The fields of another's JSON that are ours, and nothing else: whatever stands beside them is passed over as
// it is, in no memory of ours. See json_scanner.h for what is let in.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace purser {

// A field by its name. Of a list, "[]" stands for each element and "[0]" for the first.
struct WantedField {
  std::string_view name;
  std::vector<WantedField> below = {};
};

enum class JsonFault {
  none,
  broken,     // it is no JSON, or not the whole
  too_deep,   // nested deeper than kDeepestJson
  too_large,  // there are more of our fields than any answer has
};

// Of two members of one name the last one counts. A wanted field is kept as it is; of an object or a list
// only what is wanted below it. Where there is a fault the value is a discarded one.
nlohmann::json json_fields(std::string_view text, const std::vector<WantedField>& wanted, JsonFault& fault);

// What is wrong, as the end of a sentence about it: "is nested deeper than …".
std::string words_for(JsonFault fault);

}  // namespace purser
