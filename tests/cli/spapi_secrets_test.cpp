// No secret of a seller, no access token and no part of one: in no output but that of `spapi token`, no file,
// no list of processes, no core.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "cli/spapi_service_command_test.h"

namespace purser::test {
namespace {

class SpapiSecretsTest : public SpapiServiceCommandTest {
 protected:
  std::string master_key() const {
    std::string text = read_file(key_file());
    return text.substr(text.find(' ') + 1, 43);
  }

  // Every verb but `spapi token`; with and without --json.
  std::string all_outputs() const {
    std::string printed;
    for (const Words& words :
         {Words{"spapi", "set", "--seller-id", kSeller, "--region", "na"}, Words{"spapi", "status"},
          Words{"spapi", "probe"},
          Words{"spapi", "restrictions", "B000000001", "B000000006", "--condition", "good"}, Words{"status"},
          Words{"key", "check"}, Words{"spapi", "set", "--seller-id", "x", "--region", "us"}}) {
      for (const Words& form : {Words{"--json"}, Words{}}) {
        Finished done = run_purser(words + form, credentials().dump());
        EXPECT_NE(done.exit_status, 70) << done.err;
        printed += done.out + done.err;
      }
    }
    return printed;
  }
  // What `spapi token` says where it has none to tell.
  std::string token_refused() const {
    std::string printed;
    for (const Words& words : {Words{"spapi", "token"}, Words{"spapi", "token", "--json", "--retry"}}) {
      Finished done = run_purser(words);
      EXPECT_NE(done.exit_status, 0);
      printed += done.out + done.err;
    }
    return printed;
  }
  // The database, its WAL, its index, its gate.
  std::string all_files() const {
    std::string stored;
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      if (entry.path() == key_file()) continue;
      stored += read_file(entry.path());
      ++files;
    }
    EXPECT_GE(files, 3);
    return stored;
  }
  void expect_no_secret_and_no(const std::set<std::string>& tokens, const std::string& text) const {
    expect_no_secret(text);
    expect_no_part(master_key(), text);
    for (const std::string& token : tokens) expect_no_part(token.substr(5), text);
  }
  std::string new_token(const Words& more = {}) const {
    return answer(Words{"spapi", "token"} + more)["token"].get<std::string>();
  }
};

TEST_F(SpapiSecretsTest, NeitherPrintedNorStored) {
  std::set<std::string> tokens = {new_token()};
  std::string printed = all_outputs();
  sqlite("UPDATE spapi_access SET refreshed_at_ms = refreshed_at_ms - 60000");  // old enough to be the cause
  tokens.insert(new_token({"--rejected", answer({"spapi", "token"})["token_id"]}));
  EXPECT_EQ(tokens.size(), 2U);
  printed += all_outputs();
  EXPECT_GT(printed.size(), 2000U);
  expect_no_secret_and_no(tokens, printed);
  expect_no_secret_and_no(tokens, all_files());
  std::string backup = folder_.file("backup").string();
  run({.words = {"sqlite3", "-readonly", database(), ".backup " + backup}});
  EXPECT_GT(read_file(backup).size(), 4096U);
  std::string copy = folder_.file("copy").string();
  answer({"backup", copy});
  EXPECT_GT(read_file(copy).size(), 4096U);
  answer({"restore", copy, "--yes"});  // what stood there is kept
  expect_no_secret_and_no(tokens, all_files() + content());
}

// Amazon's and the network's failures; what is revoked is a token that it told just before.
TEST_F(SpapiSecretsTest, NorWhereSomethingGoesWrong) {
  std::set<std::string> tokens = {new_token()};
  std::string printed;
  for (const char* answer : {"invalid_grant_live", "invalid_client", "unknown_code_400"}) {
    standin_.set_switch("lwa.answer", answer);
    standin_.set_switch("spapi.revoke", "now");
    sqlite("UPDATE spapi_access SET next_try_at_ms = NULL, state = 'ok', expires_at_ms = 1");
    printed += token_refused() + all_outputs();
  }
  standin_.set_switch("lwa.answer", "normal");
  for (const char* fault : {"redirect", "not_json", "truncated_json", "reset_after", "garbled_gzip"}) {
    standin_.set_switch("lwa.fault", fault);
    sqlite("UPDATE spapi_access SET next_try_at_ms = NULL, state = 'ok', expires_at_ms = 1");
    printed += token_refused();
  }
  standin_.set_switch("lwa.fault", "none");
  sqlite("UPDATE spapi_access SET next_try_at_ms = NULL, state = 'ok'");
  tokens.insert(new_token());
  for (const char* form : {"bare_array", "gateway", "xml", "html"}) {
    standin_.set_switch("spapi.role", "missing_everywhere");
    standin_.set_switch("spapi.error_form", form);
    printed += all_outputs();
  }
  EXPECT_EQ(standin_.state().lwa.redirects_with_secret, 0);
  expect_no_secret_and_no(tokens, printed);
  expect_no_secret_and_no(tokens, all_files());
}

// --- While a slow exchange is under way ----------------------------------------------------------------

// Where cores would be written, in a folder of its own.
class SpapiCoreTest : public SpapiSecretsTest {
 protected:
  void SetUp() override {
    SpapiSecretsTest::SetUp();
    std::filesystem::create_directory(cores());
  }
  std::filesystem::path cores() const { return folder_.file("cores"); }
  bool is_there_a_core() const { return !std::filesystem::is_empty(cores()); }

