#include "store/schema/script.h"
#include "store/sqlite/sqlite_connection.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>

#include "store/sqlite/sqlite_error.h"

namespace purser::store {
namespace {

constexpr std::size_t kShortened = 100;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

// Blanks and comments before the first word.
std::size_t length_of_lead(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (is_blank(text[at])) {
      ++at;
    } else if (text.substr(at, 2) == "--") {
      at = std::min(text.find('\n', at), text.size());
    } else if (text.substr(at, 2) == "/*") {
      auto end = text.find("*/", at + 2);
      at = end == std::string_view::npos ? text.size() : end + 2;
    } else {
      break;
    }
  }
  return at;
}

class Runner {
 public:
  Runner(sqlite3* database, const Script& script) : database_(database), script_(script) {}

  std::vector<RanStatement> run() {
    std::vector<RanStatement> all;
    skip_lead();
    while (at_ < script_.text.size()) {
      all.push_back(run_statement());
      skip_lead();
    }
    return all;
  }

 private:
  void skip_lead() { at_ += length_of_lead(script_.text.substr(at_)); }

  RanStatement run_statement() {
    std::string_view rest = script_.text.substr(at_);
    sqlite3_stmt* prepared = nullptr;
    const char* tail = nullptr;
    int result = sqlite3_prepare_v2(database_, rest.data(), static_cast<int>(rest.size()), &prepared, &tail);
    OneStatement statement(prepared);
    if (result != SQLITE_OK) fail_to_prepare(result, rest);
    RanStatement ran{line_at(at_), rest.substr(0, static_cast<std::size_t>(tail - rest.data()))};
    auto changed_before = sqlite3_total_changes64(database_);
    result = statement ? step_to_end(statement.get()) : SQLITE_DONE;
    if (result != SQLITE_DONE) fail(result, ran.text, 0);
    ran.rows = sqlite3_total_changes64(database_) - changed_before;
    at_ += ran.text.size();
    return ran;
  }

  static int step_to_end(sqlite3_stmt* statement) {
    int result = SQLITE_ROW;
    while (result == SQLITE_ROW) result = sqlite3_step(statement);
    return result;
  }

  // Only SQLite knows where the statement would have ended: the next semicolon serves for a message.
  [[noreturn]] void fail_to_prepare(int result, std::string_view rest) const {
    std::size_t offset = offset_of_error();
    fail(result, rest.substr(0, rest.find(';', offset)), offset);
  }

  // Of the word that SQLite stumbled over, from the beginning of the statement.
  std::size_t offset_of_error() const {
    int offset = -1;
#if SQLITE_VERSION_NUMBER >= 3038000
    offset = sqlite3_error_offset(database_);
#endif
    return offset < 0 ? 0 : static_cast<std::size_t>(offset);
  }

  int line_at(std::size_t offset) const {
    auto before = script_.text.substr(0, offset);
    return 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
  }

  [[noreturn]] void fail(int result, std::string_view statement, std::size_t offset) const {
    SQLite::Exception fault(database_, result);
    if (error_code_of(fault.getExtendedErrorCode()) != ErrorCode::internal) throw_purser_error(fault);
    throw Error(ErrorCode::internal, fmt::format("{}, line {}: {}, in: {}", script_.name,
                                                 line_at(at_ + offset), fault.what(), shortened(statement)));
  }

  sqlite3* database_;
  const Script& script_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<RanStatement> run_script(SqliteConnection& connection, const Script& script) {
  connection.require_own_process();
  return Runner(connection.handle(), script).run();
}

std::string shortened(std::string_view statement) {
  std::string line;
  for (char c : statement) {
    if (!is_blank(c)) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && (line.back() == ';' || line.back() == ' ')) line.pop_back();
  if (line.size() <= kShortened) return line;
  std::size_t end = kShortened;
  while ((static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) --end;
  return line.substr(0, end) + " ...";
}

std::string as_identifier(std::string_view name) {
  std::string text = "\"";
  for (char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + '"';
}

void Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

}  // namespace purser::store
