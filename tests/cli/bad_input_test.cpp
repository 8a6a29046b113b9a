// Input that is well-formed for the command line and wrong all the same.
#include "cli/command_line_test.h"

namespace purser::test {
namespace {

using BadInputTest = CommandLineTest;

TEST_F(BadInputTest, TextThatIsNotUtf8) {
  init_with(300);
  Words acquire = {"keepa", "acquire", "--cost", "5", "--task"};
  for (const char* name : {"\xff", "caf\xe9", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80"}) {
    expect_refused(acquire + Words{name}, 65, "invalid_text", "UTF-8");
  }
  expect_refused(acquire + Words{"a", "--kind", "\xff"}, 65, "invalid_text", "UTF-8");
  expect_refused(acquire + Words{"a", "--idempotency-key", "\xff"}, 65, "invalid_text", "UTF-8");
  expect_refused({"keepa", "policy", "set", "\xff", "--buffer", "5"}, 65, "invalid_text", "UTF-8");
  expect_refused({"--worker", "\xff", "keepa", "acquire", "--task", "a", "--cost", "5"}, 65, "invalid_text",
                 "UTF-8");
  expect_refused({"--account", "\xff", "keepa", "observe", "--tokens-left", "5", "--refill-rate", "5"}, 65,
                 "invalid_text", "UTF-8");
}

TEST_F(BadInputTest, TextOfAnyLanguageIsText) {
  init_with(300);
  answer({"keepa", "acquire", "--cost", "5", "--task", "Bücher 本 📚"});
  EXPECT_EQ(answer({"keepa", "status"})["reservations"][0]["task"], "Bücher 本 📚");
}

TEST_F(BadInputTest, AnswersThatAreNoJson) {
  init_with(55);
  std::string id = grant("backfiller", 80);
  for (const char* input :
       {"", "{", R"({"tokensLeft":5,"refillRate":)", "<html>502 Bad Gateway</html>", "\xff\xfe"}) {
    expect_refused({"keepa", "observe", "--response", "-"}, 65, "invalid_response", "JSON", input);
    expect_refused({"keepa", "settle", id, "--response", "-"}, 65, "invalid_response", "JSON", input);
  }
  expect_refused({"keepa", "settle", id, "--response", "-"}, 65, "invalid_response",
                 "if the reservation is still open", "{");
}

TEST_F(BadInputTest, AnswersWithoutAnEnvelopeObserveNothing) {
  init_with(55);
  std::string before = content();
  for (const char* input : {"{}", "[]",
                            R"({"error":{"type":"invalidParameter"},"refillIn":0,"refillRate":0,)"
                            R"("timestamp":1790277678673,"tokenFlowReduction":0.0,"tokensLeft":0})"}) {
    bool refuses_key = std::string(input).find("error") != std::string::npos;
    Json observed = answer({"keepa", "observe", "--response", "-"}, refuses_key ? 77 : 0, input);
    EXPECT_EQ(observed["applied"], false) << input;
    EXPECT_EQ(observed["balance"], 55) << input;
  }
  EXPECT_EQ(content(), before);
}

TEST_F(BadInputTest, FilesThatCannotBeRead) {
  init_with(55);
  expect_refused({"keepa", "observe", "--response", "/nonexistent/answer.json"}, 74, "io_error",
                 "/nonexistent/answer.json");
  expect_refused({"keepa", "observe", "--response", folder_.path().string()}, 74, "io_error", "directory");
}

TEST_F(BadInputTest, AnswersLargerThanAnyOfKeepas) {
  init_with(55);
  auto file = folder_.file("large.json");
  write_file(file, "");
  std::filesystem::resize_file(file, 256 * 1024 * 1024 + 1);  // sparse
  expect_refused({"keepa", "observe", "--response", file.string()}, 65, "invalid_response", "256 MiB");
}

TEST_F(BadInputTest, TheDatabaseItselfIsNoAnswer) {
  init_with(55);
  expect_refused({"keepa", "observe", "--response", database()}, 65, "invalid_response", "JSON");
}

TEST_F(BadInputTest, ATimestampFarAhead) {
  init_with(55);
  Words words = {"keepa", "observe", "--tokens-left", "5", "--timestamp", "253402300799999"};
  expect_refused(words, 65, "timestamp_ahead", "ahead");
  EXPECT_EQ(answer(words + Words{"--force"})["applied"], true);
}

TEST_F(BadInputTest, AKeyOfAnotherRequest) {
  init_with(300);
  answer({"keepa", "acquire", "--task", "backfiller", "--cost", "80", "--idempotency-key", "k"});
  expect_refused({"keepa", "acquire", "--task", "backfiller", "--cost", "81", "--idempotency-key", "k"}, 65,
                 "idempotency_conflict", "80 tokens by backfiller");
}

TEST_F(BadInputTest, ReservationsThatAreNone) {
  init_with(300);
  for (const char* id : {"deadbeef", "-25", "not hex", "'; DROP TABLE keepa_ledger; --"}) {
    expect_refused({"keepa", "settle", id}, 1, "unknown_reservation", "reservation");
    expect_refused({"keepa", "release", id}, 1, "unknown_reservation", "reservation");
  }
}

TEST_F(BadInputTest, AFreshAccountNeedsARate) {
  init();
  expect_refused({"keepa", "observe", "--tokens-left", "5"}, 64, "usage", "refill");
}

}  // namespace
}  // namespace purser::test
