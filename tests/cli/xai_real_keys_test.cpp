// Keys as the predecessor really had them, from its cache file where that is there: what the library stores
// the program finds, and the other way round.
#include "cli/xai_command_test.h"

namespace purser::test {
namespace {

struct RealKey {
  xai::Question question;
  std::string price;  // as it was written
  bool verdict = false;
};

constexpr std::string_view kPrefix = "reasonableness:";
constexpr std::size_t kMostKeys = 300;

// "reasonableness:title|category|season|12.34", taken apart from the right: the title may hold bars. Another
// generation of keys had more fields; its category is not where it should be.
std::optional<RealKey> parse(const std::string& text, const std::string& verdict) {
  if (text.rfind(kPrefix, 0) != 0 || (verdict != "True" && verdict != "False")) return std::nullopt;
  std::size_t price = text.rfind('|');
  if (price == std::string::npos) return std::nullopt;
  std::size_t season = text.rfind('|', price - 1), category = text.rfind('|', season - 1);
  if (season == std::string::npos || category == std::string::npos) return std::nullopt;
  RealKey key;
  key.price = text.substr(price + 1);
  auto cents = parse_price(key.price);
  key.question.title = text.substr(kPrefix.size(), category - kPrefix.size());
  key.question.category = text.substr(category + 1, season - category - 1);
  key.question.season = text.substr(season + 1, price - season - 1);
  if (!cents || key.question.category.rfind("Books", 0) != 0) return std::nullopt;
  key.question.price = *cents;
  key.verdict = verdict == "True";
  return key;
}

class XaiRealKeysTest : public XaiCommandTest {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("PURSER_LEGACY_DATA");
    if (folder == nullptr) GTEST_SKIP() << "PURSER_LEGACY_DATA names no folder with the predecessor's files";
    const Json cache = Json::parse(read_file(std::filesystem::path(folder) / "xai_cache.json"));
    for (const auto& entry : cache.items()) {
      auto key = parse(entry.key(), entry.value().get<std::string>());
      bool special = key && key->question.title.find('|') != std::string::npos;
      if (key && (special || keys_.size() < kMostKeys)) keys_.push_back(*key);
    }
    init();
  }
  static Words words_of(const RealKey& key) {
    return {"--title",  key.question.title,  "--category", key.question.category,
            "--season", key.question.season, "--price",    key.price};
  }
  std::vector<RealKey> keys_;
};

TEST_F(XaiRealKeysTest, WhatIsPutIsFound) {
  ASSERT_GE(keys_.size(), kMostKeys);
  DatabaseOptions options;
  options.path = database();
  Database worker = Database::open(options);
  xai::Verdicts verdicts(worker);
  for (const RealKey& key : keys_) verdicts.put(key.question, key.verdict);
  for (const RealKey& key : keys_) EXPECT_EQ(verdicts.get(key.question), key.verdict) << key.question.title;
  EXPECT_EQ(status()["cache_entries"], keys_.size());
}

TEST_F(XaiRealKeysTest, TheProgramAndTheLibraryKnowTheSameKeys) {
  DatabaseOptions options;
  options.path = database();
  Database worker = Database::open(options);
  xai::Verdicts verdicts(worker);
  bool by_program = false;
  for (std::size_t i = 0; i < keys_.size(); i += 10) {
    const RealKey& key = keys_[i];
    by_program = !by_program;
    if (by_program) {
      put(words_of(key), key.verdict ? "true" : "false");
      EXPECT_EQ(verdicts.get(key.question), key.verdict) << key.question.title;
    } else {
      verdicts.put(key.question, key.verdict);
      EXPECT_EQ(get(words_of(key), 0)["verdict"], key.verdict) << key.question.title;
    }
  }
}

}  // namespace
}  // namespace purser::test
