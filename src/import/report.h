// The report of a file, put together.
#pragma once

#include <string>
#include <string_view>

#include "purser/import_legacy.h"

namespace purser::legacy {

inline constexpr std::size_t kFewExamples = 3;
inline constexpr std::size_t kNames = 20;  // names of fields, which a person goes through one by one

// Counts one more that is skipped for `reason`; the first `most` of a reason become its examples.
void skip(ImportReport& report, std::string_view reason, std::string_view detail, const std::string& example,
          std::size_t most = kFewExamples);

// The text's beginning, by which a person recognises it.
std::string shortened(std::string_view text);

}  // namespace purser::legacy
