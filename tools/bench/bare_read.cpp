#include "bench/bare_read.h"

#include <stdexcept>

#include "xai/sql.h"

namespace bench {
namespace {

std::string text_at(sqlite3_stmt* row, int column) {
  return reinterpret_cast<const char*>(sqlite3_column_text(row, column));
}

void bind(sqlite3_stmt* statement, int index, const std::string& text) {
  sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

}  // namespace

BareRead::BareRead(const std::filesystem::path& path) {
  sqlite3* database = nullptr;
  const int result =
      sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  database_.reset(database);
  sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_stmt* find = nullptr;
  if (result != SQLITE_OK ||
      sqlite3_prepare_v2(database, purser::xai::sql::kFindVerdict, -1, &find, nullptr) != SQLITE_OK) {
    throw std::runtime_error("the bare read cannot be prepared");
  }
  find_.reset(find);
  load_keys();
}

void BareRead::load_keys() {
  sqlite3_stmt* row = nullptr;
  sqlite3_prepare_v2(database_.get(),
                     "SELECT id, title, category, season, question, price_cents FROM xai_verdict", -1, &row,
                     nullptr);
  const std::unique_ptr<sqlite3_stmt, Close> all(row);
  while (sqlite3_step(row) == SQLITE_ROW) {
    keys_.push_back({sqlite3_column_int64(row, 0), text_at(row, 1), text_at(row, 2), text_at(row, 3),
                     text_at(row, 4), sqlite3_column_int64(row, 5)});
  }
}

bool BareRead::read(std::size_t which) {
  const Key& key = keys_[which];
  sqlite3_bind_int64(find_.get(), 1, key.id);
  bind(find_.get(), 2, key.title);
  bind(find_.get(), 3, key.category);
  bind(find_.get(), 4, key.season);
  sqlite3_bind_int64(find_.get(), 5, key.price_cents);
  bind(find_.get(), 6, key.question);
  if (sqlite3_step(find_.get()) != SQLITE_ROW) throw std::runtime_error("a verdict is not there");
  const bool verdict = sqlite3_column_int(find_.get(), 0) != 0;
  sqlite3_reset(find_.get());
  return verdict;
}

}  // namespace bench
