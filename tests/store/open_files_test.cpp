// Files that are removed or replaced under those who have them open: nothing is written to what nobody else
// will see, nothing that others wrote is written over, and no answer is given for what is lost.
#include "store/files/open_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <functional>

#include "purser/create.h"
#include "purser/health.h"
#include "purser/migrate.h"
#include "store/transaction.h"
#include "support/forked.h"
#include "support/scratch.h"

namespace purser {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::Forked;

class Replaced : public test::DatabaseTest, public ::testing::WithParamInterface<Durability> {
 protected:
  void SetUp() override { begin_anew(); }

  void begin_anew() {
    fs::remove_all(path_.parent_path());
    fs::create_directory(path_.parent_path());
    create_database(options(), GetParam());
  }
  DatabaseOptions options() {
    auto all = DatabaseTest::options();
    all.path = path_;
    return all;
  }
  Database open() { return Database::open(options()); }
  fs::path companion(const char* suffix) { return path_.string() + suffix; }

  static void insert(store::Transaction& change, const std::string& name) {
    change.run("INSERT INTO keepa_policy (name, buffer_millitokens, patience_ms) VALUES (?1, 1, 1)", name);
  }
  static void store_policy(Database& database, const std::string& name) {
    store::Transaction change(database.connection());
    insert(change, name);
    change.commit();
  }
  static bool has_policy(Database& database, const std::string& name) {
    store::Snapshot view(database.connection());
    auto row = view.rows("SELECT count(*) FROM keepa_policy WHERE name = ?1", name);
    row.step();
    return row.get<int>(0) == 1;
  }
  // Forked before anything is open here, since SQLite keeps in a process which index belongs to a file; it
  // works when it is told to, with whatever files stand there then.
  class AnotherProcess {
   public:
    explicit AnotherProcess(const std::function<void()>& work)
        : child_([&] {
            if (!go_.wait()) return 1;
            work();
            return 0;
          }) {}
    int run() {
      go_.say();
      return child_.wait();
    }

   private:
    test::Word go_;
    Forked child_;
  };
  void remove(const char* suffix) { fs::remove(companion(suffix)); }
  void replace_by_a_copy(const char* suffix) {
    fs::path copy = path_.parent_path() / "copy";
    fs::copy_file(companion(suffix), copy);
    fs::rename(copy, companion(suffix));
  }

  struct Act {
    const char* what;
    std::function<void()> run;
  };
  static constexpr char kMadeAnew[] = "made anew by another process";

  // Each on files of their own, and with another process at hand.
  void for_each_act(const std::function<void(const Act&)>& look) {
    constexpr std::size_t kActs = 11;
    for (std::size_t i = 0; i < kActs; ++i) {
      begin_anew();
      AnotherProcess other([&] {
        Database theirs = open();
        store_policy(theirs, "theirs");
      });
      auto all = acts(other);
      ASSERT_EQ(all.size(), kActs);
      look(all[i]);
    }
  }

  std::vector<Act> acts(AnotherProcess& other) {
    return {
        {"-wal removed", [&] { remove("-wal"); }},
        {"-shm removed", [&] { remove("-shm"); }},
        {"both removed", [&] { remove("-wal"), remove("-shm"); }},
        {"the database removed", [&] { remove(""); }},
        {"all removed", [&] { remove(""), remove("-wal"), remove("-shm"), remove("-gate"); }},
        {"the database replaced by a copy", [&] { replace_by_a_copy(""); }},
        {"-wal replaced by a copy", [&] { replace_by_a_copy("-wal"); }},
        {"-shm replaced by a copy", [&] { replace_by_a_copy("-shm"); }},
        {"-wal renamed", [&] { fs::rename(companion("-wal"), companion("-old")); }},
        {"a link in its place",
         [&] {
           fs::rename(path_, path_.parent_path() / "elsewhere");
           fs::create_symlink(path_.parent_path() / "elsewhere", path_);
         }},
        {kMadeAnew,
         [&] {
           remove("-wal"), remove("-shm");
           EXPECT_EQ(other.run(), 0);
         }},
    };
  }

