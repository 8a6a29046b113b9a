// What a verb works with: the options of every verb, the database that they name, and the answer so far.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "frame/human.h"
#include "frame/verb.h"
#include "json/object.h"
#include "purser/database.h"
#include "purser/log.h"

namespace purser::cli {

// Prints the library's log lines on stderr.
class StderrLog final : public LogSink {
 public:
  void line(LogLevel level, std::string_view text) override;
};

class Context {
 public:
  // `words`: the whole command line, the program's name first.
  explicit Context(const Arguments& globals, std::vector<std::string> words = {});

  const std::vector<std::string>& words() const { return words_; }

  bool json() const { return json_; }
  Reader reader() const { return {system_clock().now(), colour_}; }
  const std::string& account() const { return account_; }
  bool names_account() const { return names_account_; }  // whether --account was given

  // Whether --db or $PURSER_DB names the database; else it is the one at the default path.
  bool names_database() const { return names_database_; }
  DatabaseOptions database_options(Clock& clock = system_clock());
  // For work that outlives this Context: on the machine's clock, and without a log.
  DatabaseOptions quiet_database_options();
  Database open_database(Clock& clock = system_clock()) { return Database::open(database_options(clock)); }

  // One answer: the object with --json, else the text. A text without a newline at its end gets one.
  void answer(const json::Object& object, std::string_view text);
  // For lists: a line of JSON each, or a text at the end.
  void print(const json::Object& object);
  void print(std::string_view text);

  // One answer of a list that takes minutes, written at once. Throws OutputLost.
  void answer_now(const json::Object& object, std::string_view text);

  // `give_back` undoes the answer where it cannot be delivered. It is called when this Context is gone, so it
  // opens the database itself.
  void if_undelivered(std::function<void()> give_back) { give_back_ = std::move(give_back); }
  std::function<void()> take_give_back() { return std::exchange(give_back_, nullptr); }

  // The answer so far. It is written when the verb has returned, so that an error leaves no half answer.
  const std::string& output() const { return output_; }

 private:
  std::vector<std::string> words_;
  bool json_, colour_, names_account_, names_database_;
  std::string account_, worker_;
  std::filesystem::path database_path_;  // empty: the default path, which may be impossible to determine
  StderrLog log_;
  std::string output_;
  std::function<void()> give_back_;
};

}  // namespace purser::cli
