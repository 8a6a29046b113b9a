// Two programs that look like one: purser, which knows no network, and purser-net, which it becomes.
#include <sys/utsname.h>
#include <unistd.h>

#include "cli/service_command_test.h"

namespace purser::test {
namespace {

namespace fs = std::filesystem;

// A copy of purser in a tree of its own, with a purser-net of the test's making or none.
class HandOverTest : public ServiceCommandTest {
 protected:
  HandOverTest() {
    fs::create_directories(folder_.file("tree/bin"));
    fs::create_directories(folder_.file("tree/libexec/purser"));
    fs::copy_file(PURSER_PROGRAM, copy_);
  }
  void write_purser_net(const std::string& script) const {
    write_file(net_, "#!/bin/sh\n" + script);
    fs::permissions(net_, fs::perms::owner_all);
  }
  Command copied(const Words& words, const std::string& input = "") const {
    Command command = purser(words, input);
    command.words[0] = copy_.string();
    return command;
  }

  fs::path copy_ = folder_.file("tree/bin/purser"), net_ = folder_.file("tree/libexec/purser/purser-net");
};

std::string libraries_of(const std::string& program) {
  Finished done = run({.words = {"ldd", program}});
  EXPECT_EQ(done.exit_status, 0) << done.err;
  return done.out;
}

TEST_F(HandOverTest, OnlyPurserNetHasCurl) {
  EXPECT_EQ(libraries_of(PURSER_PROGRAM).find("curl"), std::string::npos);
  EXPECT_NE(libraries_of(PURSER_NET).find("libcurl"), std::string::npos);
}

TEST_F(HandOverTest, TheWordsTheEnvironmentAndTheStreamsAreHandedOver) {
  write_purser_net("printf '%s\\n' \"$@\"; echo \"$KEEPA_API_KEY\"; cat; echo talk >&2; exit 42\n");
  Command command =
      copied({"--json", "xai", "query", "--for", "a  b", "--worker=", "--worker=w"}, "a prompt\n");
  command.words.erase(std::find(command.words.begin(), command.words.end(), "--worker="));
  Finished done = run(command);
  EXPECT_EQ(done.out,
            "--json\nxai\nquery\n--for\na  b\n--worker=w\n" + standin_.keepa_key() + "\na prompt\n");
  EXPECT_EQ(done.err, "talk\n");
  EXPECT_EQ(done.exit_status, 42);
}

TEST_F(HandOverTest, ItIsTheSameProcess) {
  write_purser_net("echo $$\n");
  Process process(copied({"keepa", "refresh"}));
  pid_t id = process.id();
  EXPECT_EQ(process.wait().out, std::to_string(id) + "\n");
}

TEST_F(HandOverTest, WhatTheTablesRefuseIsNotHandedOver) {
  write_purser_net("echo handed over\n");
  for (const Words& words : {Words{"keepa", "refresh", "--newkey"}, Words{"xai", "judge", "--title", "t"},
                             Words{"xai", "query", "prompt"}, Words{"keepa", "refersh"}}) {
    Finished done = run(copied(words));
    EXPECT_EQ(done.exit_status, 64);
    EXPECT_EQ(done.out, "");
  }
  EXPECT_EQ(run(copied({"keepa", "refresh", "--help"})).out.rfind("Usage: purser keepa refresh", 0), 0U);
}

TEST_F(HandOverTest, WithoutPurserNetItSaysWhatIsMissing) {
  const Words acquire = {"keepa", "acquire", "--task", "a", "--cost", "1", "--wait", "1s"};
  for (const Words& words : {Words{"keepa", "refresh"}, Words{"xai", "query"}, acquire}) {
    expect_fault(copied(words), 78, "no_services", "purser-net, which calls the services");
  }
  // Nothing else needs it.
  EXPECT_EQ(run(copied({"keepa", "status"})).exit_status, 0);
  Command waits = copied(acquire);
  waits.environment["KEEPA_API_KEY"] = std::nullopt;
  EXPECT_EQ(run(waits).exit_status, 75);
}

TEST_F(HandOverTest, ALinkToPurserFindsItToo) {
  write_purser_net("echo here\n");
  fs::create_symlink(copy_, folder_.file("purser"));
  Command command = copied({"keepa", "refresh"});
  command.words[0] = folder_.file("purser").string();
  EXPECT_EQ(run(command).out, "here\n");
}

TEST_F(HandOverTest, PurserNetSpeaksAsPurserDoes) {
  for (const Words& words :
       {Words{"--help"}, Words{"xai", "judge", "--help"}, Words{"--version"}, Words{"completion", "bash"},
        Words{"keepa", "status"}, Words{"keepa", "statsu"}}) {
    Command net = purser(words);
    net.words[0] = PURSER_NET;
    Finished as_net = run(net), as_purser = run_purser(words);
    EXPECT_EQ(as_net.out, as_purser.out);
    EXPECT_EQ(as_net.err, as_purser.err);
    EXPECT_EQ(as_net.exit_status, as_purser.exit_status);
  }
}

// A script runs a process for each verb; the worker is the script, whichever program does the verb.
TEST_F(HandOverTest, TheWorkerIsTheCaller) {
  utsname host{};
  ASSERT_EQ(uname(&host), 0);
  answer({"keepa", "acquire", "--task", "a", "--cost", "1", "--wait", "10s"});
  Json reservation = answer({"keepa", "status"})["reservations"][0];
  EXPECT_EQ(reservation["worker"], std::string(host.nodename) + ":" + std::to_string(getpid()));
}

}  // namespace
}  // namespace purser::test
