// Amazon's words for the condition of what is sold, and the words that people have for them.
#include <algorithm>
#include <array>
#include <utility>

#include "purser/spapi_service.h"

namespace purser::spapi {
namespace {

constexpr std::array<std::string_view, 13> kConditions = {
    "new_new",
    "new_open_box",
    "new_oem",
    "refurbished_refurbished",
    "used_like_new",
    "used_very_good",
    "used_good",
    "used_acceptable",
    "collectible_like_new",
    "collectible_very_good",
    "collectible_good",
    "collectible_acceptable",
    "club_club",
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kWords = {{
    {"new", "new_new"},
    {"open_box", "new_open_box"},
    {"oem", "new_oem"},
    {"refurbished", "refurbished_refurbished"},
    {"like_new", "used_like_new"},
    {"very_good", "used_very_good"},
    {"good", "used_good"},
    {"acceptable", "used_acceptable"},
    {"club", "club_club"},
}};

// "Used - Like New" is used_like_new.
std::string folded(std::string_view word) {
  std::string name;
  for (char c : word) {
    bool capital = c >= 'A' && c <= 'Z';
    bool small = c >= 'a' && c <= 'z';
    if (capital) name += static_cast<char>(c - 'A' + 'a');
    if (small) name += c;
    if (!capital && !small && !name.empty() && name.back() != '_') name += '_';
  }
  if (!name.empty() && name.back() == '_') name.pop_back();
  return name;
}

}  // namespace

std::optional<std::string> condition_named(std::string_view word) {
  std::string name = folded(word);
  if (std::find(kConditions.begin(), kConditions.end(), name) != kConditions.end()) return name;
  const auto* known =
      std::find_if(kWords.begin(), kWords.end(), [&](const auto& each) { return each.first == name; });
  if (known == kWords.end()) return std::nullopt;
  return std::string(known->second);
}

}  // namespace purser::spapi
