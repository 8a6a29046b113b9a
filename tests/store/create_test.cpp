// `purser init`: complete or not at all, and never over anything that has content.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/connection.h"
#include "store/embedded_sql.h"
#include "store/gate.h"
#include "store/transaction.h"
#include "support/files.h"
#include "support/foreign_tool.h"
#include "support/scratch.h"

namespace purser {
namespace {

namespace fs = std::filesystem;
using test::ForeignTool;

class Create : public ::testing::Test {
 protected:
  DatabaseOptions at(const fs::path& path) {
    DatabaseOptions options;
    options.path = path;
    options.clock = &clock_;
    options.busy_deadline = std::chrono::milliseconds(20);
    return options;
  }
  DatabaseOptions options() { return at(path_); }

  static unsigned mode_of(const fs::path& path) {
    struct stat file {};
    return stat(path.c_str(), &file) == 0 ? file.st_mode & 07777U : 0;
  }
  std::set<std::string> names() { return test::names_in(folder_.path()); }
  void leave_unfinished() {
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
      test::write_file(folder_.file(std::string("purser.db-unfinished") + suffix),
                       "what a killed create left");
    }
  }
  std::int64_t synchronous(Database& database) {
    auto row = database.connection().statement("PRAGMA synchronous");
    row.step();
    return row.get<std::int64_t>(0);
  }

  test::ScratchFolder folder_;
  test::TestClock clock_;
  fs::path path_ = folder_.file("purser.db");
};

TEST_F(Create, MakesADatabaseThatOpens) {
  EXPECT_TRUE(Database::create(options()));
  Database database = Database::open(options());
  EXPECT_EQ(database.schema_version(), store::newest_version());
  EXPECT_EQ(database.path(), fs::canonical(path_));
  ForeignTool tool(path_);
  EXPECT_EQ(tool.text("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(tool.text("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(tool.number("PRAGMA application_id"), store::kApplicationId);
  EXPECT_EQ(tool.number("SELECT created_at_ms FROM database_setting"),
            clock_.now().time_since_epoch().count());
}

TEST_F(Create, NothingUnfinishedStays) {
  Database::create(options());
  EXPECT_EQ(names(), (std::set<std::string>{"purser.db", "purser.db-gate"}));
}

TEST_F(Create, ASecondCreateLeavesTheDatabaseAlone) {
  Database::create(options(), Durability::normal);
  ForeignTool(path_).run(
      "INSERT INTO keepa_policy (name, buffer_millitokens, patience_ms) VALUES ('mine', 1, 1)");
  EXPECT_FALSE(Database::create(options(), Durability::full));
  EXPECT_EQ(Database::open(options()).durability(), Durability::normal);
  EXPECT_EQ(ForeignTool(path_).number("SELECT count(*) FROM keepa_policy WHERE name = 'mine'"), 1);
}

TEST_F(Create, WhatAKilledCreateLeftIsNoHindrance) {
  leave_unfinished();
  EXPECT_TRUE(Database::create(options()));
  EXPECT_EQ(names(), (std::set<std::string>{"purser.db", "purser.db-gate"}));
  EXPECT_EQ(ForeignTool(path_).text("PRAGMA integrity_check"), "ok");
}

// Killed between the renaming and the tidying.
TEST_F(Create, WhatAKilledCreateLeftBesideADatabaseIsTidied) {
  Database::create(options());
  leave_unfinished();
  EXPECT_FALSE(Database::create(options()));
  for (const std::string& name : names()) EXPECT_EQ(name.find("unfinished"), std::string::npos) << name;
}

// A database of such a name would be removed by the next work on that of the shorter name.
TEST_F(Create, ANameOfUnfinishedWorkIsRefused) {
  for (const char* suffix : {"-unfinished", "-restoring"}) {
    DatabaseOptions unlucky = at(path_.string() + suffix);
    EXPECT_PURSER_ERROR(ErrorCode::usage, Database::create(unlucky)) << suffix;
  }
  EXPECT_EQ(names(), std::set<std::string>{});
}

TEST_F(Create, AnEmptyFileBecomesADatabase) {
  test::write_file(path_, "");
  EXPECT_TRUE(Database::create(options()));
  EXPECT_EQ(Database::open(options()).schema_version(), store::newest_version());
  EXPECT_EQ(mode_of(path_), 0600U);
}

TEST_F(Create, AFileWithContentIsLeftAlone) {
  test::write_file(
      path_,
      "my diary, which is longer than the hundred bytes of a SQLite header, so that it could be one: "
      "but it is not");
  std::string before = test::read_file(path_);
  EXPECT_PURSER_ERROR(ErrorCode::not_a_database, Database::create(options()));
  EXPECT_EQ(test::read_file(path_), before);
}

TEST_F(Create, AForeignDatabaseIsLeftAlone) {
  ForeignTool(path_).run("CREATE TABLE diary (line TEXT)");
  std::string before = test::read_file(path_);
  EXPECT_PURSER_ERROR(ErrorCode::foreign_database, Database::create(options()));
  EXPECT_EQ(test::read_file(path_), before);
}

TEST_F(Create, AFolderIsLeftAlone) {
  fs::create_directory(path_);
  EXPECT_PURSER_ERROR(ErrorCode::not_a_database, Database::create(options()));
  EXPECT_TRUE(fs::is_directory(path_));
}

TEST_F(Create, AMissingFolderIsNotMade) {
  EXPECT_PURSER_ERROR(ErrorCode::cannot_open, Database::create(at(folder_.file("none") / "purser.db")));
  EXPECT_FALSE(fs::exists(folder_.file("none")));
}

TEST_F(Create, AFailureLeavesNoDatabase) {
  // The name that it builds under is taken by a folder with something in it.
  fs::create_directories(folder_.file("purser.db-unfinished") / "full");
  EXPECT_PURSER_ERROR(ErrorCode::io_error, Database::create(options()));
  EXPECT_FALSE(fs::exists(path_));
  EXPECT_PURSER_ERROR(ErrorCode::no_database, Database::open(options()));
}

TEST_F(Create, WaitsForWhoeverIsCreating) {
  store::WriteGate other(path_);
  other.lock(Duration{0});
  EXPECT_PURSER_ERROR(ErrorCode::busy, Database::create(options()));
  EXPECT_FALSE(fs::exists(path_));
  other.unlock();
  EXPECT_TRUE(Database::create(options()));
}

TEST_F(Create, AllFilesBelongToTheirOwnerAlone) {
  mode_t before = umask(0);
  Database::create(options());
  Database database = Database::open(options());
  store::Transaction(database.connection()).commit();
  umask(before);
  EXPECT_EQ(names(),
            (std::set<std::string>{"purser.db", "purser.db-gate", "purser.db-shm", "purser.db-wal"}));
  for (const std::string& name : names()) EXPECT_EQ(mode_of(folder_.file(name)), 0600U) << name;
}

TEST_F(Create, DurabilityIsStoredAndApplied) {
  struct Case {
    const char* name;
    Durability durability;
    const char* stored;
  };
  for (const Case& c :
       {Case{"full.db", Durability::full, "full"}, Case{"normal.db", Durability::normal, "normal"}}) {
    auto path = folder_.file(c.name);
    Database::create(at(path), c.durability);
    Database database = Database::open(at(path));
    EXPECT_EQ(database.durability(), c.durability);
    EXPECT_EQ(synchronous(database), 1) << "what full adds is group_sync.h's";
    EXPECT_EQ(ForeignTool(path).text("SELECT durability FROM database_setting"), c.stored);
  }
}

TEST_F(Create, EveryConnectionReliesOnItsPragmas) {
  Database::create(options());
  Database database = Database::open(options());
  auto number = [&](store::Sql pragma) {
    auto row = database.connection().statement(pragma);
    row.step();
    return row.get<std::int64_t>(0);
  };
  EXPECT_EQ(number("PRAGMA foreign_keys"), 1);
  EXPECT_EQ(number("PRAGMA wal_autocheckpoint"), 0);
  EXPECT_EQ(number("PRAGMA trusted_schema"), 0);
  EXPECT_EQ(number("PRAGMA page_size"), 2048);
}

TEST_F(Create, ASymbolicLinkUsesTheRealFilesGate) {
  Database::create(options());
  fs::create_directory(folder_.file("elsewhere"));
  auto link = folder_.file("elsewhere") / "link.db";
  fs::create_symlink(path_, link);
  EXPECT_FALSE(Database::create(at(link)));
  Database database = Database::open(at(link));
  EXPECT_EQ(database.path(), fs::canonical(path_));

  store::WriteGate gate(path_);
  gate.lock(Duration{0});
  EXPECT_PURSER_ERROR(ErrorCode::busy, store::Transaction(database.connection()));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.file("elsewhere")), {}), 1);
}

