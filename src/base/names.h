// Finds a value by the name that `name_of` gives it, under which it is stored and printed.
#pragma once

#include <fmt/format.h>

#include <iterator>
#include <optional>
#include <string_view>
#include <type_traits>

#include "purser/error.h"

namespace purser {

// The one of `values` with that name; nullopt: none has it.
template <typename Values>
auto value_named(const Values& values, std::string_view name) {
  using Value = std::decay_t<decltype(*std::begin(values))>;
  for (Value value : values) {
    if (name_of(value) == name) return std::optional<Value>(value);
  }
  return std::optional<Value>();
}

// The same for a name read from the database; throws corrupt where no value has it.
template <typename Values>
auto stored_value(const Values& values, std::string_view name) {
  if (auto value = value_named(values, name)) return *value;
  throw Error(ErrorCode::corrupt,
              fmt::format("the database holds a word that this purser does not know: {}", name));
}

}  // namespace purser
