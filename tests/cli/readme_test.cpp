// What tools/README.md shows in Python runs as it stands there.
#include "cli/documents.h"
#include "cli/service_command_test.h"

namespace purser::test {
namespace {

class ReadmeTest : public ServiceCommandTest {
 protected:
  void SetUp() override {
    ServiceCommandTest::SetUp();
    std::ofstream(folder_.file("purser_worker.py")) << block_that_begins("```python\nimport gzip");
  }
  static std::string block_that_begins(const std::string& begin) {
    std::string readme = document_text("tools/README.md");
    std::size_t at = readme.find(begin);
    EXPECT_NE(at, std::string::npos) << begin;
    if (at == std::string::npos) return "";
    std::size_t from = readme.find('\n', at) + 1;
    return readme.substr(from, readme.find("\n```", from) - from + 1);
  }
  // A line of Python behind `from purser_worker import *`, with the program in the PATH.
  Finished python(const std::string& line) const {
    Command command = purser({});
    std::string folder = std::filesystem::path(PURSER_PROGRAM).parent_path().string();
    command.words = {"sh",
                     "-c",
                     "cd \"$0\" && PATH=\"$1:$PATH\" exec python3 -c \"$2\"",
                     folder_.path().string(),
                     folder,
                     "from purser_worker import *\n" + line};
    return run(command);
  }
};

TEST_F(ReadmeTest, TheWorkerInPythonAsksCallsAndSettles) {
  answer({"keepa", "refresh"});
  Finished done =
      python("found, seconds = products(['B000000001', 'B000000002'])\nprint(len(found), seconds)");
  ASSERT_EQ(done.exit_status, 0) << done.err;
  EXPECT_EQ(done.out, "2 0\n");
  Json status = answer({"keepa", "status"});
  EXPECT_EQ(status["held"], 0);
  EXPECT_EQ(status["balance"], 298);
  EXPECT_EQ(standin_.state().keepa.paid_requests, 1);
}

TEST_F(ReadmeTest, RefusedItSaysForHowLongNotToAskAgain) {
  answer({"keepa", "observe", "--tokens-left", "10", "--refill-rate", "5"});
  Finished done = python("found, seconds = products(['B000000001'])\nprint(found, 480 < seconds < 600)");
  ASSERT_EQ(done.exit_status, 0) << done.err;
  EXPECT_EQ(done.out, "None True\n");  // (55 - 10) / 5 minutes are nine
  EXPECT_EQ(standin_.state().keepa.paid_requests, 0);
}

// Somebody else has spent what the ledger counted on.
TEST_F(ReadmeTest, A429HasNoProductsAndTellsTheBalance) {
  answer({"keepa", "observe", "--tokens-left", "300", "--refill-rate", "5"});
  standin_.set_switch("keepa.tokens", "-20");
  Finished done = python("found, seconds = products(['B000000001'])\nprint(found, seconds)");
  ASSERT_EQ(done.exit_status, 0) << done.err;
  EXPECT_EQ(done.out, "None 60\n");
  EXPECT_EQ(answer({"keepa", "status"})["balance"], -20);
}

TEST_F(ReadmeTest, AWrongKeyIsAnException) {
  answer({"keepa", "observe", "--tokens-left", "300", "--refill-rate", "5"});
  Finished done = python("import os\nos.environ['KEEPA_API_KEY'] = 'wrong'\nproducts(['B000000001'])");
  EXPECT_EQ(done.exit_status, 1);
  expect_in(done.err, "PermissionError: Keepa refuses the key");
  EXPECT_EQ(answer({"keepa", "status"})["balance"], 300);
}

TEST_F(ReadmeTest, AFaultIsAnException) {
  Finished done = python("purser('keepa', 'settle', '0' * 32)");
  EXPECT_EQ(done.exit_status, 1);
  expect_in(done.err, "RuntimeError: there is no reservation");
}

}  // namespace
}  // namespace purser::test
