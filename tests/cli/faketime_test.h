// The real program under libfaketime: another time of the machine's clock for each run.
#pragma once

#include "cli/command_line_test.h"

namespace purser::test {

class FakeTimeTest : public CommandLineTest {
 protected:
  void SetUp() override {
    if (!std::string(PURSER_SANITIZE).empty())
      GTEST_SKIP() << "libfaketime and sanitizers do not go together";
    if (!has_program("faketime")) GTEST_SKIP() << "faketime is not installed";
  }
  // At the machine's time, shifted: "-10m", "+400d", "+0m". Or at a time in UTC: "@2026-03-08 12:00:00".
  Json at(const std::string& time, const Words& words, int exit_status = 0) const {
    Command command = purser(words + Words{"--json"});
    command.words = Words{"faketime", "-f", time} + command.words;
    command.environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1";
    command.environment["TZ"] = "UTC";
    Finished done = run(command);
    EXPECT_EQ(done.exit_status, exit_status) << time << Json(words) << done.out << done.err;
    EXPECT_EQ(done.signal, 0);
    return Json::parse(done.out, nullptr, false);
  }
};

}  // namespace purser::test
