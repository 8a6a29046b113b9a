// One use of a kept prepared statement. The destructor always resets it: an unreset RETURNING makes COMMIT
// fail as busy, an unreset SELECT makes the next BEGIN IMMEDIATE fail as busy_snapshot.
// Snapshot and Transaction make Statements (transaction.h). Columns count from 0.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "purser/amount.h"
#include "purser/clock.h"
#include "store/kept_statement.h"

namespace purser::store {

// SQL text that lives as long as the program: its address is the key of the kept statement.
class Sql {
 public:
  template <std::size_t N>
  consteval Sql(const char (&text)[N]) : text_(text) {}  // NOLINT(google-explicit-constructor)
  const char* text() const { return text_; }

 private:
  const char* text_;
};

// The bytes of a BLOB column; unlike text, they are stored unchecked.
struct Blob {
  std::string bytes;
};

class Statement {
 public:
  // Binds all parameters, in order. Throws invalid_text for text that cannot be stored (invalid UTF-8, NUL).
  // REQUIRES: with Binding::in_place, every text of `values` outlives this Statement.
  template <typename... Values>
  Statement(KeptStatement& kept, [[maybe_unused]] Binding binding, const Values&... values)
      : Statement(kept) {
    int parameter = 0;
    (bind(++parameter, values, binding), ...);
  }
  Statement(Statement&& other) noexcept : kept_(other.kept_) { other.kept_ = nullptr; }
  Statement& operator=(Statement&&) = delete;
  ~Statement() {
    if (kept_ == nullptr) return;
    kept_->reset();
    kept_->in_use = false;
  }

  bool step() { return kept_->step(); }  // true where it has a row

  bool is_null(int column) const { return kept_->is_null(column); }

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
  explicit Statement(KeptStatement& kept);

  void bind(int parameter, const std::string& text, Binding binding);
  void bind(int parameter, std::string_view text, Binding) {
    bind(parameter, std::string(text), Binding::copied);
  }
  void bind(int parameter, const char* text, Binding) { bind(parameter, std::string(text), Binding::copied); }
  void bind(int parameter, const Blob& value, Binding) { kept_->bind_blob(parameter, value.bytes); }
  void bind(int parameter, Millitokens value, Binding) { kept_->bind_integer(parameter, value.count); }
  void bind(int parameter, Cents value, Binding) { kept_->bind_integer(parameter, value.count); }
  void bind(int parameter, Duration value, Binding) { kept_->bind_integer(parameter, value.count()); }
  void bind(int parameter, Instant value, Binding) {
    kept_->bind_integer(parameter, value.time_since_epoch().count());
  }
  template <std::integral Integer>
  void bind(int parameter, Integer value, Binding) {
    kept_->bind_integer(parameter, static_cast<std::int64_t>(value));
  }
  template <typename Value>
  void bind(int parameter, const std::optional<Value>& value, Binding binding) {
    value ? bind(parameter, *value, binding) : kept_->bind_null(parameter);
  }

  std::int64_t integer(int column) const { return kept_->integer(column); }
  std::string text(int column) const { return kept_->text(column); }

  KeptStatement* kept_;
};

}  // namespace purser::store
