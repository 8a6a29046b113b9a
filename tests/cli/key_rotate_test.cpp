// key rotate behind the real program: what it answers, what it refuses, and kill -9 at every step of it.
#include "cli/kill_points.h"
#include "cli/spapi_command_test.h"

namespace purser::test {
namespace {

namespace fs = std::filesystem;

class KeyRotateTest : public SpapiCommandTest {
 protected:
  void SetUp() override {
    SpapiCommandTest::SetUp();
    set();
  }
  Json check(int exit_status = 0) const { return answer({"key", "check"}, exit_status); }
  Json rotate() const { return answer({"key", "rotate"}); }
  std::vector<std::string> keys() const {
    std::vector<std::string> all;
    for (const std::string& line : lines(read_file(key_file())))
      all.push_back(line.substr(line.find(' ') + 1, 43));
    return all;
  }
};

TEST_F(KeyRotateTest, MovesAllToANewKey) {
  std::string before = check()["stored_key_id"];
  Json done = rotate();
  EXPECT_EQ(done["old_key_id"], before);
  EXPECT_EQ(done["resealed"], 3);
  EXPECT_EQ(done["dropped"], Json::array());
  EXPECT_EQ(done["finished_earlier"], false);
  Json after = check();
  EXPECT_EQ(after["stored_key_id"], done["key_id"]);
  EXPECT_EQ(after["key_ids"], (Json{done["key_id"], before}));
  EXPECT_EQ(after["opened"], 3);
  Json second = rotate();
  EXPECT_EQ(second["dropped"], Json{before});
  EXPECT_EQ(set()["changed"], false);
}

TEST_F(KeyRotateTest, SaysWhatHappenedAndNoKey) {
  auto all = keys();
  std::string text;
  for (int i = 0; i < 3; ++i) {
    Finished done = run_purser({"key", "rotate"});
    EXPECT_EQ(done.exit_status, 0) << done.err;
    text += done.out + done.err;
    for (const std::string& key : keys()) all.push_back(key);
  }
  text += rotate().dump();
  expect_in(text, "3 sealed texts moved from key ");
  expect_in(text, "is no longer in " + key_file());
  for (const std::string& key : all) expect_no_part(key, text + content());
  expect_no_secret(text);
}

TEST_F(KeyRotateTest, NeedsAFileAndADatabase) {
  std::string key = keys().front();
  environment_["PURSER_KEY_FILE"] = std::nullopt;
  expect_refused({"key", "rotate"}, 78, "no_master_key", "purser key generate");
  environment_["PURSER_KEY"] = key + "=";
  expect_refused({"key", "rotate"}, 78, "no_master_key", "set PURSER_KEY_FILE");
  environment_["PURSER_KEY"] = std::nullopt;
  environment_["PURSER_KEY_FILE"] = key_file();
  environment_["PURSER_DB"] = std::nullopt;
  expect_fault(purser({"--db", folder_.file("no.db").string(), "key", "rotate"}), 78, "no_database",
               "purser init");
}

TEST_F(KeyRotateTest, ARowThatDoesNotOpenStopsIt) {
  std::string ring = read_file(key_file());
  sqlite("UPDATE spapi_credential SET client_id_sealed = client_secret_sealed");
  expect_refused({"key", "rotate"}, 78, "wrong_master_key", "the client id of 'default'");
  EXPECT_EQ(read_file(key_file()), ring);
}

TEST_F(KeyRotateTest, AFolderThatTakesNoFileStopsItBeforeAnything) {
  if (!is_root()) GTEST_SKIP() << "needs root, to be somebody else";
  std::string ring = read_file(key_file());
  fs::create_directory(key_file("closed"));
  fs::rename(key_file(), key_file("closed/key"));
  ASSERT_EQ(chown(folder_.path().c_str(), 65534, 65534), 0);
  for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
    if (entry.path().filename() == "closed") continue;
    ASSERT_EQ(chown(entry.path().c_str(), 65534, 65534), 0);
  }
  environment_["PURSER_KEY_FILE"] = key_file("closed/key");
  std::string before = content();
  expect_fault(as_nobody(purser({"key", "rotate"})), 74, "read_only", "closed/key");
  EXPECT_EQ(content(), before);
  EXPECT_EQ(read_file(key_file("closed/key")), ring);
}

class KeyRotateKilled : public KeyRotateTest {
 protected:
  void SetUp() override {
    KeyRotateTest::SetUp();
    run({.words = {"sqlite3", database(), "PRAGMA wal_checkpoint(TRUNCATE)"}});
    fs::copy_file(database(), saved("db"));
    fs::copy_file(key_file(), saved("key"));
  }
  std::string saved(const std::string& what) const { return folder_.file("saved-" + what).string(); }
  void put_back() const {
    for (const char* suffix : {"-wal", "-shm"}) fs::remove(database() + suffix);
    fs::copy_file(saved("db"), database(), fs::copy_options::overwrite_existing);
    fs::copy_file(saved("key"), key_file(), fs::copy_options::overwrite_existing);
  }
};

// All opens at every moment; the next rotation leaves two keys, and ends one that had begun with its key.
TEST_F(KeyRotateKilled, AtEveryStepAllOpensAndTheNextOneEndsIt) {
  std::string before = check()["stored_key_id"];
  int between = 0, after = 0;
  int kills = for_each_kill_point(
      purser({"key", "rotate"}), [&] { put_back(); },
      [&](const KillPoint&) {
        Json found = check();
        EXPECT_EQ(found["opened"], 3);
        bool is_ahead = found["key_ids"][0] != found["stored_key_id"];
        if (is_ahead) {
          ++between;
          EXPECT_EQ(found["stored_key_id"], before);
        } else if (found["stored_key_id"] != before) {
          ++after;
        }
        Json next = rotate();
        EXPECT_EQ(next["finished_earlier"], is_ahead);
        EXPECT_TRUE(!is_ahead || next["key_id"] == found["key_ids"][0]);
        Json last = check();
        EXPECT_EQ(last["opened"], 3);
        EXPECT_EQ(last["key_ids"].size(), 2U);
        EXPECT_FALSE(fs::exists(key_file("key-rotating")));
      });
  if (kills == 0) GTEST_SKIP() << "no right to trace a process";
  EXPECT_GT(kills, 8);
  EXPECT_GT(between, 0);
  EXPECT_GT(after, 0);
}

}  // namespace
}  // namespace purser::test
