// Databases of earlier schemas, as the programs of their time wrote them: tests/data/schema-N.sql.
//
// Each was made on 2026-01-01 between 09:01 and 09:20 UTC with the program that was built when N was the
// newest: an account with a refill, settled, released, expired and open reservations, three places in the
// queue (the first of them lapsed), from 2 on units, verdicts and flights of xAI, from 4 on a seller whose
// secrets are sealed under kStoredKey. What only the answers of services leave (usage, a failure, an access
// row, a pace) was added by hand, in the columns of that time.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/foreign_tool.h"
#include "support/scratch.h"

namespace purser::test {

inline constexpr int kStoredVersions = 7;  // 1 to this

// Of no use to anybody but these files.
inline constexpr char kStoredKey[] = "m0WFxQbjMHj+AxpdVuO3fSj5WuoJWF4RC9zUTRf/cn0=";

// When nothing that is open in them has lapsed, but for the first place.
inline constexpr Instant kStoredNow{std::chrono::milliseconds(1'767'259'260'000)};  // 2026-01-01T09:21:00Z

// A real file, in WAL mode and with our page size.
inline void restore_stored_database(int version, const std::filesystem::path& path) {
  std::ifstream dump(std::string(PURSER_SOURCE) + "/tests/data/schema-" + std::to_string(version) + ".sql");
  std::string script{std::istreambuf_iterator<char>(dump), {}};
  if (script.empty()) throw std::runtime_error("no stored database of schema " + std::to_string(version));
  ForeignTool tool(path);
  tool.run("PRAGMA page_size = 2048; PRAGMA journal_mode = WAL");
  tool.run(script);
  std::filesystem::permissions(path,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

// Every row of every table but these, as "table: column=value, ..." with SQL's own quoting.
inline std::vector<std::string> all_rows(const std::filesystem::path& path,
                                         const std::vector<std::string>& but = {}) {
  ForeignTool tool(path);
  std::vector<std::string> all;
  for (const std::string& table : tool.texts("SELECT name FROM sqlite_schema WHERE type = 'table' AND name "
                                             "NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1")) {
    if (std::find(but.begin(), but.end(), table) != but.end()) continue;
    std::string columns;
    for (const std::string& column :
         tool.texts(fmt::format("SELECT name FROM pragma_table_info('{}') ORDER BY name", table))) {
      columns += fmt::format(" || ' {0}=' || quote({0})", column);
    }
    auto rows = tool.texts(fmt::format("SELECT '{0}:'{1} FROM {0} ORDER BY 1", table, columns));
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

}  // namespace purser::test
