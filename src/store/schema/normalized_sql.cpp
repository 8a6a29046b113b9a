#include "store/schema/normalized_sql.h"

#include <cctype>

namespace purser::store {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$'; }
bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

class Normalizer {
 public:
  explicit Normalizer(std::string_view sql) : sql_(sql) {}

  std::string normalized() {
    while (at_ < sql_.size()) take_next();
    return result_;
  }

 private:
  void take_next() {
    if (is_blank(sql_[at_])) {
      ++at_;
      was_blank_ = true;
    } else if (sql_.substr(at_, 2) == "--") {
      skip_to("\n");
    } else if (sql_.substr(at_, 2) == "/*") {
      skip_to("*/");
    } else if (sql_[at_] == '\'') {
      take_text();
    } else if (sql_[at_] == '"') {
      ++at_;  // ALTER TABLE ... RENAME leaves quotes around a name
    } else {
      put(sql_[at_++]);
    }
  }

  void skip_to(std::string_view end) {
    auto found = sql_.find(end, at_ + 1);
    at_ = found == std::string_view::npos ? sql_.size() : found + end.size();
    was_blank_ = true;
  }

  // A quote inside is written twice, which reads as two texts side by side.
  void take_text() {
    auto end = sql_.find('\'', at_ + 1);
    end = end == std::string_view::npos ? sql_.size() : end + 1;
    put(sql_[at_]);
    result_ += sql_.substr(at_ + 1, end - at_ - 1);
    at_ = end;
  }

  // One blank stays where two words would become one.
  void put(char c) {
    if (was_blank_ && !result_.empty() && is_word(result_.back()) && is_word(c)) result_ += ' ';
    was_blank_ = false;
    result_ += c;
  }

  std::string_view sql_;
  std::size_t at_ = 0;
  bool was_blank_ = false;
  std::string result_;
};

}  // namespace

std::string normalized_sql(std::string_view sql) { return Normalizer(sql).normalized(); }

}  // namespace purser::store
