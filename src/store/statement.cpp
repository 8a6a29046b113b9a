#include "store/statement.h"

#include <SQLiteCpp/Column.h>
#include <fmt/format.h>

#include "base/text.h"
#include "store/kept_statement.h"
#include "store/sqlite_error.h"

namespace purser::store {

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

bool Statement::is_null(int column) const { return kept_->statement.getColumn(column).isNull(); }

std::int64_t Statement::integer(int column) const { return kept_->statement.getColumn(column).getInt64(); }

std::string Statement::text(int column) const { return kept_->statement.getColumn(column).getString(); }

void Statement::bind_integer(int index, std::int64_t value) {
  translating([&] { kept_->statement.bind(index, value); });
}

void Statement::bind_null(int index) {
  translating([&] { kept_->statement.bind(index); });
}

void Statement::bind_value(int index, std::string_view value) {
  if (!is_storable_text(value)) {
    throw Error(ErrorCode::invalid_text, "this text is not valid UTF-8 without NUL, it cannot be stored");
  }
  translating([&] { kept_->statement.bind(index, std::string(value)); });
}

void Statement::bind_value(int index, const Blob& value) {
  translating([&] {
    kept_->statement.bind(index, static_cast<const void*>(value.bytes.data()),
                          static_cast<int>(value.bytes.size()));
  });
}

}  // namespace purser::store