  Command with_cores(const Words& words, const std::string& input = "") const {
    Command command = purser({}, input);
    command.words =
        Words{"bash", "-c", "cd \"$0\" && ulimit -c unlimited && exec \"$@\"", cores().string()} + words;
    return command;
  }
  // A program that forbids nothing leaves one here, or there is nothing to be seen.
  bool leaves_a_core(int signal) const {
    Process other(
        with_cores({"bash", "-c", "touch \"$0\"; while :; do :; done", folder_.file("began").string()}));
    while (!std::filesystem::exists(folder_.file("began"))) std::this_thread::yield();
    other.signal(signal);
    EXPECT_EQ(other.wait().signal, signal);
    bool is_there = is_there_a_core();
    for (const auto& entry : std::filesystem::directory_iterator(cores())) std::filesystem::remove(entry);
    std::filesystem::remove(folder_.file("began"));
    return is_there;
  }
  void wait_for_exchange() const {
    while (standin_.state().lwa.in_flight == 0) std::this_thread::yield();
  }
};

TEST_F(SpapiCoreTest, TheListOfProcessesShowsNone) {
  standin_.set_switch("lwa.fault", "hang");
  Process waiting(purser({"spapi", "token", "--json"}));
  wait_for_exchange();
  std::string list = run({.words = {"ps", "-ww", "-o", "args", "-p", std::to_string(waiting.id())}}).out;
  expect_in(list, "spapi token --json");
  expect_no_secret(list);
  expect_no_part(master_key(), list);
}

TEST_F(SpapiCoreTest, ACrashLeavesNoCore) {
  if (!leaves_a_core(SIGSEGV)) GTEST_SKIP() << "this machine writes no cores into the folder of a crash";
  standin_.set_switch("lwa.fault", "hang");
  for (int signal : {SIGSEGV, SIGABRT}) {
    standin_.reset();
    sqlite("DELETE FROM lease");
    Process waiting(with_cores({PURSER_PROGRAM, "spapi", "token"}));
    wait_for_exchange();
    EXPECT_EQ(read_file("/proc/" + std::to_string(waiting.id()) + "/comm"), "purser-net\n");
    waiting.signal(signal);
    EXPECT_EQ(waiting.wait().signal, signal);
    EXPECT_FALSE(is_there_a_core()) << signal;
  }
}

bool has_open(const Process& process, const std::string& path) {
  std::error_code gone;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(process.id()) + "/fd", gone)) {
    if (std::filesystem::read_symlink(entry, gone) == path) return true;
  }
  return false;
}

// Held up where it has read all of them: at the gate, which this process holds.
TEST_F(SpapiCoreTest, NorDoesThatOfAStateVerb) {
  if (!leaves_a_core(SIGSEGV)) GTEST_SKIP() << "this machine writes no cores into the folder of a crash";
  int gate = open((database() + "-gate").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(flock(gate, LOCK_EX), 0);
  Process waiting(with_cores(Words{PURSER_PROGRAM} + set_words("A9OTHER"), credentials().dump()));
  while (!has_open(waiting, database() + "-gate")) std::this_thread::yield();
  waiting.signal(SIGSEGV);
  EXPECT_EQ(waiting.wait().signal, SIGSEGV);
  EXPECT_FALSE(is_there_a_core());
  close(gate);
}

}  // namespace
}  // namespace purser::test
