// A folder with a database of its own, and the real program to use it with.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "support/files.h"
#include "support/run.h"
#include "support/scratch.h"

namespace purser::test {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

inline Words operator+(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

class CommandLineTest : public ::testing::Test {
 protected:
  std::string database() const { return folder_.file("purser.db").string(); }

  // `purser WORDS...` with $PURSER_DB set to this test's database.
  Command purser(const Words& words, const std::string& input = "") const {
    Command command;
    command.words = Words{PURSER_PROGRAM} + words;
    command.input = input;
    command.environment = environment_;
    command.environment["PURSER_DB"] = database();
    return command;
  }
  Finished run_purser(const Words& words, const std::string& input = "") const {
    return run(purser(words, input));
  }

  // A shell script, which sees the program as $P, the database as $PURSER_DB and the folder as $FOLDER.
  // `before`: what runs the shell, such as unshare.
  Finished shell(const std::string& script, const Words& before = {}) const {
    Command command = purser({});
    command.words = before + Words{"bash", "-c", script};
    command.environment["P"] = PURSER_PROGRAM;
    command.environment["FOLDER"] = folder_.path().string();
    return run(command);
  }

  // Its JSON answer; the test fails where the exit status is another.
  Json answer(const Words& words, int exit_status = 0, const std::string& input = "") const {
    Finished done = run_purser(words + Words{"--json"}, input);
    EXPECT_EQ(done.exit_status, exit_status) << Json(words) << "\n" << done.out << done.err;
    EXPECT_EQ(lines(done.out).size(), 1U) << done.out;
    return Json::parse(done.out, nullptr, false);
  }

  void init() const { answer({"init"}); }
  // A known balance, without refill, so that nothing moves with the time that a test takes.
  void init_with(int tokens_left) const {
    init();
    answer({"keepa", "observe", "--tokens-left", std::to_string(tokens_left), "--refill-rate", "5",
            "--flow-reduction", "5"});
  }
  std::string grant(const std::string& task, int cost) const {
    return answer({"keepa", "acquire", "--task", task, "--cost", std::to_string(cost)})
        .value("reservation", std::string());
  }

  // The whole content of the database as SQL, read by another program.
  std::string content() const {
    Finished done = run({.words = {"sqlite3", "-readonly", database(), "PRAGMA user_version", ".dump"}});
    EXPECT_EQ(done.exit_status, 0) << done.err;
    return done.out;
  }

  void sqlite(const std::string& script) const {
    Finished done = run({.words = {"sqlite3", database(), script}});
    ASSERT_EQ(done.exit_status, 0) << done.err;
  }

  static void expect_in(const std::string& text, const std::string& fragment) {
    EXPECT_NE(text.find(fragment), std::string::npos) << "wanted: " << fragment << "\ngot: " << text;
  }

  // Refused with this exit status and these words, as text and as JSON, and nothing has changed.
  void expect_refused(const Words& words, int exit_status, const std::string& code,
                      const std::string& fragment, const std::string& input = "") const {
    std::string before = content();
    expect_fault(words, exit_status, code, fragment, input);
    EXPECT_EQ(content(), before) << Json(words);
  }
  void expect_fault(const Words& words, int exit_status, const std::string& code, const std::string& fragment,
                    const std::string& input = "") const {
    expect_fault(purser(words, input), exit_status, code, fragment);
  }
  static void expect_fault(const Command& command, int exit_status, const std::string& code,
                           const std::string& fragment) {
    SCOPED_TRACE(Json(command.words).dump(-1, ' ', false, Json::error_handler_t::replace));
    Finished plain = run(command);
    EXPECT_EQ(plain.exit_status, exit_status) << plain.out << plain.err;
    EXPECT_EQ(plain.out, "");
    expect_talk(plain.err, fragment);
    Command as_json = command;
    as_json.words.emplace_back("--json");
    Finished done = run(as_json);
    EXPECT_EQ(done.exit_status, exit_status);
    expect_talk(done.err, fragment);
    Json object = Json::parse(done.out, nullptr, false);
    ASSERT_FALSE(object.is_discarded()) << done.out;
    EXPECT_EQ(object["error"]["code"], code);
    EXPECT_NE(object["error"]["message"].dump().find(fragment), std::string::npos) << done.out;
    EXPECT_EQ(object["error"]["retryable"], is_retryable(code)) << code;
  }

  static Words lines(const std::string& text) {
    Words all;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) all.push_back(line);
    return all;
  }

  ScratchFolder folder_;
  // Beside our own, less what a developer's may hold: no test ever calls a real service.
  std::map<std::string, std::optional<std::string>> environment_ = {
      {"NO_COLOR", std::nullopt},
      {"KEEPA_API_KEY", std::nullopt},
      {"XAI_API_KEY", std::nullopt},
      {"XAI_TOKEN", std::nullopt},
      {"XAI_MODEL", std::nullopt},
      {"XAI_MAX_TOKENS", std::nullopt},
      {"PURSER_XAI_URL", std::nullopt},
      {"PURSER_KEEPA_URL", std::nullopt},
      {"http_proxy", std::nullopt},
      {"all_proxy", std::nullopt},
      {"PURSER_KEY_FILE", std::nullopt},
      {"PURSER_KEY", std::nullopt},
      {"CREDENTIALS_DIRECTORY", std::nullopt},
      {"SP_API_SELLER_ID", std::nullopt},
      {"SP_API_REGION", std::nullopt},
      {"SP_API_CLIENT_ID", std::nullopt},
      {"SP_API_CLIENT_SECRET", std::nullopt},
      {"SP_API_REFRESH_TOKEN", std::nullopt},
      {"PURSER_LWA_URL", std::nullopt},
      {"PURSER_SPAPI_URL", std::nullopt},
      {"PURSER_SPAPI_SANDBOX_URL", std::nullopt}};

 private:
  static bool is_retryable(const std::string& code) {
    return code == "busy" || code == "unreachable" || code == "no_answer" || code == "service_failed" ||
           code == "rate_limited";
  }
  static void expect_talk(const std::string& err, const std::string& fragment) {
    EXPECT_NE(("\n" + err).find("\npurser: "), std::string::npos) << err;
    expect_in(err, fragment);
  }
};

}  // namespace purser::test
