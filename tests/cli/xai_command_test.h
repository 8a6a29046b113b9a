// A quota and a cache behind the real program, and short words for what tests ask of them.
#pragma once

#include "cli/command_line_test.h"
#include "purser/xai_verdicts.h"

namespace purser::test {

class XaiCommandTest : public CommandLineTest {
 protected:
  void SetUp() override { init(); }

  // The options of a key.
  static Words book(const std::string& title = "Eragon") {
    return {"--title", title, "--category", "Books > Fantasy", "--season", "Sep", "--price", "49.90"};
  }
  Json get(const Words& key, int exit_status) const {
    return answer(Words{"xai", "cache", "get"} + key, exit_status);
  }
  void put(const Words& key, const std::string& verdict) const {
    answer(Words{"xai", "cache", "put"} + key + Words{"--verdict", verdict});
  }
  // Of a verb that lists: a line each.
  std::vector<Json> answers(Words words) const {
    words.emplace_back("--json");
    Finished done = run_purser(words);
    EXPECT_EQ(done.exit_status, 0) << done.err;
    std::vector<Json> all;
    for (const std::string& line : lines(done.out)) all.push_back(Json::parse(line));
    return all;
  }
  Json claim(const Words& key, int exit_status = 0) const {
    return answer(Words{"xai", "claim"} + key, exit_status);
  }
  Json status() const { return answer({"xai", "status"}); }
  Json calls() const { return status()["calls_today"]; }

  void expect_no_change(const Json& before) const { EXPECT_EQ(state(), before); }
  Json state() const { return {{"status", status()}, {"cache", answer({"xai", "cache", "stats"})}}; }

  static void expect_fields(const Json& object, const Words& names) {
    Words sorted = names;
    std::sort(sorted.begin(), sorted.end());
    Words found;
    for (const auto& item : object.items()) found.push_back(item.key());
    EXPECT_EQ(found, sorted);
  }
};

}  // namespace purser::test
