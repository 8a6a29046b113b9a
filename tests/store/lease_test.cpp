#include "store/lease.h"

#include "support/scratch.h"

namespace purser::store {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class LeaseTest : public test::DatabaseTest {
 protected:
  std::pair<Lease, bool> take(Database& database, const std::string& name = "refresh") {
    Transaction change(database.connection());
    auto lease = find_or_take_lease(change, name, seconds(45));
    change.commit();
    return lease;
  }
  bool end(Database& database, const std::string& fence) {
    Transaction change(database.connection());
    bool ended = end_lease(change, "refresh", fence);
    change.commit();
    return ended;
  }
  std::optional<Lease> find(Database& database) {
    Snapshot view(database.connection());
    return find_lease(view, "refresh");
  }
  Database mine_ = open("mine");
  Database theirs_ = open("theirs");
};

TEST_F(LeaseTest, OneHoldsItTheOthersAreToldWho) {
  auto first = take(mine_);
  EXPECT_TRUE(first.second);
  auto second = take(theirs_);
  EXPECT_FALSE(second.second);
  EXPECT_EQ(second.first.holder, "mine");
  EXPECT_EQ(second.first.fence, first.first.fence);
  EXPECT_TRUE(take(theirs_, "another").second);
}

TEST_F(LeaseTest, OnlyItsFenceEndsIt) {
  auto lease = take(mine_).first;
  EXPECT_FALSE(end(theirs_, "00"));
  EXPECT_TRUE(find(theirs_));
  EXPECT_TRUE(end(mine_, lease.fence));
  EXPECT_FALSE(find(theirs_));
  EXPECT_FALSE(end(mine_, lease.fence));
}

TEST_F(LeaseTest, ALapsedOneIsTakenOverWithANewFence) {
  auto first = take(mine_).first;
  clock_.advance(seconds(45) - Duration{1});
  EXPECT_FALSE(take(theirs_).second);
  clock_.advance(Duration{1});
  auto second = take(theirs_);
  EXPECT_TRUE(second.second);
  EXPECT_NE(second.first.fence, first.fence);
  EXPECT_FALSE(end(mine_, first.fence));
  EXPECT_EQ(find(mine_)->holder, "theirs");
}

TEST_F(LeaseTest, AClockThatWentBackProlongsItByItsOwnLengthAtMost) {
  take(mine_);
  clock_.jump(-hours(24));
  EXPECT_FALSE(take(theirs_).second);
  clock_.advance(seconds(45));
  EXPECT_TRUE(take(theirs_).second);
}

}  // namespace
}  // namespace purser::store
