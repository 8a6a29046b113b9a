#include "frame/spelling.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace purser::cli {
namespace {

constexpr std::size_t kLongestWord = 60;  // longer ones are no misspelling of ours

// Levenshtein's distance, with one row of the table at a time.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      std::size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

bool near_enough(std::string_view word, std::string_view candidate, std::size_t steps) {
  // "--expires" for "--expires-in": a beginning is as good as a slip of two letters.
  bool begins = word.size() > 3 && candidate.substr(0, word.size()) == word;
  return begins || steps <= std::max<std::size_t>(1, std::min(word.size(), candidate.size()) / 3);
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.size() > kLongestWord) return {};
  std::string_view best;
  std::size_t best_steps = 0;
  for (std::string_view candidate : candidates) {
    std::size_t steps = distance(word, candidate);
    if (!near_enough(word, candidate, steps)) continue;
    if (best.empty() || steps < best_steps) {
      best = candidate;
      best_steps = steps;
    }
  }
  return best;
}

}  // namespace purser::cli
