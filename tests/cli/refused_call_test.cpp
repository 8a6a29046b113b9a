// Each system call that makes a file, refused once: what it was, and what to do, is said; all is as it was.
#include <algorithm>
#include <array>
#include <map>
#include <regex>
#include <set>

#include "cli/kill_points.h"

namespace purser::test {
namespace {

namespace fs = std::filesystem;

// What the kernel may answer to each; one after the other, from call to call.
struct Refused {
  const char* call;
  Words errors;
};

const std::vector<Refused>& refused_calls() {
  static const std::vector<Refused> all = {
      {"openat", {"EMFILE", "EIO", "ENOSPC", "EACCES"}},
      {"open", {"EMFILE", "EIO"}},
      {"mkdirat", {"ENOSPC", "EROFS", "EDQUOT", "EPERM"}},
      {"fchmod", {"EPERM", "EIO"}},
      {"chmod", {"EPERM"}},
      {"fchown", {"EPERM", "EIO"}},
      {"flock", {"ENOLCK", "EOPNOTSUPP", "EINTR", "ENOSYS"}},
      {"fsync", {"EIO", "ENOSPC", "EINVAL"}},
      {"fdatasync", {"EIO", "ENOSPC"}},
      {"renameat2", {"EIO", "EXDEV", "EBUSY", "EPERM", "EINVAL"}},
      {"renameat", {"EXDEV", "EBUSY", "EIO"}},
      {"rename", {"EBUSY", "EIO"}},
      {"link", {"EXDEV", "EPERM", "EIO"}},
      {"linkat", {"EXDEV", "EPERM"}},
      {"unlink", {"EIO", "EPERM"}},
      {"unlinkat", {"EIO", "EBUSY"}},
      {"ftruncate", {"EIO", "ENOSPC", "EINVAL"}},
      {"fallocate", {"ENOSPC", "EIO", "EINVAL"}},
      {"pwrite64", {"ENOSPC", "EIO", "EDQUOT"}},
      {"write", {"ENOSPC", "EIO"}},
  };
  return all;
}

class RefusedCall : public CommandLineTest {
 protected:
  void SetUp() override {
    if (!may_trace()) GTEST_SKIP() << "no strace, or no right to trace a process";
    init_with(300);
    answer({"backup", copy()});
    grant("backfiller", 20);
    environment_["PURSER_KEY_FILE"] = folder_.file("key").string();
    fs::create_directory(folder_.file("kept"));
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      if (entry.is_regular_file()) fs::copy(entry.path(), folder_.file("kept") / entry.path().filename());
    }
  }

  std::string copy() const { return folder_.file("copy.db").string(); }

  void begin_anew() const {
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      if (entry.path().filename() != "kept") fs::remove_all(entry.path());
    }
    for (const auto& entry : fs::directory_iterator(folder_.file("kept")))
      fs::copy(entry.path(), folder_.path() / entry.path().filename());
  }
  // What stands there, but for what each run of SQLite may make or leave, and the gate of the database.
  std::set<std::string> names() const {
    auto all = names_in(folder_.path());
    for (const char* left : {"purser.db-wal", "purser.db-shm", "purser.db-gate"}) all.erase(left);
    return all;
  }

  // Which of these calls the program makes on files of ours: the first is 1. Not the loader's.
  std::vector<int> calls_on_our_files(const Words& words, const std::string& call) const {
    std::string log = folder_.file("trace").string();
    Command command = purser(words);
    command.words = Words{"strace", "-qq", "-o", log, "-e", "trace=" + call} + command.words;
    run(command);
    std::vector<int> ours;
    int number = 0;
    for (const std::string& line : lines(read_file(log))) {
      if (line.rfind(call + "(", 0) != 0) continue;
      ++number;
      bool names_another = line.find("\"/") != std::string::npos &&
                           line.find(folder_.path().string()) == std::string::npos &&
                           line.find("/proc/self/fd/") == std::string::npos;
      bool is_talk = line.rfind("write(1,", 0) == 0 || line.rfind("write(2,", 0) == 0;
      if (!names_another && !is_talk) ours.push_back(number);
    }
    fs::remove(log);
    return ours;
  }

