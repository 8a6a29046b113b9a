// key generate and key check: a key that is lost, another one, and rows that were tampered with.
#include <sys/stat.h>

#include "cli/spapi_command_test.h"

namespace purser::test {
namespace {

class KeyTest : public SpapiCommandTest {
 protected:
  std::string key_text() const { return read_file(key_file()); }
  Json check(int exit_status = 0) const { return answer({"key", "check"}, exit_status); }
  void flip_last_bit(const std::string& column, const std::string& account) const {
    std::string where = " FROM spapi_credential WHERE account = '" + account + "'";
    std::string hex = run({.words = {"sqlite3", database(), "SELECT hex(" + column + ")" + where}}).out;
    hex.erase(hex.find_last_not_of('\n') + 1);
    ASSERT_FALSE(hex.empty());
    hex.back() = "1032547698BADCFE"[hex.back() <= '9' ? hex.back() - '0' : hex.back() - 'A' + 10];
    sqlite("UPDATE spapi_credential SET " + column + " = X'" + hex + "' WHERE account = '" + account + "'");
  }
  void use_another_key() {
    answer({"key", "generate", "--file", key_file("another")});
    environment_["PURSER_KEY_FILE"] = key_file("another");
  }
};

TEST_F(KeyTest, GenerateMakesAPrivateFile) {
  Json made = answer({"key", "generate", "--file", key_file("new")});
  EXPECT_EQ(made["file"], key_file("new"));
  EXPECT_EQ(made["key_id"].get<std::string>().find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(made["key_id"].get<std::string>().size(), 16U);
  struct stat file {};
  ASSERT_EQ(stat(key_file("new").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0600U);
}

TEST_F(KeyTest, TheKeyIsNotPrinted) {
  for (const Words& form : {Words{"--json"}, Words{}}) {
    std::string file = key_file("new" + std::to_string(form.size()));
    Finished done = run_purser(Words{"key", "generate", "--file", file} + form);
    std::string key = read_file(file);
    key = key.substr(key.find(' ') + 1, 43);
    expect_no_part(key, done.out + done.err);
  }
}

TEST_F(KeyTest, GenerateSaysHowToUseIt) {
  std::string text = run_purser({"key", "generate", "--file", key_file("new")}).out;
  expect_in(text, " in " + key_file("new") + "\n");
  expect_in(text, "export PURSER_KEY_FILE=" + key_file("new"));
}

TEST_F(KeyTest, TheFileMayComeFromTheEnvironment) {
  environment_["PURSER_KEY_FILE"] = key_file("named");
  EXPECT_EQ(answer({"key", "generate"})["file"], key_file("named"));
  EXPECT_EQ(set()["changed"], true);
  environment_["PURSER_KEY_FILE"] = std::nullopt;
  expect_fault(purser({"key", "generate"}), 64, "usage", "--file F, or set PURSER_KEY_FILE");
  expect_fault(purser({"key", "generate", "--file", ""}), 64, "usage", "--file F, or set PURSER_KEY_FILE");
}

TEST_F(KeyTest, NothingIsReplaced) {
  std::string before = key_text();
  expect_fault(purser({"key", "generate", "--file", key_file()}), 74, "io_error", key_file());
  EXPECT_EQ(key_text(), before);
  expect_fault(purser({"key", "generate", "--file", key_file("no folder/key")}), 74, "io_error", "no folder");
}

TEST_F(KeyTest, CheckOpensWhatIsSealed) {
  Json before = check();
  EXPECT_EQ(before["stored_key_id"], Json());
  EXPECT_EQ(before["opened"], 0);
  set();
  Json after = check();
  EXPECT_EQ(after["opened"], 3);
  EXPECT_EQ(after["unopened"], Json::array());
  EXPECT_EQ(after["stored_key_id"], after["key_ids"][0]);
  EXPECT_EQ(after["stored_key_id"], status()["key_id"]);
  expect_in(run_purser({"key", "check"}).out, "ok  3 sealed texts open, 0 do not");
}

TEST_F(KeyTest, AKeyOfTheEnvironment) {
  set();
  std::string key = key_text();
  environment_["PURSER_KEY_FILE"] = std::nullopt;
  environment_["PURSER_KEY"] = key.substr(key.find(' ') + 1, 44);
  EXPECT_EQ(check()["opened"], 3);
  EXPECT_EQ(check()["source"], "PURSER_KEY");
  environment_["PURSER_KEY"] = key;  // the whole line
  EXPECT_EQ(check()["opened"], 3);
  environment_["PURSER_KEY"] = "not a key";
  expect_fault(purser({"key", "check"}), 64, "usage", "PURSER_KEY");
}

TEST_F(KeyTest, AnotherKeyOpensNothingAndSealsNothing) {
  set();
  use_another_key();
  Json found = check(1);
  EXPECT_EQ(found["opened"], 0);
  EXPECT_EQ(found["unopened"].size(), 3U);
  std::string text = run_purser({"key", "check"}).out;
  expect_in(text, "wrong  0 sealed texts open, 3 do not");
  expect_in(text, "does not open: ");
  expect_in(text, status()["key_id"].get<std::string>());
  Json other = credentials();
  other["client_secret"] = client_secret() + "x";
  expect_refused(set_words(), 78, "wrong_master_key", "key", other.dump());
}

TEST_F(KeyTest, ALostKeyIsToldAndRepairedBySettingAnew) {
  set();
  std::filesystem::remove(key_file());
  std::string key_id = status()["key_id"];
  for (const Words& words : {Words{"key", "check"}, Words{"key", "rotate"}}) {
    expect_fault(purser(words), 78, "no_master_key",
                 "no key file " + key_file() + ", and this database is sealed under key " + key_id +
                     ": put your copy of that key there; only if it is lost");
  }
  expect_in(run_purser({"spapi", "status"}).out, "key " + key_id + "; this environment has no key");
  environment_["PURSER_KEY_FILE"] = std::nullopt;
  expect_fault(purser({"key", "check"}), 78, "no_master_key",
               "set PURSER_KEY_FILE to the file with that key");
  answer({"key", "generate", "--file", key_file("another"), "--force"});
  environment_["PURSER_KEY_FILE"] = key_file("another");
  expect_in(run_purser({"spapi", "status"}).out, "key " + key_id + ", which is not on the ring");
  expect_in(run_purser({"key", "check"}).out,
            "what to do: set PURSER_KEY_FILE to the file with key " + key_id);
  answer({"spapi", "remove", "--yes"});
  EXPECT_EQ(set()["changed"], true);
  EXPECT_EQ(check()["opened"], 3);
}

TEST_F(KeyTest, ABackupNamesTheKeyThatItNeeds) {
  expect_in(run_purser({"backup", folder_.file("empty.db").string()}).out, "no secrets are stored yet");
  set();
  expect_in(run_purser({"backup", folder_.file("sealed.db").string()}).out,
            "every sealed secret is under key " + status()["key_id"].get<std::string>());
}

TEST_F(KeyTest, AFileThatOthersMayReadIsRefused) {
  chmod(key_file().c_str(), 0644);
  expect_fault(purser({"key", "check"}), 78, "unsafe_key_file", "chmod 600 " + key_file());
}

// As a service sees what systemd or Kubernetes hands it: root's file, of its group, on a mount that nobody
// writes.
TEST_F(KeyTest, AFileOfRootsForOneGroupIsAccepted) {
  if (!is_root()) GTEST_SKIP() << "only root can give a file to root";
  set();
  std::string mount = folder_.file("secret").string();
  std::filesystem::create_directory(mount);
  ASSERT_EQ(run({.words = {"mount", "-t", "tmpfs", "tmpfs", mount}}).exit_status, 0);
  std::filesystem::copy_file(key_file(), mount + "/key");
  std::filesystem::create_symlink("key", mount + "/purser-key");  // as Kubernetes does
  for (const std::string& path : {database(), database() + "-wal", database() + "-shm", database() + "-gate"})
    chown(path.c_str(), 65534, 65534);
  chmod(folder_.path().c_str(), 0777);
  chown((mount + "/key").c_str(), 0, 65534);
  chmod((mount + "/key").c_str(), 0440);
  run({.words = {"mount", "-o", "remount,ro", mount}});
  environment_["PURSER_KEY_FILE"] = std::nullopt;
  environment_["CREDENTIALS_DIRECTORY"] = mount;
  Finished checked = run(as_nobody(purser({"key", "check"})));
  EXPECT_EQ(checked.exit_status, 0) << checked.err;
  expect_in(checked.out, "keys of " + mount + "/purser-key: ");
  expect_in(run(as_nobody(purser({"spapi", "status"}))).out, "which is in " + mount + "/purser-key");
  expect_in(run(as_nobody(purser({"key", "rotate"}))).err, "which no rotation can change");
  environment_["CREDENTIALS_DIRECTORY"] = std::nullopt;
  environment_["PURSER_KEY_FILE"] = mount + "/key";
  Finished rotated = run(as_nobody(purser({"key", "rotate"})));
  EXPECT_EQ(rotated.exit_status, 74);
  expect_in(rotated.err, "cannot be replaced here");
  run({.words = {"mount", "-o", "remount,rw", mount}});
  chmod((mount + "/key").c_str(), 0444);
  run({.words = {"mount", "-o", "remount,ro", mount}});
  Finished open_to_all = run(as_nobody(purser({"key", "check"})));
  EXPECT_EQ(open_to_all.exit_status, 78);
  expect_in(open_to_all.err, "defaultMode: 0440");
  EXPECT_EQ(open_to_all.err.find("chmod"), std::string::npos) << open_to_all.err;
  EXPECT_EQ(run({.words = {"umount", mount}}).exit_status, 0);
}

TEST_F(KeyTest, NoNewKeyIsMadeWhereTheOldOnesCopyBelongs) {
  set();
  std::string key_id = status()["key_id"];
  std::filesystem::rename(key_file(), key_file("copy"));
  expect_fault(purser({"key", "generate"}), 78, "wrong_master_key",
               "put the copy of key " + key_id + " back");
  expect_fault(purser({"key", "generate", "--file", key_file("further")}), 78, "wrong_master_key", key_id);
  EXPECT_FALSE(std::filesystem::exists(key_file()));
  std::filesystem::copy_file(key_file("copy"), key_file());
  chmod(key_file().c_str(), 0600);
  answer({"key", "generate", "--file", key_file("further")});  // for another database
  std::filesystem::remove(key_file());
  EXPECT_NE(answer({"key", "generate", "--force"})["key_id"], key_id);
  Command elsewhere =
      purser({"key", "generate", "--file", key_file("elsewhere"), "--db", "/nonexistent/purser.db"});
  EXPECT_EQ(run(elsewhere).exit_status, 0);
}

TEST_F(KeyTest, WhatIsNoKeyIsToldWithoutItsText) {
  std::string key = key_text();
  for (const std::string& text :
       {std::string("hello\n"), key.substr(0, 30), "purser-key-9 " + key.substr(13)}) {
    write_file(key_file(), text);
    Finished done = run_purser({"key", "check"});
    EXPECT_NE(done.exit_status, 0);
    expect_no_part(key.substr(key.find(' ') + 1, 43), done.out + done.err);
  }
}

TEST_F(KeyTest, SwappedRowsAndFlippedBitsDoNotOpen) {
  set();
  Json other = credentials();
  other["refresh_token"] = refresh_token() + "x";
  answer(set_words() + Words{"--account", "second"}, 0, other.dump());
  EXPECT_EQ(check()["opened"], 6);
  sqlite(
      "UPDATE spapi_credential SET refresh_token_sealed = (SELECT refresh_token_sealed FROM spapi_credential "
      "WHERE account = 'default') WHERE account = 'second'");
  Json swapped = check(1);
  EXPECT_EQ(swapped["opened"], 5);
  ASSERT_EQ(swapped["unopened"].size(), 1U);
  expect_in(swapped["unopened"][0], "refresh token of 'second'");
  sqlite("UPDATE spapi_credential SET client_secret_sealed = client_id_sealed WHERE account = 'default'");
  EXPECT_EQ(check(1)["opened"], 4);
  flip_last_bit("client_id_sealed", "second");
  EXPECT_EQ(check(1)["opened"], 3);
}

}  // namespace
}  // namespace purser::test
