// The predecessor's own files, where they are there: the figures against a count of another kind, over the
// lines of the file instead of its JSON, and every verdict under the key that a worker asks with.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <regex>

#include "cli/xai_command_test.h"

namespace purser::test {
namespace {

struct Counted {
  std::int64_t lines = 0, seasonality = 0, verdicts = 0, without_rank = 0;
  std::map<std::string, bool> questions;  // the key as it is in the file, up to the price; the last one holds
};

// An entry a line, as Python's json.dump(indent=4) writes it.
Counted counted(const std::string& text) {
  static const std::regex line(
      R"re(    "reasonableness:(.*\|Books[^|]*\|(?:[A-Z][a-z][a-z]|-)\|\d+\.\d\d)(\|[^|]*\|Current Rank: [^|]*)?": "(True|False)",?)re");
  Counted all;
  std::istringstream stream(text);
  for (std::string entry; std::getline(stream, entry);) {
    if (entry.size() < 4) continue;  // the braces
    ++all.lines;
    all.seasonality += entry.rfind("    \"seasonality:", 0) == 0 ? 1 : 0;
    std::smatch parts;
    if (!std::regex_match(entry, parts, line)) continue;
    ++all.verdicts;
    all.without_rank += parts[2].matched ? 0 : 1;
    all.questions[parts[1]] = parts[3] == "True";
  }
  return all;
}

class ImportRealData : public XaiCommandTest {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("PURSER_LEGACY_DATA");
    if (folder == nullptr) GTEST_SKIP() << "PURSER_LEGACY_DATA names no folder with the predecessor's files";
    legacy_ = folder;
    init();
  }
  std::string file(const char* name) const { return (legacy_ / name).string(); }

  // The title, the category, the season and the price of a key whose title may hold bars.
  static Words parts_of(const std::string& escaped) {
    std::string key = Json::parse("\"" + escaped + "\"").get<std::string>();
    Words parts;
    for (int i = 0; i < 3; ++i) {
      std::size_t bar = key.rfind('|');
      parts.insert(parts.begin(), key.substr(bar + 1));
      key.erase(bar);
    }
    parts.insert(parts.begin(), key);
    return parts;
  }

  std::filesystem::path legacy_;
};

TEST_F(ImportRealData, EveryEntryIsAccountedForAndEveryVerdictFound) {
  Counted expected = counted(read_file(file("xai_cache.json")));
  Json report = answer({"import", "--xai-cache", file("xai_cache.json")})["files"][0];
  EXPECT_EQ(report["entries"], expected.lines);
  EXPECT_EQ(report["facts"]["verdicts"], expected.verdicts);
  EXPECT_EQ(report["facts"]["plain_keys"], expected.without_rank);
  EXPECT_EQ(report["facts"]["keys_with_rank"], expected.verdicts - expected.without_rank);
  EXPECT_EQ(report["facts"]["keys_with_trend"], 0);
  EXPECT_EQ(report["imported"], expected.questions.size());
  std::map<std::string, std::int64_t> skipped;
  for (const Json& reason : report["reasons"]) skipped[reason["reason"]] = reason["count"];
  EXPECT_EQ(skipped["seasonality"], expected.seasonality);
  EXPECT_EQ(skipped.size(), 3U) << report["reasons"];
  EXPECT_EQ(skipped["repeated"] + skipped["contradicted"],
            expected.verdicts - static_cast<std::int64_t>(expected.questions.size()));
  std::printf("entries %lld, seasonality %lld, verdicts %lld, generation 1 %lld, questions %zu\n",
              static_cast<long long>(expected.lines), static_cast<long long>(expected.seasonality),
              static_cast<long long>(expected.verdicts), static_cast<long long>(expected.without_rank),
              expected.questions.size());
  DatabaseOptions options;
  options.path = database();
  Database worker = Database::open(options);
  xai::Verdicts verdicts(worker);
  for (const auto& [key, verdict] : expected.questions) {
    Words parts = parts_of(key);
    xai::Question question{
        .title = parts[0], .category = parts[1], .season = parts[2], .price = parse_price(parts[3]).value()};
    ASSERT_EQ(verdicts.get(question), verdict) << key;
  }
}

TEST_F(ImportRealData, TheFiguresOfTheFileOfThatDay) {
  Counted expected = counted(read_file(file("xai_cache.json")));
  EXPECT_EQ(expected.lines, 8517);
  EXPECT_EQ(expected.seasonality, 5241);
  EXPECT_EQ(expected.verdicts, 3276);
  EXPECT_EQ(expected.without_rank, 2588);
  EXPECT_EQ(expected.questions.size(), 3268U);
}

TEST_F(ImportRealData, TheOtherTwoFiles) {
  Json files = answer(
      {"import", "--xai-state", file("xai_token_state.json"), "--settings", file("settings.json")})["files"];
  EXPECT_EQ(files[0]["reasons"][0]["reason"], "day_is_over");
  EXPECT_EQ(files[1]["already_there"], 1);  // its limit is what a new database has
  EXPECT_EQ(files[1]["reasons"][0]["count"], 9);
  EXPECT_EQ(calls(), 0);
}

}  // namespace
}  // namespace purser::test
