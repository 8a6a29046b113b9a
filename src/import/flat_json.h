// A JSON object without depth, as the predecessor wrote all its files: its fields in the order of the file,
// repeated ones included, since Python takes the last one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "import/input_file.h"

namespace purser::legacy {

struct JsonField {
  enum class Kind { text, integer, boolean, other };  // other: null, a fraction, too large, an object, a list

  std::string name;
  Kind kind = Kind::other;
  std::string text = {};
  std::int64_t integer = 0;
  bool boolean = false;
};

// Throws invalid_import with the line and the byte at which it breaks.
std::vector<JsonField> flat_json(const ImportFile& file);

// The last field of that name; null: there is none.
const JsonField* field_named(const std::vector<JsonField>& fields, std::string_view name);

}  // namespace purser::legacy
