#include "demo/books.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace demo {
namespace {

// Titles may contain '|', so the parts are taken from the right; the category begins at the last kCategory.
constexpr std::string_view kPrefix = "reasonableness:";
constexpr std::string_view kCategory = "|Books";

std::string_view take_last_part(std::string_view& key) {
  std::size_t bar = key.rfind('|');
  if (bar == std::string_view::npos) return {};
  std::string_view part = key.substr(bar + 1);
  key.remove_suffix(part.size() + 1);
  return part;
}

std::optional<purser::xai::Question> question_of(std::string_view key) {
  if (key.substr(0, kPrefix.size()) != kPrefix) return std::nullopt;
  key.remove_prefix(kPrefix.size());
  auto price = purser::parse_price(take_last_part(key));
  std::string_view season = take_last_part(key);
  std::size_t category = key.rfind(kCategory);
  if (!price || category == std::string_view::npos) return std::nullopt;
  return purser::xai::Question{.title = std::string(key.substr(0, category)),
                               .category = std::string(key.substr(category + 1)),
                               .season = std::string(season),
                               .price = *price};
}

}  // namespace

std::vector<Book> load_books(const std::filesystem::path& file, std::size_t most) {
  std::ifstream stream(file);
  auto entries = nlohmann::ordered_json::parse(stream, nullptr, false);
  if (!entries.is_object())
    throw std::runtime_error(fmt::format("{}: no JSON object of verdicts", file.string()));
  std::vector<Book> books;
  for (const auto& entry : entries.items()) {
    if (books.size() == most) break;
    auto question = question_of(entry.key());
    if (question) books.push_back({*question, question->price <= kReasonableUpTo});
  }
  if (books.empty()) throw std::runtime_error(fmt::format("{}: no verdict in it", file.string()));
  return books;
}

}  // namespace demo
