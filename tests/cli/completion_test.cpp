// The completion script in a real bash, with COMP_WORDS set as bash sets them.
#include <algorithm>

#include "cli/command_line_test.h"

namespace purser::test {
namespace {

// $1 is where to be, the rest the words so far: the last of them is completed.
constexpr char kComplete[] = R"(
  cd "$1"; shift
  source <("$PROGRAM" completion bash)
  COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
  _purser
  printf '%s\n' "${COMPREPLY[@]}")";

class CompletionTest : public CommandLineTest {
 protected:
  // What bash would offer for the last word.
  Words offers(const Words& words, const std::string& folder = "/") const {
    Command command = purser({});
    command.words = Words{"bash", "--norc", "-c", kComplete, "bash", folder, "purser"} + words;
    command.environment["PROGRAM"] = PURSER_PROGRAM;
    Finished done = run(command);
    EXPECT_EQ(done.exit_status, 0);
    EXPECT_EQ(done.err, "");
    Words all = lines(done.out);
    std::sort(all.begin(), all.end());
    return all;
  }
};

TEST_F(CompletionTest, Verbs) {
  EXPECT_EQ(offers({""}), (Words{"backup", "completion", "doctor", "import", "init", "keepa", "key",
                                 "migrate", "prune", "restore", "spapi", "status", "xai"}));
  EXPECT_EQ(offers({"kee"}), (Words{"keepa"}));
  EXPECT_EQ(offers({"keepa", "s"}), (Words{"settle", "status"}));
  EXPECT_EQ(offers({"keepa", "a"}), (Words{"acquire", "afford"}));
  EXPECT_EQ(offers({"keepa", "re"}), (Words{"refresh", "release"}));
  EXPECT_EQ(offers({"keepa", "policy", ""}), (Words{"list", "set"}));
  EXPECT_EQ(offers({"--json", "--db", "/tmp/x.db", "migrate", ""}),
            (Words{"down", "status", "up", "verify"}));
  EXPECT_EQ(offers({"xai", "a"}), (Words{"abandon", "acquire", "answer"}));
  EXPECT_EQ(offers({"xai", "cache", ""}), (Words{"delete", "get", "list", "prune", "put", "stats"}));
  EXPECT_EQ(offers({"xai", "re"}), (Words{"release", "resume"}));
  EXPECT_EQ(offers({"spapi", "re"}), (Words{"remove", "restrictions"}));
  EXPECT_EQ(offers({"key", ""}), (Words{"check", "generate", "rotate"}));
  EXPECT_EQ(offers({"--account=second", "keepa", "v"}), (Words{"verify"}));
}

TEST_F(CompletionTest, Options) {
  EXPECT_EQ(offers({"keepa", "acquire", "--t"}), (Words{"--task"}));
  EXPECT_EQ(offers({"keepa", "acquire", "--task", "x", "--c"}), (Words{"--cost"}));
  EXPECT_EQ(offers({"keepa", "afford", "--k"}), (Words{"--kind"}));
  EXPECT_EQ(offers({"keepa", "settle", "0123", "--con"}), (Words{"--consumed"}));
  EXPECT_EQ(offers({"keepa", "settle", "0123", "--fo"}), (Words{"--force"}));
  EXPECT_EQ(offers({"xai", "claim", "--title", "a b", "--s"}), (Words{"--season"}));
  EXPECT_EQ(offers({"xai", "abandon", "0123", "--n"}), (Words{"--never-sent"}));
  EXPECT_EQ(offers({"keepa", "refresh", "--n"}), (Words{"--new-key"}));
  EXPECT_EQ(offers({"xai", "judge", "--n"}), (Words{"--no-fallback"}));
  EXPECT_EQ(offers({"xai", "judge", "--max"}), (Words{"--max-age", "--max-tokens"}));
  EXPECT_EQ(offers({"xai", "abandon", "0123", "--r"}), (Words{"--refused-content"}));
  EXPECT_EQ(offers({"xai", "cache", "list", "--m"}), (Words{"--model"}));
  EXPECT_EQ(offers({"keepa", "--js"}), (Words{"--json"}));
  EXPECT_EQ(offers({"spapi", "restrictions", "B000000001", "B000000002", "--c"}), (Words{"--condition"}));
  Words all = offers({"keepa", "ledger", ""});
  EXPECT_NE(std::find(all.begin(), all.end(), "--last"), all.end());
}

TEST_F(CompletionTest, Values) {
  EXPECT_EQ(offers({"init", "--durability", ""}), (Words{"full", "normal"}));
  EXPECT_EQ(offers({"init", "--durability", "=", "n"}), (Words{"normal"}));  // bash takes words apart at =
  EXPECT_EQ(offers({"init", "--durability", "="}), (Words{"full", "normal"}));
  EXPECT_EQ(offers({"xai", "answer", "0123", "--verdict", ""}), (Words{"false", "true"}));
  EXPECT_EQ(offers({"xai", "cache", "put", "--verdict", "t"}), (Words{"true"}));
  EXPECT_EQ(offers({"xai", "judge", "--fallback", ""}), (Words{"false", "true"}));
  EXPECT_EQ(offers({"spapi", "set", "--region", ""}), (Words{"eu", "fe", "na"}));
  EXPECT_EQ(offers({"keepa", "acquire", "--task", ""}), (Words{""}));  // anything: nothing is offered
}

TEST_F(CompletionTest, Files) {
  write_file(folder_.file("an answer.json"), "{}");
  EXPECT_EQ(offers({"keepa", "observe", "--response", "an"}, folder_.path().string()),
            (Words{"an answer.json"}));
  EXPECT_EQ(offers({"--db", "an"}, folder_.path().string()), (Words{"an answer.json"}));
  EXPECT_EQ(offers({"key", "generate", "--file", "an"}, folder_.path().string()), (Words{"an answer.json"}));
}

TEST_F(CompletionTest, IsRegistered) {
  Command command = purser({});
  command.words = {"bash", "--norc", "-c", "source <(\"$PROGRAM\" completion bash); complete -p purser"};
  command.environment["PROGRAM"] = PURSER_PROGRAM;
  EXPECT_EQ(run(command).out, "complete -F _purser purser\n");
}

// Where the bash-completion package is there, it loads such a file by itself.
TEST_F(CompletionTest, WorksBesideBashCompletion) {
  const char* package = "/usr/share/bash-completion/bash_completion";
  if (!std::filesystem::exists(package)) GTEST_SKIP() << "bash-completion is not installed";
  auto file = folder_.file("completions") / "purser";
  std::filesystem::create_directory(folder_.file("completions"));
  write_file(file, run_purser({"completion", "bash"}).out);
  Command command = purser({});
  command.words = {"bash", "--norc", "-c", "source \"$1\"; _completion_loader purser; complete -p purser",
                   "bash", package};
  command.environment["BASH_COMPLETION_USER_DIR"] = folder_.path().string();
  EXPECT_EQ(run(command).out, "complete -F _purser purser\n");
}

}  // namespace
}  // namespace purser::test
