// Text for people: durations in words, tables, the coloured word of a decision.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "frame/printable.h"
#include "purser/clock.h"

namespace purser::cli {

// What a text depends on beside its subject.
struct Reader {
  Instant now;          // "in 2 min" counts from here
  bool colour = false;  // of the decision's word
};

// "350 ms", "12 s", "3 min 20 s", "2 h 5 min", "4 d 6 h"; a negative duration counts as 0.
std::string human(Duration duration);

// "in 3 min 20 s", "12 s ago", "now".
std::string from_now(Instant at, Instant now);

// Columns as wide as their widest cell. A column whose heading begins with '>' is aligned right.
class Table {
 public:
  explicit Table(std::vector<std::string> headings);
  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  std::string text() const;  // the headings and the rows, each line with its end

 private:
  std::vector<bool> right_;
  std::vector<std::string> headings_;
  std::vector<std::vector<std::string>> rows_;
};

enum class Mood { good, patient, bad };

// The word that a person looks for first, coloured where `colour` is true.
std::string decision_word(std::string_view word, Mood mood, bool colour);

}  // namespace purser::cli
