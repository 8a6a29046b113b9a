// A file's own name, and whose links lead there.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/files/file_checks.h"
#include "support/scratch.h"

namespace purser::store {
namespace {

namespace fs = std::filesystem;
using test::error_of;

constexpr uid_t kSomebody = 65534, kAnother = 65533;

class RealPath : public ::testing::Test {
 protected:
  RealPath() : top_(fs::canonical(folder_.path())) { fs::create_directory(top_ / "real"); }

  test::ScratchFolder folder_;
  fs::path top_;
};

TEST_F(RealPath, FollowsLinksAlsoToNothing) {
  fs::create_symlink("real", top_ / "folder");
  fs::create_symlink("folder/new.db", top_ / "link");
  fs::create_symlink(top_ / "link", top_ / "second");
  EXPECT_EQ(real_path(top_ / "link"), top_ / "real/new.db");
  EXPECT_EQ(real_path(top_ / "second"), top_ / "real/new.db");
  EXPECT_EQ(real_path(top_ / "folder/../real/./a.db"), top_ / "real/a.db");
  EXPECT_EQ(real_path(top_ / "none/deeper/a.db"), top_ / "none/deeper/a.db");
  EXPECT_EQ(real_path(top_ / "none/"), top_ / "none/");  // a folder is meant
  EXPECT_EQ(real_path("/"), "/");
  EXPECT_EQ(real_path("/.."), "/");
}

TEST_F(RealPath, IsTakenFromTheWorkingFolder) {
  auto before = fs::current_path();
  fs::current_path(top_ / "real");
  EXPECT_EQ(real_path("a.db"), top_ / "real/a.db");
  EXPECT_EQ(real_path("../a.db"), top_ / "a.db");
  fs::current_path(before);
}

TEST_F(RealPath, ACircleOfLinksIsRefused) {
  fs::create_symlink("b", top_ / "a");
  fs::create_symlink("a", top_ / "b");
  EXPECT_PURSER_ERROR(ErrorCode::cannot_open, real_path(top_ / "a"));
}

TEST_F(RealPath, InAStickyFolderOnlyOnesOwnLinksAndItsOwnersAreFollowed) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can make links of others";
  fs::path sticky = top_ / "sticky";
  fs::create_directory(sticky);
  struct Case {
    mode_t mode;
    uid_t folder, link;
    bool followed;
  };
  for (const Case& c :
       {Case{01777, 0, 0, true}, Case{01777, 0, kSomebody, false}, Case{01777, kSomebody, kSomebody, true},
        Case{01777, kSomebody, kAnother, false}, Case{01777, kSomebody, 0, true},
        Case{0777, 0, kSomebody, true}, Case{01775, 0, kSomebody, true}, Case{0755, 0, kSomebody, true}}) {
    for (const char* name : {"file", "folder"}) {
      fs::path link = sticky / name;
      fs::create_symlink(top_ / "real", link);
      ASSERT_EQ(lchown(link.c_str(), c.link, c.link), 0);
      ASSERT_EQ(chown(sticky.c_str(), c.folder, c.folder), 0);
      ASSERT_EQ(chmod(sticky.c_str(), c.mode), 0);
      auto refused = error_of([&] { real_path(link / "a.db"); });
      EXPECT_EQ(!refused, c.followed) << c.mode << " " << c.folder << " " << c.link;
      fs::remove(link);
    }
  }
}

}  // namespace
}  // namespace purser::store