TEST_F(Create, ASymbolicLinkToNothingMakesTheFileItNames) {
  fs::create_directory(folder_.file("elsewhere"));
  auto link = folder_.file("elsewhere") / "link.db";
  fs::create_symlink("../purser.db", link);
  EXPECT_TRUE(Database::create(at(link)));
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(Database::open(options()).schema_version(), store::newest_version());
}

TEST_F(Create, ARelativePathIsTakenFromTheWorkingFolder) {
  auto before = fs::current_path();
  fs::current_path(folder_.path());
  EXPECT_TRUE(Database::create(at("purser.db")));
  auto path = Database::open(at("purser.db")).path();
  fs::current_path(before);
  EXPECT_EQ(path, fs::canonical(path_));
}

// SQLite would play the old log back into the new file.
TEST_F(Create, TheLogOfARemovedDatabaseIsNotTakenOver) {
  Database::create(options());
  {
    Database database = Database::open(options());
    store::Transaction change(database.connection());
    change.statement("INSERT INTO keepa_policy (name, buffer_millitokens, patience_ms) VALUES ('old', 1, 1)")
        .run();
    change.commit();
  }
  ASSERT_GT(fs::file_size(folder_.file("purser.db-wal")), 0U);
  fs::remove(path_);
  EXPECT_TRUE(Database::create(options()));
  ForeignTool tool(path_);
  EXPECT_EQ(tool.number("SELECT count(*) FROM keepa_policy WHERE name = 'old'"), 0);
  EXPECT_EQ(tool.text("PRAGMA integrity_check"), "ok");
}

}  // namespace
}  // namespace purser
