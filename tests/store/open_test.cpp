// What Database::open lets in, what it refuses and by which name, and what it leaves on the disk.
#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <functional>

#include "purser/create.h"
#include "store/files/file_checks.h"
#include "store/files/file_facts.h"
#include "store/schema/embedded_sql.h"
#include "store/sqlite/sqlite_connection.h"
#include "store/sqlite/sqlite_error.h"
#include "store/transaction.h"
#include "support/foreign_tool.h"
#include "support/forked.h"
#include "support/scratch.h"

namespace purser {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::ForeignTool;
using test::Forked;

class Open : public test::DatabaseTest {
 protected:
  fs::path companion(const char* suffix) { return path_.string() + suffix; }
  void tool(const std::string& script) { ForeignTool(path_).run(script); }
  void replace_with(const std::string& content) { std::ofstream(path_, std::ios::binary) << content; }
  void store_policy(Database& database, const std::string& name) {
    store::Transaction change(database.connection());
    change.run("INSERT INTO keepa_policy (name, buffer_millitokens, patience_ms) VALUES (?1, 1, 1)", name);
    change.commit();
  }
  std::int64_t policies(Database& database) {
    store::Snapshot view(database.connection());
    auto row = view.rows("SELECT count(*) FROM keepa_policy");
    row.step();
    return row.get<std::int64_t>(0);
  }
  static unsigned mode_of(const fs::path& path) {
    struct stat file {};
    return stat(path.c_str(), &file) == 0 ? file.st_mode & 07777U : 0;
  }

