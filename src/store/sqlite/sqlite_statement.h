// A KeptStatement that is a prepared statement of SQLite.
#pragma once

#include <SQLiteCpp/Statement.h>

#include "store/kept_statement.h"

namespace purser::store {

class SqliteStatement final : public KeptStatement {
 public:
  SqliteStatement(const SQLite::Database& database, const char* sql);

  void bind_integer(int parameter, std::int64_t value) override;
  void bind_null(int parameter) override;
  void bind_text(int parameter, const std::string& text, Binding binding) override;
  void bind_blob(int parameter, const std::string& bytes) override;
  bool step() override;
  void reset() noexcept override;
  bool is_null(int column) const override;
  std::int64_t integer(int column) const override;
  std::string text(int column) const override;
  std::string sql() const override { return statement_.getQuery(); }

 private:
  SQLite::Statement statement_;
};

}  // namespace purser::store