  fs::path path_ = folder_.file("purse") / "purser.db";
};

TEST_P(Replaced, NothingIsWrittenToAFileThatIsNotThereAnyMore) {
  for_each_act([&](const Act& act) {
    {
      Database database = open();
      store_policy(database, "before");
      act.run();
      for (const char* name : {"after", "again", "and again"})
        EXPECT_PURSER_ERROR(ErrorCode::file_replaced, store_policy(database, name)) << act.what;
    }
    if (!fs::exists(path_)) return;
    Database anew = open();
    for (const char* name : {"after", "again", "and again"}) EXPECT_FALSE(has_policy(anew, name)) << act.what;
  });
}

TEST_P(Replaced, WhatOthersStoredSinceIsNotWrittenOver) {
  AnotherProcess other([&] {
    for (const char* name : {"one", "two", "three"}) {
      Database theirs = open();
      store_policy(theirs, name);
    }
  });
  {
    Database first = open();
    store_policy(first, "before");
    remove("-shm");
    ASSERT_EQ(other.run(), 0);
    EXPECT_PURSER_ERROR(ErrorCode::file_replaced, store_policy(first, "after"));
  }
  Database anew = open();
  for (const char* name : {"before", "one", "two", "three"}) EXPECT_TRUE(has_policy(anew, name)) << name;
  EXPECT_FALSE(has_policy(anew, "after"));
  EXPECT_TRUE(verify(options()).passed());
}

TEST_P(Replaced, AnOpenTransactionIsNotAnsweredWhereItsFilesAreGone) {
  for_each_act([&](const Act& act) {
    if (std::string(act.what) == kMadeAnew) return;  // who would wait at the gate
    Database database = open();
    store_policy(database, "before");
    auto code = error_of([&] {
      store::Transaction change(database.connection());
      insert(change, "meanwhile");
      act.run();
      change.commit();
    });
    EXPECT_EQ(code, ErrorCode::file_replaced) << act.what;
  });
}

TEST_P(Replaced, AReaderNotices) {
  constexpr int kMostReads = 1'000'000;
  for_each_act([&](const Act& act) {
    Database reader = open();
    ASSERT_FALSE(has_policy(reader, "before"));
    act.run();
    std::optional<ErrorCode> code;
    for (int i = 0; i < kMostReads && !code; ++i) code = error_of([&] { has_policy(reader, "before"); });
    EXPECT_EQ(code, ErrorCode::file_replaced) << act.what;
  });
}

// SQLite shares the index of one file among the connections of a process, whatever stands at its name.
TEST_P(Replaced, ASecondConnectionDoesNotTakeUpTheIndexThatIsGone) {
  std::optional<Database> first(open());
  store_policy(*first, "before");
  remove("-shm");
  EXPECT_PURSER_ERROR(ErrorCode::file_replaced, open());
  first.reset();
  Database anew = open();
  EXPECT_TRUE(has_policy(anew, "before"));
}

TEST_P(Replaced, OtherFilesOfTheFolderDisturbNobody) {
  Database database = open();
  for (int i = 0; i < 20; ++i) {
    std::ofstream(path_.parent_path() / std::to_string(i)) << "x";
    store_policy(database, std::to_string(i));
    fs::remove(path_.parent_path() / std::to_string(i));
    EXPECT_TRUE(has_policy(database, std::to_string(i)));
  }
}

TEST_P(Replaced, AFolderThatIsReplacedAsAWholeIsNoticed) {
  constexpr int kMostReads = 1'000'000;
  Database database = open();
  store_policy(database, "before");
  fs::path moved = folder_.file("moved");
  fs::rename(path_.parent_path(), moved);
  fs::copy(moved, path_.parent_path());
  std::optional<ErrorCode> code;
  for (int i = 0; i < kMostReads && !code; ++i) code = error_of([&] { has_policy(database, "before"); });
  EXPECT_EQ(code, ErrorCode::file_replaced);
}

INSTANTIATE_TEST_SUITE_P(Durabilities, Replaced, ::testing::Values(Durability::full, Durability::normal),
                         [](const auto& tested) {
                           return tested.param == Durability::full ? "full" : "normal";
                         });

class FolderWatchTest : public ::testing::Test {
 protected:
  test::ScratchFolder folder_;
  store::FolderWatch watch_{folder_.path()};
  bool is_unchanged() { return watch_.is_unchanged(watch_.look()); }
  // A change of the same tick would look like the last one: such a moment counts for nothing.
  void note_when_settled() {
    do watch_.note();
    while (!is_unchanged());
  }
};

TEST_F(FolderWatchTest, SeesEachChangeOfAName) {
  const std::vector<std::function<void()>> changes = {
      [&] { std::ofstream(folder_.file("a")) << "x"; },
      [&] { fs::rename(folder_.file("a"), folder_.file("b")); },
      [&] { fs::create_hard_link(folder_.file("b"), folder_.file("c")); },
      [&] { fs::rename(folder_.file("b"), folder_.file("c")), fs::remove(folder_.file("b")); },
      [&] { fs::remove(folder_.file("c")); }};
  for (const auto& change : changes) {
    note_when_settled();
    change();
    EXPECT_FALSE(is_unchanged());
  }
}

TEST_F(FolderWatchTest, ANoteOfAMomentAgoProvesNothing) {
  for (int i = 0; i < 100; ++i) {
    std::ofstream(folder_.file("a")) << "x";
    watch_.note();
    fs::remove(folder_.file("a"));
    EXPECT_FALSE(is_unchanged());
  }
}

TEST_F(FolderWatchTest, WhatIsWrittenIntoAFileIsNoChange) {
  std::ofstream file(folder_.file("a"));
  note_when_settled();
  file << "x" << std::flush;
  EXPECT_TRUE(is_unchanged());
}

TEST_F(FolderWatchTest, OfNoFolderNothingIsProved) {
  store::FolderWatch none(folder_.file("none"));
  none.note();
  EXPECT_FALSE(none.is_unchanged(none.look()));
}

}  // namespace
}  // namespace purser
