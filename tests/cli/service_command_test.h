// The real programs against the real stand-in: its addresses and keys in the environment, its figures beside
// what the ledger says.
#pragma once

#include <algorithm>

#include "cli/command_line_test.h"
#include "standin/client.h"

namespace purser::test {

class ServiceCommandTest : public CommandLineTest {
 protected:
  ServiceCommandTest() {
    environment_["PURSER_KEEPA_URL"] = standin_.keepa_url();
    environment_["PURSER_XAI_URL"] = standin_.xai_url();
    environment_["KEEPA_API_KEY"] = standin_.keepa_key();
    environment_["XAI_API_KEY"] = standin_.xai_key();
  }
  void SetUp() override { init(); }

  // `purser WORDS...` with one variable of its environment changed.
  Command with(const std::string& name, std::optional<std::string> value, const Words& words) const {
    Command command = purser(words);
    command.environment[name] = std::move(value);
    return command;
  }
  Command without(const std::string& name, const Words& words) const {
    return with(name, std::nullopt, words);
  }
  static Json answer_of(Command command, int exit_status = 0) {
    command.words.emplace_back("--json");
    Finished done = run(command);
    EXPECT_EQ(done.exit_status, exit_status) << Json(command.words) << "\n" << done.out << done.err;
    EXPECT_EQ(lines(done.out).size(), 1U) << done.out;
    return Json::parse(done.out, nullptr, false);
  }

  static Words names_in(const Json& object) {
    Words names;
    for (const auto& item : object.items()) names.push_back(item.key());
    return names;
  }
  static void expect_fields(const Json& object, Words names) {
    std::sort(names.begin(), names.end());
    EXPECT_EQ(names_in(object), names);
  }

  standin::Process standin_{PURSER_STANDIN};
};

}  // namespace purser::test
