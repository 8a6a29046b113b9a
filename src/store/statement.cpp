#include "store/statement.h"

#include <SQLiteCpp/Column.h>
#include <fmt/format.h>

#include "base/text.h"
#include "store/kept_statement.h"
#include "store/sqlite_error.h"

namespace purser::store {
namespace {

void require_storable(std::string_view text) {
  if (is_storable_text(text)) return;
  throw Error(ErrorCode::invalid_text, "this text is not valid UTF-8 without NUL, it cannot be stored");
}

}  // namespace

Statement::Statement(KeptStatement& kept) : kept_(&kept) {
  if (kept.in_use) {
    throw Error(ErrorCode::internal,
                fmt::format("a kept statement was used while in use: {}", kept.statement.getQuery()));
  }
  kept.in_use = true;
}

Statement::~Statement() {
  if (kept_ == nullptr) return;
  kept_->statement.tryReset();  // an error was already thrown by step()
  kept_->in_use = false;
}

bool Statement::step() {
  return translating([this] { return kept_->statement.executeStep(); });
}

void Statement::run() {
  while (step()) {
  }
}

std::int64_t Statement::count_rows() {
  std::int64_t rows = 0;
  while (step()) ++rows;
  return rows;
}

bool Statement::is_null(int column) const { return kept_->statement.getColumn(column).isNull(); }

std::int64_t Statement::integer(int column) const { return kept_->statement.getColumn(column).getInt64(); }

std::string Statement::text(int column) const { return kept_->statement.getColumn(column).getString(); }

void Statement::bind_integer(int index, std::int64_t value) {
  translating([&] { kept_->statement.bind(index, value); });
}

void Statement::bind_null(int index) {
  translating([&] { kept_->statement.bind(index); });
}

void Statement::bind_value(int index, const std::string& value) {
  require_storable(value);
  translating([&] { kept_->statement.bind(index, value); });
}

// What SQLite keeps points to nothing once the Statement is gone; every use binds all parameters anew.
void Statement::bind_in_place_value(int index, const std::string& value) {
  require_storable(value);
  translating([&] { kept_->statement.bindNoCopy(index, value); });
}

void Statement::bind_value(int index, const Blob& value) {
  translating([&] {
    kept_->statement.bind(index, static_cast<const void*>(value.bytes.data()),
                          static_cast<int>(value.bytes.size()));
  });
}

}  // namespace purser::store
