// Answers of services as they really come, by file and by pipe: odd bytes, odd fields, and what never ends.
#include <sys/stat.h>

#include <filesystem>

#include "cli/command_line_test.h"

namespace purser::test {
namespace {

class ResponseTest : public CommandLineTest {
 protected:
  void SetUp() override { init_with(100); }

  std::string file_with(const std::string& content) const {
    std::string file = folder_.file("answer.json").string();
    std::ofstream(file, std::ios::binary) << content;
    return file;
  }
  // A shell's line, in which "$0" is the program.
  Finished shell(const std::string& line) const {
    Command command = purser({});
    command.words = {"bash", "-c", line, PURSER_PROGRAM};
    return run(command);
  }
};

TEST_F(ResponseTest, OddBytesBesideTheEnvelopeAreNoMatter) {
  std::string body =
      "{\"tokensLeft\":55,\"products\":[{\"title\":\"cut "
      "\\ud83d\",\"by\":\"\xff\xed\xa0\x80\"}],\"x\":1e999}";
  EXPECT_EQ(answer({"keepa", "observe", "--response", file_with(body)})["balance"], 55);
  std::string id = grant("backfiller", 80);
  Json settled = answer({"keepa", "settle", id, "--response", "-"}, 0, body);
  EXPECT_EQ(settled["settled"], true);
  EXPECT_EQ(settled["balance"], 55);
}

TEST_F(ResponseTest, AnOddSideFieldIsPassedOverAndToldInALine) {
  for (const char* odd : {"\"refillIn\":-12", "\"refillIn\":172800000", "\"tokenFlowReduction\":-0.5",
                          "\"refillRate\":\"5\"", "\"timestamp\":-1"}) {
    std::string body = std::string("{\"tokensLeft\":77,") + odd + "}";
    Finished done = run_purser({"keepa", "observe", "--json", "--response", "-"}, body);
    EXPECT_EQ(done.exit_status, 0) << done.err;
    EXPECT_EQ(Json::parse(done.out)["balance"], 77) << odd;
    EXPECT_EQ(Json::parse(done.out)["refill_rate"], 0) << odd;  // what was known of it stays
    std::string name(odd + 1, std::string(odd).find('"', 1) - 1);
    EXPECT_NE(done.err.find(name), std::string::npos) << done.err;
  }
}

TEST_F(ResponseTest, ABalanceThatIsNoNumberIsSaidToBeNone) {
  expect_refused({"keepa", "observe", "--response", "-"}, 65, "invalid_response", "tokensLeft is no number",
                 R"({"tokensLeft":"300","refillRate":5})");
}

TEST_F(ResponseTest, WithoutARefillRateTheKnownOneStaysAndAFreshAccountIsToldWhatItNeeds) {
  EXPECT_EQ(answer({"keepa", "observe", "--response", "-"}, 0, R"({"tokensLeft":60})")["balance"], 60);
  expect_fault({"--account", "fresh", "keepa", "observe", "--response", "-"}, 65, "invalid_response",
               "refillRate", R"({"tokensLeft":60})");
}

TEST_F(ResponseTest, AFileOfBracketsIsRefusedWithinLittleMemory) {
  for (const char* make : {"head -c 100000000 /dev/zero | tr '\\0' '['",
                           "printf '{\"tokensLeft\":5,\"x\":'; head -c 100000000 /dev/zero | tr '\\0' '['"}) {
    std::string file = folder_.file("deep.json").string();
    ASSERT_EQ(shell(std::string("(") + make + ") > " + file).exit_status, 0);
    // The file itself, and the rest of the program.
    Finished done = shell("ulimit -v 400000; exec \"$0\" keepa observe --response " + file);
    EXPECT_EQ(done.exit_status, 65) << done.out << done.err;
    EXPECT_NE(done.err.find("nested deeper than 64"), std::string::npos) << done.err;
  }
}

TEST_F(ResponseTest, WhatMemoryDoesNotHoldIsNoBugOfOurs) {
  Finished done = shell("ulimit -v 150000; exec \"$0\" keepa observe --response /dev/zero");
  EXPECT_EQ(done.exit_status, 74) << done.out << done.err;
  EXPECT_NE(done.err.find("not enough memory"), std::string::npos) << done.err;
}

TEST_F(ResponseTest, AFileWithoutAnEndIsLargerThanAnyAnswer) {
  Finished done = shell("exec \"$0\" keepa observe --response /dev/zero");
  EXPECT_EQ(done.exit_status, 65) << done.out << done.err;
  EXPECT_NE(done.err.find("256 MiB"), std::string::npos) << done.err;
}

TEST_F(ResponseTest, APipeThatNobodyWritesToEnds) {
  std::string pipe = folder_.file("pipe").string();
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  expect_refused({"keepa", "observe", "--response", pipe}, 74, "io_error", "nobody writes to");
}

TEST_F(ResponseTest, APipeWithAWriterIsRead) {
  const std::string body = R"('{"tokensLeft":66}')";
  EXPECT_EQ(shell("\"$0\" keepa observe --response <(printf " + body + ")").exit_status, 0);
  EXPECT_EQ(answer({"keepa", "status"})["balance"], 66);
  // One that writes late, and in two parts.
  std::string late = "(sleep 0.3; printf '{\"tokens'; sleep 0.3; printf 'Left\":44}')";
  EXPECT_EQ(shell("\"$0\" keepa observe --response <" + late).exit_status, 0);
  EXPECT_EQ(answer({"keepa", "status"})["balance"], 44);
  std::string pipe = folder_.file("pipe").string();
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(shell("(sleep 0.3; printf " + body + " > " + pipe + ") & \"$0\" keepa observe --response " + pipe)
                .exit_status,
            0);
  EXPECT_EQ(answer({"keepa", "status"})["balance"], 66);
  // One that leaves without a word.
  Finished empty = shell("(: > " + pipe + ") & \"$0\" keepa observe --response " + pipe);
  EXPECT_NE(empty.exit_status, 0);
  EXPECT_EQ(shell("\"$0\" keepa observe --response <(:)").exit_status, 65);
}

TEST_F(ResponseTest, SecretsStayOutOfTheSwapWhereTheLimitIsLifted) {
  if (shell("ulimit -l unlimited").exit_status != 0)
    GTEST_SKIP() << "the limit on locked memory cannot be lifted here";
  // It waits for its input while it is looked at.
  std::string locked = "grep -q 'VmLck:[^1-9]*[1-9]' /proc/$!/status";
  std::string line = "ulimit -l unlimited; exec 3<> " + folder_.file("hold").string() +
                     "; \"$0\" keepa observe --response - <&3 & for i in $(seq 200); do " + locked +
                     " && break; sleep 0.05; done; " + locked + "; found=$?; kill $!; exit $found";
  ASSERT_EQ(mkfifo(folder_.file("hold").c_str(), 0600), 0);
  EXPECT_EQ(shell(line).exit_status, 0);
}

TEST_F(ResponseTest, StandardInputMayBeOneThatDoesNotBlock) {
  std::string unblock =
      "python3 -c 'import os,sys; os.set_blocking(0,False); os.execv(sys.argv[1],sys.argv[1:])' ";
  if (!has_program("python3")) GTEST_SKIP() << "python3 is not installed";
  Finished done =
      shell("(sleep 0.3; printf '{\"tokensLeft\":33}') | " + unblock + "\"$0\" keepa observe --response -");
  EXPECT_EQ(done.exit_status, 0) << done.err;
  EXPECT_EQ(answer({"keepa", "status"})["balance"], 33);
}

}  // namespace
}  // namespace purser::test
