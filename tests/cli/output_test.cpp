// Where answers go: whole or with an error, JSON for scripts, colour for terminals.
#include "cli/command_line_test.h"

namespace purser::test {
namespace {

class OutputTest : public CommandLineTest {
 protected:
  Finished shell(const std::string& script) const {
    return CommandLineTest::shell("export TERM=xterm\n" + script);
  }
};

TEST_F(OutputTest, AnAnswerThatDoesNotGetOutIsAFailure) {
  init_with(55);
  Finished full = shell("\"$P\" keepa status > /dev/full");
  EXPECT_EQ(full.exit_status, 74);
  EXPECT_NE(full.err.find("purser: the answer could not be written"), std::string::npos) << full.err;
  EXPECT_EQ(shell("\"$P\" keepa status >&-").exit_status, 74);
  EXPECT_EQ(shell("\"$P\" --help > /dev/full").exit_status, 74);
  EXPECT_EQ(shell("\"$P\" keepa aquire --json > /dev/full").exit_status, 74);
}

TEST_F(OutputTest, AReaderWhoLeftIsNoSignal) {
  init_with(55);
  Finished done = shell("{ sleep 0.3; \"$P\" keepa status; echo \"exit $?\" >&2; } | true");
  EXPECT_NE(done.err.find("exit 74"), std::string::npos) << done.err;
}

// With its standard descriptors closed, a program's next files get their numbers.
TEST_F(OutputTest, NothingIsWrittenIntoTheDatabase) {
  init_with(55);
  EXPECT_EQ(shell("\"$P\" keepa acquire --task a --cost 1 0<&- 1>&- 2>&-").exit_status, 74);
  EXPECT_EQ(answer({"keepa", "verify"})["held_matches"], true);
  EXPECT_EQ(read_file(database() + "-gate").find("granted"), std::string::npos);
}

TEST_F(OutputTest, WithoutStderrItStillAnswers) {
  init_with(55);
  Finished done = shell("\"$P\" keepa aquire --json 2>&-");
  EXPECT_EQ(done.exit_status, 64);
  EXPECT_EQ(Json::parse(done.out)["error"]["code"], "usage");
}

TEST_F(OutputTest, ColourIsForTerminals) {
  if (!has_program("script")) GTEST_SKIP() << "no `script` to make a terminal";
  init_with(300);
  const std::string on_terminal = "script -qec \"$P keepa acquire --task a --cost 1\" /dev/null";
  EXPECT_NE(shell(on_terminal).out.find("\x1b[1;32mgranted\x1b[0m"), std::string::npos);
  EXPECT_EQ(shell("NO_COLOR=1 " + on_terminal).out.find('\x1b'), std::string::npos);
  EXPECT_EQ(shell("TERM=dumb " + on_terminal).out.find('\x1b'), std::string::npos);
  EXPECT_EQ(shell("script -qec \"$P keepa acquire --task a --cost 1 --json\" /dev/null").out.find('\x1b'),
            std::string::npos);
  EXPECT_EQ(shell("\"$P\" keepa acquire --task a --cost 1").out.find('\x1b'), std::string::npos);
}

TEST_F(OutputTest, WaitingShowsALineOnATerminal) {
  if (!has_program("script")) GTEST_SKIP() << "no `script` to make a terminal";
  init();
  answer({"keepa", "observe", "--tokens-left", "0", "--refill-rate", "5"});
  Finished done = shell("script -qec \"$P keepa acquire --task a --cost 1 --wait 1500ms\" /dev/null");
  EXPECT_NE(done.out.find("waiting for 1 token to a: "), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("; place 1, its turn in 1"), std::string::npos) << done.out;
  EXPECT_EQ(done.exit_status, 75);
}

}  // namespace
}  // namespace purser::test
