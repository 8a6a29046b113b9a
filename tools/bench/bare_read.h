// What a cache hit costs without Purser: the same SELECT, prepared once, by SQLite's C API alone, at a row
// whose number is already known.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace bench {

class BareRead {
 public:
  // Reads the keys of all verdicts there.
  explicit BareRead(const std::filesystem::path& path);

  bool read(std::size_t which);  // the verdict; throws where there is none
  std::size_t keys() const { return keys_.size(); }

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  struct Key {
    std::int64_t id;
    std::string title, category, season, question;
    std::int64_t price_cents;
  };

  void load_keys();

  std::unique_ptr<sqlite3, Close> database_;
  std::unique_ptr<sqlite3_stmt, Close> find_;
  std::vector<Key> keys_;
};

}  // namespace bench
