// The file as a foreign tool sees it: SQLite with none of the house's rules.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace purser::test {

class ForeignTool {
 public:
  explicit ForeignTool(const std::filesystem::path& path)
      : database_(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE) {}
  // A database of its own in memory.
  ForeignTool() : database_(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE) {}

  void run(const std::string& script) { database_.exec(script); }
  std::int64_t number(const std::string& query) { return database_.execAndGet(query).getInt64(); }
  std::string text(const std::string& query) { return database_.execAndGet(query).getString(); }

  std::vector<std::string> texts(const std::string& query) {
    SQLite::Statement rows(database_, query);
    std::vector<std::string> all;
    while (rows.executeStep()) all.push_back(rows.getColumn(0).getString());
    return all;
  }
  // The steps of the program that SQLite makes of a statement.
  std::vector<std::string> explained(const std::string& statement) {
    SQLite::Statement rows(database_, "EXPLAIN " + statement);
    std::vector<std::string> all;
    while (rows.executeStep()) all.push_back(rows.getColumn(1).getString());
    return all;
  }
  // SQLite's extended result code of a script; 0 where it ran.
  int result_of(const std::string& script) {
    try {
      run(script);
    } catch (const SQLite::Exception& fault) {
      return fault.getExtendedErrorCode();
    }
    return 0;
  }

 private:
  SQLite::Database database_;
};

}  // namespace purser::test
