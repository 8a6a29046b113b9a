// The interface between a Statement and an engine: one SQL text that a connection has prepared and keeps for
// its whole life. Every call except `reset` may throw purser::Error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace purser::store {

// Whether binding copies a text, or the caller keeps it alive until the statement is reset.
enum class Binding { copied, in_place };

class KeptStatement {
 public:
  virtual ~KeptStatement() = default;

  // Parameters count from 1, as in the SQL (?1), columns from 0.
  virtual void bind_integer(int parameter, std::int64_t value) = 0;
  virtual void bind_null(int parameter) = 0;
  virtual void bind_text(int parameter, const std::string& text, Binding binding) = 0;
  virtual void bind_blob(int parameter, const std::string& bytes) = 0;

  virtual bool step() = 0;  // true where it has a row
  virtual void reset() noexcept = 0;

  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual std::string text(int column) const = 0;

  virtual std::string sql() const = 0;

  bool in_use = false;  // by a Statement; only one at a time may use it
};

}  // namespace purser::store