  Finished refuse(const Words& words, const std::string& call, int number, const std::string& error) const {
    Command command = purser(words);
    command.words =
        Words{"timeout", "20",
              "strace",  "-qq",
              "-o",      "/dev/null",
              "-e",      "trace=" + call,
              "-e",      "inject=" + call + ":error=" + error + ":when=" + std::to_string(number)} +
        command.words;
    return run(command);
  }

  // `may_stay`: begins the names of what a failure leaves on purpose.
  void refuse_everything(const Words& words, const std::string& may_stay = "nothing") {
    int runs = 0;
    for (const Refused& refused : refused_calls()) {
      begin_anew();
      std::size_t turn = 0;
      for (int number : calls_on_our_files(words, refused.call)) {
        if (number > 8 && number % 16 != 0) continue;  // of a long row of like ones a sample
        begin_anew();
        std::string before = content();
        auto names_before = names();
        const std::string& error = refused.errors.at(turn++ % refused.errors.size());
        Finished done = refuse(words, refused.call, number, error);
        SCOPED_TRACE(refused.call + std::string(" ") + std::to_string(number) + " " + error + ": exit " +
                     std::to_string(done.exit_status) + "\n" + done.out + done.err);
        ++runs;
        expect_said_well(done);
        if (done.exit_status != 0) expect_as_before(before, names_before, done, may_stay);
        ASSERT_FALSE(HasFailure());
      }
    }
    RecordProperty("runs", runs);
    EXPECT_GT(runs, 4);
  }

  static void expect_said_well(const Finished& done) {
    const std::set<int> known = {0, 64, 74, 78};
    EXPECT_EQ(known.count(done.exit_status), 1U) << "124 is a hang, 70 a bug";
    EXPECT_EQ(done.signal, 0);
    EXPECT_EQ(done.err.find("/proc/self"), std::string::npos);
    if (done.exit_status != 0) {
      EXPECT_GT(done.err.size(), 20U);
    }
  }
  void expect_as_before(const std::string& before, const std::set<std::string>& names_before,
                        const Finished& done, const std::string& may_stay) const {
    for (const char* says_so : {"is in its place", "the change is stored"}) {
      if (done.err.find(says_so) != std::string::npos) return;
    }
    EXPECT_EQ(content(), before);
    // It was made, and could not be opened at once.
    if (fs::exists(folder_.file("new.db")) &&
        run_purser({"--db", folder_.file("new.db").string(), "status"}).exit_status == 0)
      return;
    for (const std::string& name : names()) {
      bool was_there = names_before.count(name) != 0;
      EXPECT_TRUE(was_there || name.find(may_stay) != std::string::npos) << name << " was left";
    }
    for (const std::string& name : names_before) EXPECT_EQ(names().count(name), 1U) << name << " is gone";
  }
};

TEST_F(RefusedCall, OfAnInit) { refuse_everything({"--db", folder_.file("new.db").string(), "init"}); }

TEST_F(RefusedCall, OfABackup) { refuse_everything({"backup", folder_.file("made.db").string()}); }

TEST_F(RefusedCall, OfARestore) { refuse_everything({"restore", copy(), "--yes"}); }

TEST_F(RefusedCall, OfARestoreToAnEmptyPlace) {
  refuse_everything({"--db", folder_.file("new.db").string(), "restore", copy(), "--yes"});
}

// A backup stays where the disk did not confirm the migration.
TEST_F(RefusedCall, OfAMigration) { refuse_everything({"migrate", "down"}, "-before-schema-"); }

TEST_F(RefusedCall, OfMakingAKey) {
  refuse_everything({"key", "generate", "--file", folder_.file("new-key").string()});
}

}  // namespace
}  // namespace purser::test
