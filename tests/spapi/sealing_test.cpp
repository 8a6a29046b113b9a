// Sealing: what opens, and that nothing else does.
#include "spapi/sealing.h"

#include "spapi/spapi_test.h"

namespace purser::spapi {
namespace {

using test::error_of;

class SealingTest : public ::testing::Test {
 protected:
  static Cell cell() { return {"table", "row", "column", "the secret"}; }
  KeyRing ring_of(const std::string& name) {
    KeyRing::generate(folder_.file(name));
    return KeyRing::from_file(folder_.file(name));
  }
  std::string sealed(const std::string& plain) { return seal(ring_, ring_.current(), cell(), plain); }
  std::optional<ErrorCode> opening(const std::string& bytes, const Cell& at) {
    return error_of([&] { open(ring_, at, {bytes, ring_.current()}); });
  }

  test::ScratchFolder folder_;
  KeyRing ring_ = ring_of("key");
};

TEST_F(SealingTest, OpensWhatWasSealed) {
  for (const std::string& plain :
       {std::string(), std::string("Atzr|+/="), std::string(3000, 'x'), std::string("a\0b", 3)}) {
    EXPECT_EQ(open(ring_, cell(), {sealed(plain), ring_.current()}), plain);
  }
}

TEST_F(SealingTest, TheSameTextIsSealedAnewEachTime) { EXPECT_NE(sealed("secret"), sealed("secret")); }

TEST_F(SealingTest, NoBitMayDiffer) {
  std::string bytes = sealed("secret");
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    std::string flipped = bytes;
    flipped[i / 8] = static_cast<char>(static_cast<unsigned char>(flipped[i / 8]) ^ (1U << (i % 8)));
    EXPECT_EQ(opening(flipped, cell()), ErrorCode::wrong_master_key) << "bit " << i;
  }
}

TEST_F(SealingTest, NoByteMayBeMissingOrMore) {
  std::string bytes = sealed("secret");
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_EQ(opening(bytes.substr(0, length), cell()), ErrorCode::wrong_master_key) << length;
  }
  EXPECT_EQ(opening(bytes + '\0', cell()), ErrorCode::wrong_master_key);
}

TEST_F(SealingTest, OpensNowhereElse) {
  std::string bytes = sealed("secret");
  for (const Cell& other : {Cell{"table2", "row", "column", "x"}, Cell{"table", "row2", "column", "x"},
                            Cell{"table", "row", "column2", "x"}, Cell{"tablerow", "", "column", "x"},
                            Cell{"table", "rowc", "olumn", "x"}}) {
    EXPECT_EQ(opening(bytes, other), ErrorCode::wrong_master_key);
  }
  EXPECT_EQ(opening(bytes, {"table", "row", "column", "under another name for people"}), std::nullopt);
}

TEST_F(SealingTest, AnotherKeyOfTheRingDoesNotOpen) {
  std::string bytes = sealed("secret");
  std::string id = ring_.current();
  ring_of("second");
  write_private(folder_.file("both"),
                test::read_file(folder_.file("second")) + test::read_file(folder_.file("key")));
  KeyRing both = KeyRing::from_file(folder_.file("both"));
  EXPECT_PURSER_ERROR(ErrorCode::wrong_master_key, open(both, cell(), {bytes, both.current()}));
  EXPECT_EQ(open(both, cell(), {bytes, id}), "secret");
}

TEST_F(SealingTest, AnUnknownKeyIsNamed) {
  std::string bytes = sealed("secret");
  KeyRing other = ring_of("other");
  try {
    open(other, cell(), {bytes, ring_.current()});
    ADD_FAILURE() << "it opened";
  } catch (const UnknownKey& error) {
    EXPECT_EQ(error.code(), ErrorCode::wrong_master_key);
    EXPECT_NE(std::string(error.what()).find(ring_.current()), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("the secret"), std::string::npos) << error.what();
  }
  EXPECT_THROW(seal(other, ring_.current(), cell(), "secret"), UnknownKey);
}

TEST_F(SealingTest, WithNewestTriesAgainWhereTheRingHasAnotherKey) {
  KeyRing ring = ring_of("growing");
  std::string bytes = sealed("secret");
  int calls = 0;
  auto use = [&] {
    ++calls;
    return open(ring, cell(), {bytes, ring_.current()});
  };
  EXPECT_THROW(with_current_ring(ring, use), UnknownKey);
  EXPECT_EQ(calls, 1) << "the same ring opens no more at a second time";
  write_private(folder_.file("growing"),
                test::read_file(folder_.file("growing")) + test::read_file(folder_.file("key")));
  EXPECT_EQ(with_current_ring(ring, use), "secret");
  EXPECT_EQ(calls, 3);
}

TEST_F(SealingTest, WipingLeavesNothing) {
  std::string secret(100, 's');
  wipe(secret);
  EXPECT_TRUE(secret.empty());
  EXPECT_EQ(std::string(secret.data(), 100), std::string(100, '\0'));
}

}  // namespace
}  // namespace purser::spapi
