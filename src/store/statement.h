// One use of a kept prepared statement. Its destructor resets it, whatever happened: an unreset RETURNING
// makes COMMIT fail as busy, an unreset SELECT makes the next BEGIN IMMEDIATE fail as busy_snapshot.
//
//   static constexpr char kBalance[] = "SELECT balance FROM account WHERE id = ?1";
//   auto row = transaction.statement(kBalance).bind(id);
//   if (row.step()) use(row.get<Millitokens>(0));
//
// Parameters are numbered ?1, ?2, ... and bound in that order; columns are numbered from 0.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "purser/amount.h"
#include "purser/clock.h"

namespace SQLite {
class Statement;
}

namespace purser::store {

// SQL text that lives as long as the program: its address names the kept statement.
class Sql {
 public:
  template <std::size_t N>
  consteval Sql(const char (&text)[N]) : text_(text) {}  // NOLINT(google-explicit-constructor)
  const char* text() const { return text_; }

 private:
  const char* text_;
};

// The bytes of a BLOB column, where text would be checked for what it holds.
struct Blob {
  std::string bytes;
};

struct KeptStatement;

class Statement {
 public:
  explicit Statement(KeptStatement& kept);
  Statement(Statement&& other) noexcept : kept_(other.kept_) { other.kept_ = nullptr; }
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // Binds all parameters, in order. Text that is not storable (invalid UTF-8, NUL) throws invalid_text.
  template <typename... Values>
  Statement bind(const Values&... values) && {
    int index = 0;
    (bind_value(++index, values), ...);
    return std::move(*this);
  }

  // The same without copies: every text of `values` must outlive this Statement.
  template <typename... Values>
  Statement bind_in_place(const Values&... values) && {
    int index = 0;
    (bind_in_place_value(++index, values), ...);
    return std::move(*this);
  }

  bool step();                // true: a row is there
  void run();                 // to the end; for statements that give no rows
  std::int64_t count_rows();  // to the end: of a RETURNING, how many rows it changed
  // Binds all parameters and runs; nothing is copied, since the values outlive the call.
  template <typename... Values>
  void run(const Values&... values) {
    int index = 0;
    (bind_in_place_value(++index, values), ...);
    run();
  }

  bool is_null(int column) const;

  template <typename Value>
  Value get(int column) const {
    if constexpr (std::same_as<Value, std::string>) {
      return text(column);
    } else if constexpr (std::same_as<Value, Blob>) {
      return Blob{text(column)};
    } else if constexpr (std::same_as<Value, bool>) {
      return integer(column) != 0;
    } else if constexpr (std::integral<Value>) {
      return static_cast<Value>(integer(column));
    } else if constexpr (std::same_as<Value, Cents>) {
      return Cents{integer(column)};
    } else if constexpr (std::same_as<Value, Millitokens>) {
      return Millitokens{integer(column)};
    } else if constexpr (std::same_as<Value, Duration>) {
      return Duration{integer(column)};
    } else if constexpr (std::same_as<Value, Instant>) {
      return Instant{Duration{integer(column)}};
    } else {
      if (is_null(column)) return std::nullopt;
      return get<typename Value::value_type>(column);  // std::optional
    }
  }

 private:
  void bind_integer(int index, std::int64_t value);
  void bind_null(int index);
  void bind_value(int index, const std::string& value);
  void bind_value(int index, std::string_view value) { bind_value(index, std::string(value)); }
  void bind_value(int index, const char* value) { bind_value(index, std::string(value)); }
  void bind_value(int index, const Blob& value);
  void bind_value(int index, Millitokens value) { bind_integer(index, value.count); }
  void bind_value(int index, Cents value) { bind_integer(index, value.count); }
  void bind_value(int index, Duration value) { bind_integer(index, value.count()); }
  void bind_value(int index, Instant value) { bind_integer(index, value.time_since_epoch().count()); }
  template <std::integral Integer>
  void bind_value(int index, Integer value) {
    bind_integer(index, static_cast<std::int64_t>(value));
  }
  template <typename Value>
  void bind_value(int index, const std::optional<Value>& value) {
    value ? bind_value(index, *value) : bind_null(index);
  }

  void bind_in_place_value(int index, const std::string& value);
  template <typename Value>
  void bind_in_place_value(int index, const std::optional<Value>& value) {
    value ? bind_in_place_value(index, *value) : bind_null(index);
  }
  template <typename Value>
  void bind_in_place_value(int index, const Value& value) {
    bind_value(index, value);
  }

  std::int64_t integer(int column) const;
  std::string text(int column) const;

  KeptStatement* kept_;
};

}  // namespace purser::store
