// No space left, and a limit on the size of files: nothing is granted, nothing is lost.
#include "cli/command_line_test.h"

namespace purser::test {
namespace {

class FullDiskTest : public CommandLineTest {
 protected:
};

TEST_F(FullDiskTest, NothingIsGrantedAndNothingLost) {
  if (!has_program("unshare")) GTEST_SKIP() << "no `unshare` to mount a small file system with";
  Finished done = shell(R"(
    mount -t tmpfs -o size=1m none "$FOLDER" 2> /dev/null || exit 77
    "$P" init > /dev/null && "$P" keepa observe --tokens-left 300 --refill-rate 5 --flow-reduction 5 > /dev/null || exit 1
    before=$("$P" keepa status --json | sed 's/"as_of_at":"[^"]*"//')
    cat /dev/zero > "$FOLDER/filling" 2> /dev/null
    for try in 1 2 3; do
      "$P" keepa acquire --task backfiller --cost 80 --json; echo "exit $?"
    done
    rm "$FOLDER/filling"
    after=$("$P" keepa status --json | sed 's/"as_of_at":"[^"]*"//')
    [ "$before" = "$after" ] && echo unchanged || echo "before $before after $after"
    "$P" keepa verify --json
    "$P" keepa acquire --task backfiller --cost 80 --json > /dev/null; echo "then $?"
  )",
                        {"unshare", "--mount"});
  if (done.exit_status == 77 || done.err.find("unshare") != std::string::npos) {
    GTEST_SKIP() << "no right to mount a small file system here";
  }
  Words said = lines(done.out);
  ASSERT_EQ(said.size(), 9U) << done.out << done.err;
  for (std::size_t i = 0; i < 6; i += 2) {
    EXPECT_EQ(Json::parse(said[i])["error"]["code"], "disk_full") << said[i];
    EXPECT_EQ(said[i + 1], "exit 74");
  }
  EXPECT_EQ(said[6], "unchanged");
  EXPECT_EQ(Json::parse(said[7])["balance_matches"], true);
  EXPECT_EQ(said[8], "then 0");
}

TEST_F(FullDiskTest, AFileThatMayNotGrow) {
  init_with(300);
  std::string before = content();
  Finished done = shell(R"(
    ulimit -f $(($(stat -c %s "$PURSER_DB-wal") / 1024))
    "$P" keepa acquire --task backfiller --cost 80 --json; echo "exit $?")");
  Words said = lines(done.out);
  ASSERT_EQ(said.size(), 2U) << done.out << done.err;
  std::string code = Json::parse(said[0])["error"]["code"];
  EXPECT_TRUE(code == "io_error" || code == "disk_full") << said[0];
  EXPECT_EQ(said[1], "exit 74");
  EXPECT_EQ(content(), before);
  EXPECT_EQ(answer({"keepa", "verify"})["held_matches"], true);
}

}  // namespace
}  // namespace purser::test
