// What an import tells of a file, put together.
#pragma once

#include <string>
#include <string_view>

#include "purser/import_legacy.h"

namespace purser::legacy {

inline constexpr std::size_t kFewExamples = 3;
inline constexpr std::size_t kNames = 20;  // of fields, which people go through one by one

// One more of `reason`; of those that there are, the first `most` become examples.
void skip(ImportReport& report, std::string_view reason, std::string_view detail, const std::string& example,
          std::size_t most = kFewExamples);

// What a person can recognise it by, on one line.
std::string shortened(std::string_view text);

}  // namespace purser::legacy
