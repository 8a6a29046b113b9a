// What the kernel sees of a grant: with `full` the log is synced between its last write and the answer, with
// `normal` it is not.
#include <algorithm>
#include <filesystem>
#include <optional>

#include "cli/command_line_test.h"

namespace purser::test {
namespace {

class DurabilityTest : public CommandLineTest {
 protected:
  // The calls of one grant: of the log and of the answer, in order. nullopt where nobody may be traced.
  std::optional<Words> traced_grant() const {
    auto trace = folder_.file("trace");
    Command command = purser({"keepa", "acquire", "--task", "backfiller", "--cost", "3"});
    command.words =
        Words{"strace", "-f", "-y", "-e", "trace=pwrite64,fdatasync,fsync,write", "-o", trace.string()} +
        command.words;
    Finished done = run(command);
    if (done.err.find("ptrace") != std::string::npos || done.err.find("PTRACE") != std::string::npos)
      return std::nullopt;
    EXPECT_EQ(done.exit_status, 0) << done.err;
    EXPECT_NE(done.out.find("granted"), std::string::npos) << done.out;
    return steps(read_file(trace));
  }

  Words steps(const std::string& trace) const {
    const std::string log = std::filesystem::canonical(database()).string() + "-wal>";
    Words all;
    for (const std::string& line : lines(trace)) {
      bool is_of_log = line.find(log) != std::string::npos;
      if (is_of_log && line.find("pwrite64(") != std::string::npos) all.emplace_back("log written");
      if (is_of_log && line.find("sync(") != std::string::npos)
        all.emplace_back(line.find(" = 0") != std::string::npos ? "log synced" : "log not synced");
      if (line.find(" write(1<") != std::string::npos) all.emplace_back("answered");
    }
    return all;
  }

  // What comes after the last write to the log.
  static Words after_the_write(const Words& all) {
    auto last = std::find(all.rbegin(), all.rend(), "log written");
    EXPECT_TRUE(last != all.rend()) << Json(all);
    return {last.base(), all.end()};
  }

  void SetUp() override {
    if (!has_program("strace")) GTEST_SKIP() << "no `strace`";
    if (std::string(PURSER_SANITIZE).find("address") != std::string::npos)
      GTEST_SKIP() << "the leak sanitizer traces too, and two cannot";
  }
};

TEST_F(DurabilityTest, FullAnswersAfterASync) {
  init_with(300);
  for (int round = 0; round < 3; ++round) {
    auto all = traced_grant();
    if (!all) GTEST_SKIP() << "no right to trace a process";
    Words after = after_the_write(*all);
    ASSERT_GE(after.size(), 2U) << Json(*all);
    EXPECT_EQ(after[0], "log synced") << Json(*all);
    EXPECT_EQ(after[1], "answered") << Json(*all);
  }
}

TEST_F(DurabilityTest, NormalAnswersAtOnce) {
  answer({"init", "--durability", "normal"});
  answer({"keepa", "observe", "--tokens-left", "300", "--refill-rate", "5"});
  auto all = traced_grant();
  if (!all) GTEST_SKIP() << "no right to trace a process";
  EXPECT_EQ(after_the_write(*all).at(0), "answered") << Json(*all);
}

}  // namespace
}  // namespace purser::test
