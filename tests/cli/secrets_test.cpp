// Whatever goes wrong, no part of a key is printed or stored, and nothing that a service's error texts quote.
#include <array>
#include <regex>
#include <thread>

#include "cli/command_line_test.h"
#include "standin/client.h"

namespace purser::test {
namespace {

// Nothing else in a database or an answer looks like these.
constexpr char kKeepaKey[] = "kq7w2zjx9vbn4mtr8ply3hdg6fsc5kaeq0ux1wz7jo2b";
constexpr char kXaiKey[] = "xai-Zr8Kp3Wq6Yt1Nb5Vc9Xm2Lj7Hg4Fd0Sa8Qo3Ei6Uy1";
constexpr char kWrongKey[] = "Tw9Lx4Bq8Zs3Hv7Jn2Kc6Rm1Pd5Gf0Yo-wrong";
constexpr std::size_t kLeastPart = 8;

using Environment = std::map<std::string, std::optional<std::string>>;

// What goes wrong at each of the services, and in the environment.
struct Round {
  std::string keepa_fault = "none", keepa_answer = "normal";
  std::string xai_fault = "none", xai_answer = "normal";
  Environment environment = {};
  bool query = true;  // a rate limit or a 5xx would be repeated for seconds
};

std::vector<Round> rounds() {
  return {
      {},
      {.environment = {{"KEEPA_API_KEY", kWrongKey}, {"XAI_API_KEY", kWrongKey}}},
      {.environment = {{"KEEPA_API_KEY", std::string(kKeepaKey) + "\r\n"},
                       {"XAI_API_KEY", std::nullopt},
                       {"XAI_TOKEN", std::string(kXaiKey) + "\r\n"}}},
      {.environment = {{"PURSER_KEEPA_URL", "http://192.0.2.1"}, {"PURSER_XAI_URL", "http://192.0.2.1"}}},
      {.environment = {{"PURSER_KEEPA_URL", "http://user:" + std::string(kWrongKey) + "@127.0.0.1:1"},
                       {"PURSER_XAI_URL", "http://user:" + std::string(kWrongKey) + "@127.0.0.1:1"}},
       .query = false},
      {.environment = {{"XAI_MODEL", "no-such-model"}}},
      {.keepa_fault = "redirect", .xai_fault = "redirect"},
      {.keepa_fault = "not_json", .xai_fault = "not_json"},
      {.keepa_fault = "truncated_json", .xai_fault = "truncated_json"},
      {.keepa_fault = "reset_after", .xai_fault = "reset_after"},
      {.keepa_fault = "html_502", .xai_fault = "html_502", .query = false},
      {.keepa_fault = "wrong_length", .xai_fault = "wrong_length"},
      {.keepa_fault = "garbled_gzip", .xai_fault = "garbled_gzip"},
      {.keepa_fault = "future_date", .xai_fault = "future_date"},
      {.keepa_answer = "402", .xai_answer = "wrong_key"},
      {.keepa_answer = "404_bare", .xai_answer = "wrong_key_new"},
      {.keepa_answer = "ok_with_error", .xai_answer = "no_credits_403"},
      {.keepa_answer = "429", .xai_answer = "forbidden_403"},
      {.xai_answer = "unknown_model_404"},
      {.xai_answer = "malformed_bearer_401"},
      {.xai_answer = "422"},
      {.xai_answer = "rate_429", .query = false},
      {.xai_answer = "refusal"},
  };
}

// A stand-in and the rounds that it plays, one after the other; what was printed and stored stays here.
class Lane {
 public:
  void play(const Round& round) {
    ScratchFolder folder;
    set_switches(round);
    std::string database = folder.file("purser.db").string();
    run_and_keep(round, database, {"init"});
    Words book = {"--title", "t", "--category", "b", "--season", "c", "--price", "5", "--deadline", "300ms"};
    for (const Words& form : {Words{"--json"}, Words{}}) {
      run_and_keep(round, database, form + Words{"xai", "judge"} + book);
    }
    run_and_keep(round, database, Words{"xai", "judge", "--no-fallback", "--json"} + book);
    if (round.query) run_and_keep(round, database, {"xai", "query", "--json"});
    run_and_keep(round, database, {"keepa", "acquire", "--task", "t", "--cost", "1", "--wait", "1ms"});
    for (const Words& words :
         {Words{"status"}, Words{"keepa", "ledger"}, Words{"keepa", "refresh", "--json"}}) {
      run_and_keep(round, database, words);
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      stored += read_file(entry.path());
      ++files;
    }
  }

  std::string printed, stored;
  int files = 0;

 private:
  void set_switches(const Round& round) const {
    standin_.set_switch("keepa.fault", round.keepa_fault);
    standin_.set_switch("keepa.answer", round.keepa_answer);
    standin_.set_switch("xai.fault", round.xai_fault);
    standin_.set_switch("xai.answer", round.xai_answer);
  }
  void run_and_keep(const Round& round, const std::string& database, const Words& words) {
    Command command{.words = Words{PURSER_PROGRAM} + words, .input = "What sells?"};
    command.environment = {{"PURSER_DB", database},
                           {"PURSER_KEEPA_URL", standin_.keepa_url()},
                           {"PURSER_XAI_URL", standin_.xai_url()},
                           {"KEEPA_API_KEY", kKeepaKey},
                           {"XAI_API_KEY", kXaiKey},
                           {"XAI_MODEL", std::nullopt}};
    for (const auto& [name, value] : round.environment) command.environment[name] = value;
    Finished done = run(command);
    EXPECT_EQ(done.signal, 0);
    EXPECT_NE(done.exit_status, 70) << done.err;
    printed += done.out + done.err;
  }

  standin::Process standin_{PURSER_STANDIN, {"--keepa-key", kKeepaKey, "--xai-key", kXaiKey}};
};

void expect_no_part(const std::string& key, const std::string& text) {
  for (std::size_t i = 0; i + kLeastPart <= key.size(); ++i) {
    std::size_t found = text.find(key.substr(i, kLeastPart));
    EXPECT_EQ(found, std::string::npos) << text.substr(found < 100 ? 0 : found - 100, 300);
  }
}

TEST(Secrets, NoPartOfAKeyIsPrintedOrStored) {
  const std::vector<Round> all = rounds();
  std::array<Lane, 3> lanes;
  std::vector<std::thread> threads;
  for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
    threads.emplace_back([&, lane] {
      for (std::size_t i = lane; i < all.size(); i += lanes.size()) lanes[lane].play(all[i]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::regex team("[Tt]eam [0-9a-f]{8}-");  // its id, as xAI's error texts name it
  for (const Lane& lane : lanes) {
    EXPECT_GT(lane.printed.size(), 1000U);
    EXPECT_GE(lane.files,
              3 * static_cast<int>(all.size() / lanes.size()));  // the database, its WAL, its gate
    for (const char* key : {kKeepaKey, kXaiKey, kWrongKey}) {
      expect_no_part(key, lane.printed);
      expect_no_part(key, lane.stored);
    }
    EXPECT_FALSE(std::regex_search(lane.printed, team)) << lane.printed;
    EXPECT_EQ(lane.printed.find("***"), std::string::npos)
        << lane.printed;  // what is left of a key, as xAI quotes it
  }
}

}  // namespace
}  // namespace purser::test
