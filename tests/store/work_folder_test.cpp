// The folder in which a file is made: private, its own, and taken away by whoever comes after a kill.
#include "store/work_folder.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>

#include "store/unfinished_file.h"
#include "support/files.h"
#include "support/forked.h"
#include "support/scratch.h"

namespace purser::store {
namespace {

namespace fs = std::filesystem;

class WorkFolderTest : public ::testing::Test {
 protected:
  std::set<std::string> names() const { return test::names_in(folder_.path()); }

  test::ScratchFolder folder_;
  fs::path name_ = folder_.file("p.db-unfinished");
  fs::path place_ = folder_.file("p.db");
};

TEST_F(WorkFolderTest, LeadsToItselfWhateverBecomesOfItsName) {
  UnfinishedFile file(name_);
  fs::rename(name_, folder_.file("taken"));
  fs::create_directory(folder_.file("other"));
  test::write_file(folder_.file("other") / WorkFolder::kFile, "precious");
  fs::create_directory_symlink(folder_.file("other"), name_);
  test::write_file(file.path(), "new");
  file.become_new(place_);
  EXPECT_EQ(test::read_file(place_), "new");
  EXPECT_EQ(test::read_file(folder_.file("other") / WorkFolder::kFile), "precious");
  EXPECT_TRUE(fs::is_symlink(name_)) << "it removes only its own folder";
}

TEST_F(WorkFolderTest, IsLeftAloneWhileItsMakerLives) {
  {
    WorkFolder maker(name_);
    EXPECT_PURSER_ERROR(ErrorCode::busy, WorkFolder(name_));
    WorkFolder::tidy(name_);
    EXPECT_EQ(names(), std::set<std::string>{"p.db-unfinished"});
  }
  EXPECT_EQ(names(), std::set<std::string>{});
}

TEST_F(WorkFolderTest, OfAKilledProcessIsTakenAway) {
  test::Word made;
  test::Forked maker([&] {
    UnfinishedFile file(name_);
    test::write_file(file.path(), "half");
    test::write_file(file.path().string() + "-wal", "half");
    made.say();
    pause();
    return 0;
  });
  ASSERT_TRUE(made.wait());
  EXPECT_PURSER_ERROR(ErrorCode::busy, WorkFolder(name_));
  maker.kill();
  { UnfinishedFile second(name_); }
  EXPECT_EQ(names(), std::set<std::string>{});
}

TEST_F(WorkFolderTest, WithSomethingOfAPersonsInItIsLeftAlone) {
  fs::create_directory(name_);
  test::write_file(name_ / "diary", "today");
  EXPECT_PURSER_ERROR(ErrorCode::io_error, WorkFolder(name_));
  WorkFolder::tidy(name_);
  EXPECT_EQ(test::read_file(name_ / "diary"), "today");
}

TEST_F(WorkFolderTest, ALinkOrAPipeOfThatNameIsNamed) {
  fs::create_directory(folder_.file("elsewhere"));
  fs::create_directory_symlink(folder_.file("elsewhere"), name_);
  EXPECT_PURSER_ERROR(ErrorCode::read_only, WorkFolder(name_));
  fs::remove(name_);
  ASSERT_EQ(mkfifo(name_.c_str(), 0600), 0);
  EXPECT_PURSER_ERROR(ErrorCode::read_only, WorkFolder(name_));
  EXPECT_EQ(names(), (std::set<std::string>{"elsewhere", "p.db-unfinished"}));
}

TEST_F(WorkFolderTest, WouldRemoveWhatStandsInIt) {
  fs::create_directory(name_);
  fs::path inside = name_ / WorkFolder::kFile;
  test::write_file(inside, "a database of a person who chose an unlucky name");
  EXPECT_TRUE(WorkFolder::would_remove(name_, inside));
  EXPECT_FALSE(WorkFolder::would_remove(name_, place_));
}

TEST_F(WorkFolderTest, AnErrorSpeaksOfTheNameThatPeopleKnow) {
  UnfinishedFile file(name_);
  std::string message = test::message_of(
      [&] { file.naming([&] { throw Error(ErrorCode::io_error, file.path().string() + "-wal: failed"); }); });
  EXPECT_EQ(message, name_.string() + "-wal: failed");
}

}  // namespace
}  // namespace purser::store
