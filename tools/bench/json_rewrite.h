// What a put cost before: the whole cache as a JSON file, written again for each new entry.
#pragma once

#include <filesystem>

namespace bench {

// The median time of one put by Python, as Keepa workers of that kind do it: json.dump of `rows` entries to
// another file, then a rename. Throws Absent where there is no python3.
double json_rewrite_us(const std::filesystem::path& folder, int rows);

}  // namespace bench
