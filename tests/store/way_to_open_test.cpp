// Who may only read, and a mount that is read-only: what has no log is read as it lies, and nothing is left
// beside it.
#include "store/files/way_to_open.h"
#include "store/sqlite/sqlite_connection.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <set>

#include "purser/backup.h"
#include "purser/health.h"
#include "purser/migrate.h"
#include "store/transaction.h"
#include "support/files.h"
#include "support/forked.h"
#include "support/own_mounts.h"
#include "support/scratch.h"

namespace purser {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::Forked;

class WayToOpen : public test::DatabaseTest {
 protected:
  WayToOpen() {
    fs::create_directory(backups_);
    backup(options(), copy_);
    fs::permissions(folder_.path(), fs::perms(0755));
  }

  DatabaseOptions of_copy() {
    auto all = options();
    all.path = copy_;
    return all;
  }
  static void read(const DatabaseOptions& where) {
    Database database = Database::open(where);
    store::Snapshot view(database.connection());
    auto row = view.rows("SELECT count(*) FROM keepa_policy");
    row.step();
    if (row.get<int>(0) == 0) throw std::runtime_error("nothing was read");
  }
  static void write(const DatabaseOptions& where) {
    Database database = Database::open(where);
    store::Transaction change(database.connection());
    change.run("DELETE FROM keepa_policy");
    change.commit();
  }
  static Error fault_of(const std::function<void()>& work) {
    return test::thrown_by(work).value_or(Error(ErrorCode::internal, "no fault"));
  }
  static bool says(const Error& fault, const std::string& fragment) {
    return std::string(fault.what()).find(fragment) != std::string::npos;
  }
  std::set<std::string> names() { return test::names_in(backups_); }
  void become_a_reader() {
    if (geteuid() == 0 && (setgroups(0, nullptr) != 0 || setresgid(65534, 65534, 65534) != 0 ||
                           setresuid(65534, 65534, 65534) != 0))
      throw std::runtime_error("root cannot become nobody");
  }

  fs::path backups_ = folder_.file("backups"), copy_ = backups_ / "copy.db";
};

TEST_F(WayToOpen, ABackupIsVerifiedWhereItLiesAndNothingIsLeftBesideIt) {
  auto before = fs::last_write_time(copy_);
  EXPECT_TRUE(verify(of_copy()).passed());
  EXPECT_EQ(names(), std::set<std::string>{"copy.db"});
  EXPECT_EQ(fs::last_write_time(copy_), before);
}

// Copies of one backup that share its bytes are many people's way to keep a week of them.
TEST_F(WayToOpen, ABackupWithTwoNamesIsVerified) {
  fs::create_hard_link(copy_, backups_ / "second.db");
  EXPECT_TRUE(verify(of_copy()).passed());
}

TEST_F(WayToOpen, AReadOnlyMountWithoutALogIsRead) {
  if (!test::may_mount()) GTEST_SKIP() << "only root can mount";
  Forked child([&] {
    test::begin_own_mounts();
    test::bind_read_only(backups_);
    read(of_copy());
    if (!verify(of_copy()).passed()) return 1;
    Error fault = fault_of([&] { write(of_copy()); });
    if (fault.code() != ErrorCode::read_only) return 2;
    return says(fault, backups_.string() + " is mounted read-only") ? 0 : 3;
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(names(), std::set<std::string>{"copy.db"});
}

TEST_F(WayToOpen, AReadOnlyMountWithALogThatCannotBeReadIsNamed) {
  if (!test::may_mount()) GTEST_SKIP() << "only root can mount";
  std::ofstream(copy_.string() + "-wal") << "a log";
  fs::permissions(copy_.string() + "-wal", fs::perms(0600));
  Forked child([&] {
    test::begin_own_mounts();
    test::bind_read_only(backups_);
    Error fault = fault_of([&] { read(of_copy()); });
    if (fault.code() != ErrorCode::cannot_open) return 1;
    return says(fault, backups_.string() + " is mounted read-only") ? 0 : 2;
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(WayToOpen, ALiveDatabaseOnAReadOnlyMountIsReadAndNotWritten) {
  if (!test::may_mount()) GTEST_SKIP() << "only root can mount";
  write(of_copy());
  ASSERT_EQ(names(), (std::set<std::string>{"copy.db", "copy.db-wal", "copy.db-shm", "copy.db-gate"}));
  Forked child([&] {
    test::begin_own_mounts();
    test::bind_read_only(backups_);
    Database database = Database::open(of_copy());
    if (store::sqlite_connection(database).is_immutable()) return 1;
    Error fault = fault_of([&] { write(of_copy()); });
    if (fault.code() != ErrorCode::read_only) return 2;
    return says(fault, "is mounted read-only") ? 0 : 3;
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(WayToOpen, WhoMayOnlyReadReadsWhatHasNoLogAndMakesNone) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  for (unsigned folder_mode : {0755U, 01777U}) {
    fs::permissions(backups_, fs::perms(folder_mode));
    fs::permissions(copy_, fs::perms(0444));
    Forked child([&] {
      become_a_reader();
      read(of_copy());
      if (!verify(of_copy()).passed()) return 1;
      return fault_of([&] { write(of_copy()); }).code() == ErrorCode::read_only ? 0 : 2;
    });
    EXPECT_EQ(child.wait(), 0);
    EXPECT_EQ(names(), std::set<std::string>{"copy.db"}) << folder_mode;
  }
}

TEST_F(WayToOpen, AReaderOfAnImmutableFileNoticesThatSomebodyBeginsToWrite) {
  constexpr int kMostReads = 1'000'000;
  auto connection = store::SqliteConnection::open(of_copy(), store::Accept::as_it_is);
  ASSERT_TRUE(connection->is_immutable());
  Forked child([&] {
    write(of_copy());
    return 0;
  });
  ASSERT_EQ(child.wait(), 0);
  std::optional<ErrorCode> code;
  for (int i = 0; i < kMostReads && !code; ++i) code = error_of([&] { store::Snapshot view(*connection); });
  EXPECT_EQ(code, ErrorCode::file_replaced);
}

}  // namespace
}  // namespace purser
