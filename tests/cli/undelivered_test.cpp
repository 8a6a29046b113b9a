// An answer that nobody gets grants nothing: what it granted is given back, and who waits for nobody stops.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <thread>

#include "cli/command_line_test.h"

namespace purser::test {
namespace {

class UndeliveredTest : public CommandLineTest {
 protected:
  void SetUp() override { init_with(300); }

  // `purser WORDS` into a pipe that nobody reads any more.
  Finished unread(const std::string& words) const {
    return shell("exec 3> >(exec true); sleep 0.2; \"$P\" " + words + " >&3; echo \"exit $?\" >&2");
  }
  int held() const { return answer({"keepa", "status"})["held"]; }
  int calls_today() const { return answer({"xai", "status"})["calls_today"]; }
  std::string last_kind() const {
    return Json::parse(run_purser({"keepa", "ledger", "--last", "1", "--json"}).out)["kind"];
  }
};

TEST_F(UndeliveredTest, AReservationThatNobodyGetsIsReleased) {
  for (const char* words : {"keepa acquire --task a --cost 80", "keepa acquire --task a --cost 80 --json",
                            "keepa acquire --task a --cost 80 --wait 1m"}) {
    Finished done = unread(words);
    expect_in(done.err, "exit 74");
    EXPECT_EQ(held(), 0) << words << done.err;
    EXPECT_EQ(last_kind(), "release") << words;
  }
  expect_in(unread("keepa acquire --task a --cost 80").err,
            "was given back: nobody got it, so no call was sent");
}

TEST_F(UndeliveredTest, AFullDiskBehindTheAnswerGivesBackToo) {
  Finished done = shell("\"$P\" keepa acquire --task a --cost 80 > /dev/full; echo \"exit $?\" >&2");
  expect_in(done.err, "exit 74");
  EXPECT_EQ(held(), 0);
  EXPECT_EQ(shell("\"$P\" keepa acquire --task a --cost 80 >&-").exit_status, 74);
  EXPECT_EQ(held(), 0);
}

// Who has a key asks again with it: that grant is his, also where the first answer was lost.
TEST_F(UndeliveredTest, AGrantWithAnIdempotencyKeyWaitsForItsRepetition) {
  expect_in(unread("keepa acquire --task a --cost 80 --idempotency-key k").err, "exit 74");
  EXPECT_EQ(held(), 80);
  Json again = answer({"keepa", "acquire", "--task", "a", "--cost", "80", "--idempotency-key", "k"});
  EXPECT_EQ(again["replayed"], true);
  EXPECT_EQ(again["ended"], nullptr);
  // A repetition that is lost takes nothing away from the one that was answered.
  expect_in(unread("keepa acquire --task a --cost 80 --idempotency-key k").err, "exit 74");
  EXPECT_EQ(held(), 80);
}

TEST_F(UndeliveredTest, AUnitOfTheQuotaThatNobodyGetsIsReleased) {
  expect_in(unread("xai acquire --for test").err, "exit 74");
  EXPECT_EQ(calls_today(), 0);
  answer({"xai", "acquire"});
  EXPECT_EQ(calls_today(), 1);
  expect_in(unread("xai acquire --bypass").err, "exit 74");
  EXPECT_EQ(calls_today(), 1);
}

TEST_F(UndeliveredTest, AFlightThatNobodyGetsIsAbandoned) {
  const std::string key = "--title T --category C --season Sep --price 1.00";
  expect_in(unread("xai claim " + key).err, "exit 74");
  EXPECT_EQ(calls_today(), 0);
  Words claim = {"xai", "claim", "--title", "T", "--category", "C", "--season", "Sep", "--price", "1.00"};
  EXPECT_EQ(answer(claim)["outcome"], "claimed");
  // Another's flight is not ours to end.
  expect_in(unread("xai claim " + key).err, "exit 74");
  EXPECT_EQ(answer(claim, 75)["outcome"], "in_flight");
}

// Polls a condition that comes by itself; the test's own timeout ends what does not.
template <typename Condition>
void wait_until(const Condition& holds) {
  while (!holds()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

bool is_alive(pid_t process) { return kill(process, 0) == 0; }

class WaitingTest : public UndeliveredTest {
 protected:
  void SetUp() override {
    UndeliveredTest::SetUp();
    answer(
        {"keepa", "observe", "--tokens-left", "0", "--refill-rate", "5", "--flow-reduction", "4", "--force"});
  }
  bool has_place() const { return !answer({"keepa", "status"})["places"].empty(); }
  pid_t waiting_child() const {
    std::string text = read_file(folder_.file("pid"));
    return text.empty() ? 0 : static_cast<pid_t>(std::stol(text));
  }
  // A worker that starts `purser keepa acquire --wait`, writes its pid, and waits for it.
  Command worker(const std::string& redirected) const {
    Command command = purser({});
    command.words = {
        "bash", "-c",
        "\"$P\" keepa acquire --task a --cost 1 --wait 1h " + redirected + " & echo $! > \"$PID\"; wait"};
    command.environment["P"] = PURSER_PROGRAM;
    command.environment["PID"] = folder_.file("pid").string();
    return command;
  }
};

TEST_F(WaitingTest, AWaitEndsWithTheProcessThatAsked) {
  Process asked(
      worker("> '" + folder_.file("answer").string() + "' 2> '" + folder_.file("talk").string() + "'"));
  wait_until([&] { return has_place(); });
  pid_t child = waiting_child();
  ASSERT_TRUE(is_alive(child));
  asked.signal(SIGKILL);
  asked.wait();
  // Nothing of what comes now is for it.
  answer({"keepa", "observe", "--tokens-left", "300", "--refill-rate", "5", "--force"});
  wait_until([&] { return !is_alive(child); });
  EXPECT_EQ(held(), 0);
  EXPECT_EQ(read_file(folder_.file("answer")), "");
  expect_in(read_file(folder_.file("talk")), "nobody waits for the answer any more");
}

TEST_F(WaitingTest, AWaitEndsWhenItsPipeHasNoReaderLeft) {
  // The parent stays; the reader goes.
  Command command = worker("2> '" + folder_.file("talk").string() + "' > >(exec sleep 1)");
  Process asked(command);
  wait_until([&] { return has_place(); });
  asked.wait();
  EXPECT_EQ(held(), 0);
  expect_in(read_file(folder_.file("talk")), "nobody waits for the answer any more");
}

TEST_F(WaitingTest, AWaitThatIsReadGoesOn) {
  Process asked(worker("> '" + folder_.file("answer").string() + "'"));
  wait_until([&] { return has_place(); });
  answer({"keepa", "observe", "--tokens-left", "300", "--refill-rate", "5", "--force"});
  EXPECT_EQ(asked.wait().exit_status, 0);
  expect_in(read_file(folder_.file("answer")), "granted");
  EXPECT_EQ(held(), 1);
}

}  // namespace
}  // namespace purser::test