  fs::path path_ = folder_.file("purser.db");
};

TEST_F(Open, EachFaultHasAnErrorOfItsOwn) {
  struct Case {
    const char* what;
    std::function<void()> damage;
    ErrorCode code;
  };
  const Case cases[] = {
      {"no file", [&] { fs::remove(path_); }, ErrorCode::no_database},
      {"an empty file", [&] { fs::resize_file(path_, 0); }, ErrorCode::not_a_database},
      {"a folder", [&] { fs::remove(path_), fs::create_directory(path_); }, ErrorCode::not_a_database},
      {"a device", [&] { fs::remove(path_), fs::create_symlink("/dev/null", path_); },
       ErrorCode::not_a_database},
      {"some other file", [&] { replace_with(std::string(5000, 'x')); }, ErrorCode::not_a_database},
      {"a few bytes", [&] { replace_with("x"); }, ErrorCode::not_a_database},
      {"links in a circle", [&] { fs::remove(path_), fs::create_symlink(path_, path_); },
       ErrorCode::cannot_open},
      {"another program's database", [&] { tool("PRAGMA application_id = 1"); }, ErrorCode::foreign_database},
      {"a database of nobody", [&] { tool("PRAGMA application_id = 0"); }, ErrorCode::foreign_database},
      {"an older schema", [&] { tool("PRAGMA user_version = 0"); }, ErrorCode::schema_older},
      {"a newer schema", [&] { tool("PRAGMA user_version = 999"); }, ErrorCode::schema_newer},
      {"another journal mode", [&] { tool("PRAGMA journal_mode = DELETE"); }, ErrorCode::corrupt},
      {"no setting", [&] { tool("DELETE FROM database_setting"); }, ErrorCode::corrupt},
      {"half a file", [&] { fs::resize_file(path_, 2048); }, ErrorCode::corrupt},
  };
  for (const Case& c : cases) {
    fs::remove_all(path_);
    create_database(options());
    ASSERT_NO_THROW(open());
    for (const char* suffix : {"-wal", "-shm"}) fs::remove(companion(suffix));
    c.damage();
    EXPECT_PURSER_ERROR(c.code, open()) << c.what;
  }
}

TEST_F(Open, MakesNoFile) {
  auto other = options();
  other.path = folder_.file("other.db");
  EXPECT_PURSER_ERROR(ErrorCode::no_database, Database::open(other));
  EXPECT_FALSE(fs::exists(folder_.file("other.db")));
  EXPECT_FALSE(fs::exists(folder_.file("other.db-gate")));
}

TEST_F(Open, MessagesSayWhichFileAndWhatToDo) {
  auto message = [&] { return test::message_of([&] { open(); }); };
  tool("PRAGMA user_version = 0");
  EXPECT_NE(message().find("purser migrate up"), std::string::npos) << message();
  EXPECT_NE(message().find(path_.filename().string()), std::string::npos) << message();
  fs::remove(path_);
  EXPECT_NE(message().find("purser init"), std::string::npos) << message();
}

TEST_F(Open, ARefusedDatabaseIsLeftAsItWas) {
  fs::remove(path_);
  ForeignTool writer(path_);
  writer.run("PRAGMA journal_mode = WAL; CREATE TABLE diary (line TEXT); INSERT INTO diary VALUES ('dear')");
  // A file that was copied while its program ran: with a log that is not yet in it.
  auto copy = options();
  copy.path = folder_.file("copy.db");
  for (const char* suffix : {"", "-wal"}) fs::copy_file(companion(suffix), copy.path.string() + suffix);
  auto log_before = fs::file_size(copy.path.string() + "-wal");
  auto file_before = fs::file_size(copy.path);
  EXPECT_PURSER_ERROR(ErrorCode::foreign_database, Database::open(copy));
  ASSERT_TRUE(fs::exists(copy.path.string() + "-wal"));
  EXPECT_EQ(fs::file_size(copy.path.string() + "-wal"), log_before);
  EXPECT_EQ(fs::file_size(copy.path), file_before);
}

TEST_F(Open, AJournalModeThatIsPutRightOpensAgain) {
  tool("PRAGMA journal_mode = DELETE");
  EXPECT_PURSER_ERROR(ErrorCode::corrupt, open());
  tool("PRAGMA journal_mode = WAL");
  EXPECT_NO_PURSER_ERROR(open());
}

TEST(NetworkFileSystem, IsKnownByItsMagic) {
  struct Case {
    const char* name;
    std::uint32_t magic;
    bool network;
  };
  for (const Case& c : {Case{"nfs", 0x6969, true},
                        {"smb", 0x517B, true},
                        {"smb2", 0xFE534D42, true},
                        {"cifs", 0xFF534D42, true},
                        {"9p", 0x01021997, true},
                        {"afs", 0x5346414F, true},
                        {"kafs", 0x6B414653, true},
                        {"ceph", 0x00C36400, true},
                        {"lustre", 0x0BD00BD0, true},
                        {"ext4", 0xEF53, false},
                        {"xfs", 0x58465342, false},
                        {"btrfs", 0x9123683E, false},
                        {"tmpfs", 0x01021994, false},
                        {"zfs", 0x2FC12FC1, false},
                        {"overlay", 0x794C7630, false},
                        {"f2fs", 0xF2F52010, false},
                        {"fuse", 0x65735546, false},
                        {"nothing", 0, false}}) {
    EXPECT_EQ(store::is_network_file_system(static_cast<long>(c.magic)), c.network) << c.name;
    // Where f_type is a signed 32-bit word, the high bit is carried upwards.
    auto carried = static_cast<long>(static_cast<std::int32_t>(c.magic));
    EXPECT_EQ(store::is_network_file_system(carried), c.network) << c.name;
  }
}

TEST(SqliteResults, AreSortedByWhatAPersonWouldDo) {
  struct Case {
    int result;
    ErrorCode code;
  };
  for (const Case& c : {Case{5, ErrorCode::busy},         // SQLITE_BUSY
                        {5 | (2 << 8), ErrorCode::busy},  // BUSY_SNAPSHOT
                        {6, ErrorCode::busy},             // LOCKED
                        {15, ErrorCode::busy},            // PROTOCOL
                        {8, ErrorCode::read_only},        // READONLY
                        {8 | (4 << 8), ErrorCode::read_only},
                        {3, ErrorCode::read_only},  // PERM
                        {10, ErrorCode::io_error},  // IOERR
                        {10 | (3 << 8), ErrorCode::io_error},
                        {11, ErrorCode::corrupt},         // CORRUPT
                        {13, ErrorCode::disk_full},       // FULL
                        {14, ErrorCode::cannot_open},     // CANTOPEN
                        {26, ErrorCode::not_a_database},  // NOTADB
                        {19, ErrorCode::internal},        // CONSTRAINT
                        {1, ErrorCode::internal},         // ERROR
                        {-1, ErrorCode::internal}}) {     // SQLiteCpp's own
    EXPECT_EQ(store::error_code_of(c.result), c.code) << c.result;
  }
}

TEST_F(Open, AConnectionCarriedOverForkIsRefused) {
  Database database = open();
  Forked child([&] {
    if (error_of([&] { database.schema_version(); }) != ErrorCode::wrong_process) return 1;
    if (error_of([&] { store::Snapshot view(database.connection()); }) != ErrorCode::wrong_process) return 2;
    if (error_of([&] { store::Transaction change(database.connection()); }) != ErrorCode::wrong_process)
      return 3;
    if (error_of([&] { store::sqlite_connection(database).execute("SELECT 1"); }) != ErrorCode::wrong_process)
      return 4;
    Database own = open("child:1");
    return own.schema_version() == store::newest_version() ? 0 : 5;
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(Open, DestroyingACopyInAChildClosesNothingOfTheParents) {
  std::optional<Database> database(open());
  {
    store::Transaction change(database->connection());
    change.run("DELETE FROM keepa_policy WHERE name = 'backfiller'");
    Forked child([&] {
      database.reset();
      return 0;
    });
    ASSERT_EQ(child.wait(), 0);
    // The lock is still ours: to the gate, and to SQLite.
    auto hurried = options();
    hurried.busy_deadline = Duration{0};
    Database other = Database::open(hurried);
    EXPECT_PURSER_ERROR(ErrorCode::busy, store::Transaction(other.connection()));
    Forked foreign([&] { return ForeignTool(path_).result_of("BEGIN IMMEDIATE") & 0xFF; });
    EXPECT_EQ(foreign.wait(), 5) << "SQLITE_BUSY";
    change.commit();
  }
  EXPECT_EQ(policies(*database), 2);
}

TEST_F(Open, CompanionFilesStayAfterTheLastClose) {
  auto before = fs::file_size(path_);
  {
    Database database = open();
    store_policy(database, "mine");
    store::Transaction change(database.connection());
    change.run("INSERT INTO keepa_unknown_task (account_id, task, first_seen_at_ms) VALUES (1, ?1, 0)",
               std::string(100'000, 'x'));
    change.commit();
  }
  EXPECT_TRUE(fs::exists(companion("-shm")));
  ASSERT_TRUE(fs::exists(companion("-wal")));
  EXPECT_GT(fs::file_size(companion("-wal")), 100'000U);
  EXPECT_EQ(fs::file_size(path_), before) << "the last close checkpointed outside the gate";
  Database database = open();
  EXPECT_EQ(policies(database), 4);
}

TEST_F(Open, AGroupThatMayReadTheFileMayReadItsCompanions) {
  {
    Database database = open();
    store_policy(database, "mine");
  }
  ASSERT_EQ(mode_of(companion("-wal")), 0600U);
  fs::permissions(path_, fs::perms(0640));
  Database database = open();
  for (const char* suffix : {"", "-wal", "-shm"}) EXPECT_EQ(mode_of(companion(suffix)), 0640U) << suffix;
  EXPECT_EQ(mode_of(companion("-gate")), 0600U) << "a read-only descriptor can lock too";
}

TEST_F(Open, CompanionsThatAreMadeAnewHaveTheFilesMode) {
  fs::permissions(path_, fs::perms(0640));
  Database database = open();
  store_policy(database, "mine");
  for (const char* suffix : {"-wal", "-shm"}) EXPECT_EQ(mode_of(companion(suffix)), 0640U) << suffix;
}

// Root is let in everywhere: then the child becomes somebody who owns nothing here.
void become_somebody_who_may_only_read() {
  constexpr uid_t kNobody = 65534;
  if (geteuid() != 0) return;
  if (setgroups(0, nullptr) != 0 || setresgid(kNobody, kNobody, kNobody) != 0 ||
      setresuid(kNobody, kNobody, kNobody) != 0) {
    throw std::runtime_error("root cannot become nobody");
  }
}

TEST_F(Open, WhoMayOnlyReadReadsAndIsToldSoWhenItWrites) {
  {
    Database database = open();
    store_policy(database, "mine");
  }
  for (const char* suffix : {"", "-wal", "-shm"}) fs::permissions(companion(suffix), fs::perms(0444));
  fs::permissions(folder_.path(), fs::perms(0755));
  Forked reader([&] {
    become_somebody_who_may_only_read();
    Database database = open();
    if (policies(database) != 4) return 1;
    return error_of([&] { store_policy(database, "theirs"); }) == ErrorCode::read_only ? 0 : 2;
  });
  EXPECT_EQ(reader.wait(), 0);
}

TEST_F(Open, WhoMayNotReadIsToldSo) {
  fs::permissions(path_, fs::perms(0));
  fs::permissions(folder_.path(), fs::perms(0755));
  Forked reader([&] {
    become_somebody_who_may_only_read();
    return error_of([&] { open(); }) == ErrorCode::cannot_open ? 0 : 1;
  });
  EXPECT_EQ(reader.wait(), 0);
}

TEST_F(Open, ManyConnectionsOfOneProcessSeeOneTruth) {
  Database first = open("test:1");
  Database second = open("test:2");
  store_policy(first, "mine");
  EXPECT_EQ(policies(second), 4);
  { Database third = open("test:3"); }
  store_policy(second, "yours");
  EXPECT_EQ(policies(first), 5);
}

TEST_F(Open, ADatabaseMovesWithItsConnection) {
  Database first = open();
  Database second = std::move(first);
  store_policy(second, "mine");
  first = std::move(second);
  EXPECT_EQ(policies(first), 4);
}

TEST_F(Open, AFileThatWasRemovedAndMadeAnewIsNotWrittenBlindly) {
  Database database = open();
  store_policy(database, "mine");
  for (const char* suffix : {"", "-wal", "-shm", "-gate"}) fs::remove(companion(suffix));
  EXPECT_PURSER_ERROR(ErrorCode::file_replaced, store_policy(database, "lost"));
  ASSERT_TRUE(create_database(options()));
  EXPECT_PURSER_ERROR(ErrorCode::file_replaced, store_policy(database, "lost"));
  Database anew = open();
  EXPECT_EQ(policies(anew), 3);
}

TEST_F(Open, ModesAreAlignedThroughNoLink) {
  auto victim = folder_.file("victim");
  std::ofstream(victim) << "somebody else's";
  fs::permissions(victim, fs::perms(0600));
  fs::permissions(path_, fs::perms(0640));
  for (const char* suffix : {"-wal", "-shm"}) fs::remove(companion(suffix));
  fs::create_symlink(victim, companion("-wal"));
  store::align_companion_modes(path_);
  EXPECT_EQ(mode_of(victim), 0600U);
  fs::remove(companion("-wal"));
  fs::create_hard_link(victim, companion("-wal"));
  store::align_companion_modes(path_);
  EXPECT_EQ(mode_of(victim), 0600U);
}

}  // namespace
}  // namespace purser
