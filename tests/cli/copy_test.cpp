// `purser backup` and `purser restore` as an operator runs them.
#include <sys/stat.h>

#include "cli/command_line_test.h"
#include "support/stored_database.h"

namespace purser::test {
namespace {

namespace fs = std::filesystem;

class CopyTest : public CommandLineTest {
 protected:
  void SetUp() override {
    init_with(300);
    grant("backfiller", 20);
  }
  std::string copy() const { return folder_.file("copy.db").string(); }
};

TEST_F(CopyTest, BackupTellsWhatItMade) {
  Json done = answer({"backup", copy()});
  EXPECT_EQ(done["file"], fs::canonical(copy()).string());
  EXPECT_EQ(done["bytes"], fs::file_size(copy()));
  EXPECT_EQ(done["schema_version"], answer({"status"})["schema_version"]);
  ASSERT_GE(done["checks"].size(), 5U);
  for (const Json& check : done["checks"]) EXPECT_EQ(check["passed"], true) << check;
  EXPECT_EQ(answer({"--db", copy(), "keepa", "verify"})["held_matches"], true);
  Finished plain = run_purser({"backup", copy() + "2"});
  EXPECT_NE(plain.out.find("checked integrity"), std::string::npos) << plain.out;
  EXPECT_EQ(plain.err, "");  // no progress off a terminal
}

TEST_F(CopyTest, BackupIsPrivateWhateverTheUmask) {
  Finished done = shell(R"(umask 0; "$P" backup "$FOLDER/a" && umask 777 && "$P" backup "$FOLDER/b" &&
    stat -c %a "$FOLDER/a" "$FOLDER/b")");
  EXPECT_NE(done.out.find("\n600\n600\n"), std::string::npos) << done.out << done.err;
}

TEST_F(CopyTest, BackupRefusesWhatItMustNotTouch) {
  write_file(copy(), "precious");
  expect_refused({"backup", copy()}, 74, "already_exists", "no file is ever replaced");
  EXPECT_EQ(read_file(copy()), "precious");
  expect_refused({"backup", database()}, 74, "already_exists", "no file is ever replaced");
  expect_refused({"backup", database() + "-gate"}, 64, "usage", "belongs to the database");
  expect_refused({"backup", database() + "-journal"}, 64, "usage", "belongs to the database");
  expect_refused({"backup", folder_.path().string()}, 74, "already_exists", "is a folder");
  expect_refused({"backup", folder_.file("no/copy").string()}, 74, "cannot_open", "No such file");
  expect_refused({"backup"}, 64, "usage", "DEST");
  expect_fault({"--db", folder_.file("none").string(), "backup", copy() + "2"}, 78, "no_database", "init");
  EXPECT_FALSE(fs::exists(copy() + "2"));
}

TEST_F(CopyTest, BackupNeedsAFolderThatItMayWrite) {
  if (!is_root()) GTEST_SKIP() << "only root can become somebody who may not";
  ASSERT_EQ(chmod(folder_.path().c_str(), 0755), 0);
  ASSERT_EQ(chown(database().c_str(), 65534, 65534), 0);
  for (const char* suffix : {"-wal", "-shm"})
    ASSERT_EQ(chown((database() + suffix).c_str(), 65534, 65534), 0);
  expect_fault(as_nobody(purser({"backup", copy()})), 74, "read_only", "copy.db-unfinished");
}

TEST_F(CopyTest, RestoreTellsWhatItDid) {
  answer({"backup", copy()});
  std::string before = content();
  Json done = answer({"restore", copy(), "--yes"});
  EXPECT_EQ(done["database"], database());
  EXPECT_EQ(done["schema_version"], done["source_schema_version"]);
  EXPECT_EQ(done["ended_reservations"], 1);
  EXPECT_EQ(done["ended_places"], 0);
  EXPECT_EQ(done["ended_flights"], 0);
  EXPECT_EQ(done["ended_leases"], 0);
  EXPECT_EQ(done["calls_today"], 0);
  EXPECT_EQ(done["calls_known"], true);
  Finished kept = run(
      {.words = {"sqlite3", "-readonly", done.value("kept", std::string()), "PRAGMA user_version", ".dump"}});
  EXPECT_EQ(kept.out, before);
  EXPECT_EQ(answer({"keepa", "acquire", "--task", "a", "--cost", "1"}, 75)["reason"], "unknown_balance");
  EXPECT_EQ(answer({"keepa", "verify"})["balance_matches"], true);
  Finished plain = run_purser({"restore", copy(), "--yes"});
  EXPECT_EQ(plain.exit_status, 0);
  EXPECT_NE(plain.out.find("purser keepa refresh"), std::string::npos) << plain.out;
  EXPECT_EQ(plain.err, "");
  Json fresh = answer({"--db", folder_.file("fresh.db").string(), "restore", copy(), "--yes"});
  EXPECT_TRUE(fresh["kept"].is_null());
}

TEST_F(CopyTest, RestoreIsNotDoneByASlip) {
  answer({"backup", copy()});
  expect_refused({"restore", copy()}, 64, "usage", "--yes");
  expect_refused({"restore", copy()}, 64, "usage", "--yes", "y\n");  // no terminal: nothing is asked
}

TEST_F(CopyTest, RestoreRefusesWhatIsNoBackup) {
  write_file(copy(), "a note that somebody named by mistake");
  expect_refused({"restore", copy(), "--yes"}, 65, "invalid_backup", "is no SQLite database");
  write_file(copy(), "");
  expect_refused({"restore", copy(), "--yes"}, 65, "invalid_backup", "is an empty file");
  expect_refused({"restore", folder_.path().string(), "--yes"}, 65, "invalid_backup", "is no file");
  expect_refused({"restore", folder_.file("none").string(), "--yes"}, 74, "cannot_open", "No such file");
  expect_refused({"restore", database(), "--yes"}, 64, "usage", "is the database itself");
  fs::remove(copy());
  answer({"backup", copy()});
  run({.words = {"sqlite3", copy(), "PRAGMA user_version = 999; PRAGMA wal_checkpoint(TRUNCATE)"}});
  expect_refused({"restore", copy(), "--yes"}, 78, "schema_newer", "999");
}

TEST_F(CopyTest, RestoreMakesTheFolderOfTheDefaultDatabase) {
  answer({"backup", copy()});
  Command command = purser({"restore", copy(), "--yes", "--json"});
  command.environment["PURSER_DB"] = std::nullopt;
  command.environment["XDG_STATE_HOME"] = folder_.file("state").string();
  Finished done = run(command);
  EXPECT_EQ(done.exit_status, 0) << done.err;
  EXPECT_TRUE(fs::exists(folder_.file("state/purser/purser.db")));
}

// The group that may read goes on reading, where whoever restores belongs to it; no other group comes
// instead.
TEST_F(CopyTest, RestoreLetsInNoOtherGroup) {
  if (!is_root() || !has_program("setpriv")) GTEST_SKIP() << "only root can become somebody who may not";
  answer({"backup", copy()});
  Finished done = shell(R"(
    chmod 755 "$FOLDER" && mkdir "$FOLDER/theirs" && chown 65534 "$FOLDER/theirs" "$FOLDER/copy.db"
    for groups in 65533,65532 65533; do
      rm -f "$FOLDER"/theirs/*
      cp "$PURSER_DB" "$FOLDER/theirs/p.db" && chown 65534:65532 "$FOLDER/theirs/p.db" && chmod 640 "$FOLDER/theirs/p.db"
      setpriv --reuid=65534 --regid=65533 --groups=$groups "$P" --db "$FOLDER/theirs/p.db" restore "$FOLDER/copy.db" --yes > /dev/null
      stat -c '%a %u:%g' "$FOLDER/theirs/p.db"
    done)");
  EXPECT_EQ(done.out, "640 65534:65532\n600 65534:65533\n") << done.err;
}

// A medium that nobody can write: the file is opened for reading, and nothing is made beside it.
TEST_F(CopyTest, RestoreFromAReadOnlyMedium) {
  if (!has_program("unshare")) GTEST_SKIP() << "no `unshare` to mount with";
  answer({"backup", copy()});
  Finished done = shell(R"(
    mkdir "$FOLDER/medium" && mount -t tmpfs none "$FOLDER/medium" 2> /dev/null || exit 77
    cp "$PURSER_DB" "$PURSER_DB-wal" "$FOLDER/medium/"
    mount -o remount,ro "$FOLDER/medium" || exit 77
    "$P" restore "$FOLDER/medium/purser.db" --yes && ls "$FOLDER/medium")",
                        {"unshare", "--mount"});
  if (done.exit_status == 77) GTEST_SKIP() << "no right to mount a file system here";
  EXPECT_EQ(done.exit_status, 0) << done.err;
  EXPECT_NE(done.out.find("ended: 1 reservations"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("\npurser.db\npurser.db-wal\n"), std::string::npos) << done.out;
}

// For each room that there may be, from none to enough: a database, and a restore over it.
constexpr char kRestoreWithLittleRoom[] = R"sh(
    mkdir "$FOLDER/small" && mount -t tmpfs -o size=64k none "$FOLDER/small" 2> /dev/null || exit 77
    "$P" backup "$FOLDER/small/copy" --json; echo "exit $?"; ls "$FOLDER/small"
    "$P" --db "$FOLDER/small/p.db" restore "$FOLDER/copy.db" --yes --json; echo "exit $?"
    umount "$FOLDER/small"
    export PURSER_DB="$FOLDER/small/p.db"
    for kib in 180 200 212 224 236 248 260 272 284 296 320 360 420; do
      mount -t tmpfs -o size=${kib}k none "$FOLDER/small"
      if "$P" init > /dev/null 2>&1 && "$P" xai acquire > /dev/null; then
        before=$("$P" xai status --json)
        "$P" restore "$FOLDER/copy.db" --yes --json > "$FOLDER/answer" 2> /dev/null
        status=$?
        if [ $status = 0 ]; then
          "$P" migrate verify > /dev/null || echo "bad after $kib"
        else
          grep -q disk_full "$FOLDER/answer" || cat "$FOLDER/answer"
          [ "$("$P" xai status --json)" = "$before" ] || echo "changed at $kib"
          ls "$FOLDER/small" | grep -e replaced -e restoring
        fi
        echo $status >> "$FOLDER/statuses"
      fi
      umount "$FOLDER/small"
    done
    sort -u "$FOLDER/statuses")sh";

TEST_F(CopyTest, AFullDiskLeavesEverythingAsItWas) {
  if (!has_program("unshare")) GTEST_SKIP() << "no `unshare` to mount a small file system with";
  answer({"backup", copy()});
  Finished done = shell(kRestoreWithLittleRoom, {"unshare", "--mount"});
  if (done.exit_status == 77) GTEST_SKIP() << "no right to mount a file system here";
  Words said = lines(done.out);
  ASSERT_EQ(said.size(), 6U) << done.out << done.err;
  EXPECT_EQ(Json::parse(said[0])["error"]["code"], "disk_full") << said[0];
  EXPECT_EQ(said[1], "exit 74");
  EXPECT_EQ(Json::parse(said[2])["error"]["code"], "disk_full") << said[2];
  EXPECT_EQ(said[3], "exit 74");
  EXPECT_EQ(said[4], "0");
  EXPECT_EQ(said[5], "74");
}

}  // namespace
}  // namespace purser::test
