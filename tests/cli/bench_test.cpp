// The benchmark measures and reports: the tests check the shape of its report, not its figures.
#include <set>

#include "cli/command_line_test.h"

namespace purser::test {
namespace {

class BenchTest : public ::testing::Test {
 protected:
  Finished bench(const Words& words) const {
    return run(
        {.words =
             Words{PURSER_BENCH, "--folder", folder_.path().string(), "--purser", PURSER_PROGRAM} + words});
  }

  ScratchFolder folder_;
};

const Words kSmallest{"--quick", "--seconds", "0.02", "--repetitions", "1", "--grants", "100"};

Json cell_of(const Json& report, const std::string& contender, int processes, const std::string& load) {
  for (const Json& cell : report["cells"]) {
    if (cell["work"] == "grant" && cell["contender"] == contender && cell["processes"] == processes &&
        cell["load"] == load) {
      return cell;
    }
  }
  return {};
}

TEST_F(BenchTest, ReportsTheMachineTheFiguresAndTheRatios) {
  Finished done = bench(kSmallest + Words{"--json"});
  ASSERT_EQ(done.exit_status, 0) << done.err;
  Json report = Json::parse(done.out, nullptr, false);
  ASSERT_TRUE(report.is_object()) << done.out;
  for (const char* fact : {"cpu", "kernel", "file_system", "sqlite", "date"}) {
    EXPECT_NE(report["machine"][fact], "") << fact;
  }
  for (int processes : {1, 8}) {
    for (const char* contender : {"bare", "flock", "library"}) {
      Json cell = cell_of(report, contender, processes, "saturated");
      ASSERT_TRUE(cell.is_object()) << contender << " " << processes;
      EXPECT_GT(cell["operations"], 0) << cell;
      EXPECT_LE(cell["p50_us"], cell["max_us"]) << cell;
      EXPECT_GT(cell["cpu_us_per_operation"], 0) << cell;
    }
  }
  EXPECT_TRUE(cell_of(report, "library", 8, "paced").is_object());
  std::set<std::string> compared;
  for (const Json& ratio : report["ratios"]) {
    compared.insert(ratio["work"].get<std::string>() + " over " +
                    ratio["over"]["contender"].get<std::string>());
    EXPECT_LE(ratio["ops_per_second"]["least"], ratio["ops_per_second"]["median"]) << ratio;
    EXPECT_LE(ratio["p99"]["median"], ratio["p99"]["most"]) << ratio;
  }
  for (const char* pair : {"grant over bare", "grant over flock", "grant over disk", "hit over bare",
                           "hit over bare in one transaction", "put over bare"}) {
    EXPECT_EQ(compared.count(pair), 1U) << pair;
  }
}

TEST_F(BenchTest, LosesNothingAndLeavesNothingBehind) {
  Finished done = bench(kSmallest + Words{"--only", "lost", "--json"});
  ASSERT_EQ(done.exit_status, 0) << done.err;
  Json lost = Json::parse(done.out)["lost_updates"];
  EXPECT_EQ(lost["four_processes"]["answered"], 100);
  EXPECT_EQ(lost["four_processes"]["missing"], 0);
  EXPECT_EQ(lost["one_killed"]["missing"], 0);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(BenchTest, SaysWhatItDoesNotUnderstand) {
  for (const Words& words : {Words{"--fast"}, Words{"--seconds", "0"}, Words{"--repetitions", "1.5"},
                             Words{"--only", "everything"}, Words{"more"}}) {
    Finished done = bench(words);
    EXPECT_EQ(done.exit_status, 64) << Json(words);
    EXPECT_NE(done.err.find("usage:"), std::string::npos) << done.err;
    EXPECT_EQ(done.out, "");
  }
  Finished nowhere = run({.words = {PURSER_BENCH, "--quick", "--folder", folder_.file("no/such").string()}});
  EXPECT_EQ(nowhere.exit_status, 1);
  EXPECT_NE(nowhere.err.find("no/such"), std::string::npos) << nowhere.err;
}

}  // namespace
}  // namespace purser::test
