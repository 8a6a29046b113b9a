// Help on every level, for everybody who asks; and the README knows every verb.
#include <algorithm>

#include "cli/command_line_test.h"

namespace purser::test {
namespace {

class HelpTest : public CommandLineTest {
 protected:
  // Every verb as the program lists them: "keepa acquire".
  Words verbs() const {
    Words all;
    bool listing = false;
    for (const std::string& line : lines(run_purser({"--help"}).out)) {
      if (line.empty()) listing = false;
      if (listing) all.push_back(line.substr(2, line.find("  ", 2) - 2));
      if (line == "Verbs:") listing = true;
    }
    return all;
  }
};

Words words_of(const std::string& path) {
  Words words;
  std::istringstream stream(path);
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

TEST_F(HelpTest, ListsTheVerbs) {
  Words all = verbs();
  for (const char* verb :
       {"init", "status", "keepa observe", "keepa acquire", "keepa settle", "keepa release", "keepa leave",
        "keepa afford", "keepa status", "keepa policy list", "keepa policy set", "keepa ledger",
        "keepa verify", "keepa refresh", "migrate status", "migrate up", "prune", "doctor",
        "completion bash"}) {
    EXPECT_NE(std::find(all.begin(), all.end(), verb), all.end()) << verb;
  }
  for (const char* verb : {"acquire", "release", "status", "limit", "resume", "time-zone", "set-day", "claim",
                           "answer", "abandon", "cache get", "cache put", "cache stats", "cache list",
                           "cache delete", "cache prune", "judge", "query"}) {
    EXPECT_NE(std::find(all.begin(), all.end(), std::string("xai ") + verb), all.end()) << verb;
  }
  for (const char* verb : {"spapi set", "spapi status", "spapi remove", "spapi token", "spapi probe",
                           "spapi restrictions", "key generate", "key check"}) {
    EXPECT_NE(std::find(all.begin(), all.end(), verb), all.end()) << verb;
  }
}

TEST_F(HelpTest, NamesTheEnvironmentAndTheExitStatuses) {
  std::string help = run_purser({"--help"}).out;
  for (const char* fragment : {"\nEnvironment:\n",
                               "KEEPA_API_KEY",
                               "XAI_API_KEY",
                               "XAI_TOKEN",
                               "XAI_MODEL",
                               "XAI_MAX_TOKENS",
                               "PURSER_KEEPA_URL",
                               "PURSER_XAI_URL",
                               "PURSER_DB",
                               "PURSER_KEY_FILE",
                               "PURSER_KEY",
                               "SP_API_SELLER_ID",
                               "SP_API_REGION",
                               "SP_API_CLIENT_ID",
                               "SP_API_CLIENT_SECRET",
                               "SP_API_REFRESH_TOKEN",
                               "PURSER_LWA_URL",
                               "PURSER_SPAPI_URL",
                               "PURSER_SPAPI_SANDBOX_URL",
                               "  69 ",
                               "  77 "}) {
    EXPECT_NE(help.find(fragment), std::string::npos) << fragment << "\n" << help;
  }
}

TEST_F(HelpTest, EveryVerbHasHelpWithAnExample) {
  for (const std::string& verb : verbs()) {
    for (const char* option : {"--help", "-h"}) {
      Finished done = run_purser(words_of(verb) + Words{option});
      EXPECT_EQ(done.exit_status, 0) << verb;
      EXPECT_EQ(done.err, "") << verb;
      EXPECT_EQ(done.out.rfind("Usage: purser " + verb, 0), 0U) << done.out;
      EXPECT_NE(done.out.find("\nExamples:\n  "), std::string::npos) << verb;
      EXPECT_NE(done.out.find("--account NAME"), std::string::npos) << verb;
    }
  }
}

TEST_F(HelpTest, NeedsNothingElse) {
  EXPECT_EQ(run_purser({"keepa", "acquire", "--cost", "abc", "--help"}).exit_status, 0);
  EXPECT_EQ(run_purser({"--help", "keepa", "settle"}).exit_status, 0);
  EXPECT_FALSE(std::filesystem::exists(database()));
}

TEST_F(HelpTest, GroupsHaveHelp) {
  EXPECT_NE(run_purser({"spapi", "restrictions", "--help"}).out.find("restrictions ASIN… --condition C"),
            std::string::npos);
  Finished done = run_purser({"keepa", "--help"});
  EXPECT_EQ(done.exit_status, 0);
  EXPECT_NE(done.out.find("keepa policy set"), std::string::npos);
  EXPECT_EQ(done.out.find("migrate up"), std::string::npos);
}

TEST_F(HelpTest, WithoutAVerbHelpIsAnError) {
  for (const Words& words : {Words{}, Words{"keepa"}, Words{"keepa", "policy"}, Words{"migrate"}}) {
    Finished done = run_purser(words);
    EXPECT_EQ(done.exit_status, 64);
    EXPECT_EQ(done.out, "");
    EXPECT_NE(done.err.find("Verbs:"), std::string::npos) << done.err;
  }
}

TEST_F(HelpTest, SaysItsVersion) {
  Finished done = run_purser({"--version"});
  EXPECT_EQ(done.exit_status, 0);
  EXPECT_EQ(done.out.rfind("purser ", 0), 0U) << done.out;
}

TEST_F(HelpTest, TheReadmeNamesEveryVerb) {
  std::string readme = read_file(std::filesystem::path(PURSER_SOURCE) / "README.md");
  ASSERT_FALSE(readme.empty());
  for (const std::string& verb : verbs()) {
    bool named =
        readme.find("purser " + verb) != std::string::npos || readme.find("`" + verb) != std::string::npos;
    EXPECT_TRUE(named) << "README.md does not name purser " << verb;
  }
}

}  // namespace
}  // namespace purser::test
