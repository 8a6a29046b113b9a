// The key ring: which files it takes, what it refuses, and that it follows a rotation.
#include "purser/key_ring.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <regex>

#include "spapi/spapi_test.h"
#include "support/forked.h"

namespace purser {
namespace {

namespace fs = std::filesystem;
using spapi::write_private;

constexpr char kKey[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";    // 0, 1, … 31
constexpr char kOther[] = "HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";  // 31, 1, …

class KeyRingTest : public ::testing::Test {
 protected:
  static std::string line(const std::string& key) { return std::string("purser-key-1 ") + key + "\n"; }
  KeyRing ring_of(const std::string& text) {
    write_private(file_, text);
    return KeyRing::from_file(file_);
  }

  spapi::ScratchEnvironment environment_;
  test::ScratchFolder folder_;
  fs::path file_ = folder_.file("key");
};

TEST_F(KeyRingTest, GeneratesAFileThatOnlyItsOwnerReads) {
  std::string id = KeyRing::generate(file_);
  EXPECT_TRUE(std::regex_match(id, std::regex("[0-9a-f]{16}"))) << id;
  EXPECT_TRUE(std::regex_match(test::read_file(file_), std::regex("purser-key-1 [A-Za-z0-9+/]{43}=\n")));
  struct stat status {};
  ASSERT_EQ(stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  KeyRing ring = KeyRing::from_file(file_);
  EXPECT_EQ(ring.current(), id);
  EXPECT_EQ(ring.ids(), std::vector<std::string>{id});
  EXPECT_TRUE(ring.has(id));
  EXPECT_NE(ring.key(id), nullptr);
  EXPECT_EQ(ring.key("0123456789abcdef"), nullptr);
}

TEST_F(KeyRingTest, NoTwoKeysAreTheSame) {
  EXPECT_NE(KeyRing::generate(file_), KeyRing::generate(folder_.file("second")));
}

TEST_F(KeyRingTest, GenerateReplacesNothing) {
  write_private(file_, "precious");
  EXPECT_PURSER_ERROR(ErrorCode::io_error, KeyRing::generate(file_));
  EXPECT_EQ(test::read_file(file_), "precious");
  fs::path link = folder_.file("link");
  fs::create_symlink(folder_.file("nowhere"), link);
  EXPECT_PURSER_ERROR(ErrorCode::io_error, KeyRing::generate(link));
  EXPECT_FALSE(fs::exists(folder_.file("nowhere")));
  EXPECT_PURSER_ERROR(ErrorCode::io_error, KeyRing::generate(folder_.file("no/folder")));
}

TEST_F(KeyRingTest, ReadsTheKeysInTheirOrder) {
  KeyRing ring =
      ring_of("# the ring\r\n\n" + line(kKey) + "  purser-key-1  " + kOther + " \r\n" + line(kKey));
  ASSERT_EQ(ring.ids().size(), 2U);
  EXPECT_EQ(ring.current(), KeyRing::from_text(kKey).current());
  EXPECT_EQ(ring.ids()[1], KeyRing::from_text(kOther).current());
  EXPECT_EQ(ring.key(ring.ids()[0])[1], 1);
  EXPECT_EQ(ring.key(ring.ids()[1])[0], 31);
  std::string without_newline = line(kKey);
  without_newline.pop_back();
  EXPECT_EQ(ring_of(without_newline).current(), ring.current());
}

TEST_F(KeyRingTest, RefusesWhatIsNoKeyAndDoesNotRepeatIt) {
  std::string short_key = "AAECAwQFBgcICQoLDA0ODw==";
  for (const std::string& text :
       {std::string(), std::string("\n# nothing\n"), std::string(kKey), std::string("purser-key-2 ") + kKey,
        line(short_key), line(std::string(kKey) + kKey), line(std::string("!") + kKey),
        line(std::string(kKey) + " x"), line(""), line(kKey) + "garbage", std::string(20'000, '#')}) {
    std::string message = test::message_of(ErrorCode::usage, [&] { ring_of(text); });
    EXPECT_EQ(message.find("AAECAw"), std::string::npos) << message;
    EXPECT_NE(message.find(file_.string()), std::string::npos) << message;
  }
  for (const char* text : {"", "x", "AAECAwQFBgcICQoLDA0ODw=="}) {
    EXPECT_PURSER_ERROR(ErrorCode::usage, KeyRing::from_text(text)) << text;
  }
}

TEST_F(KeyRingTest, AFileThatOthersMayReadOrWriteIsRefused) {
  KeyRing::generate(file_);
  if (geteuid() == 0) {
    ASSERT_EQ(chown(file_.c_str(), 65534, 65534), 0);  // not root's: that may have a group
  }
  for (fs::perms others : {fs::perms::group_read, fs::perms::group_write, fs::perms::others_read,
                           fs::perms::others_write, fs::perms::others_exec}) {
    fs::permissions(file_, fs::perms::owner_read | others);
    EXPECT_PURSER_ERROR(ErrorCode::unsafe_key_file, KeyRing::from_file(file_));
  }
  fs::permissions(file_, fs::perms::owner_read);
  EXPECT_NO_PURSER_ERROR(KeyRing::from_file(file_));
}

// What systemd and Kubernetes hand out: root's, and the group of the service reads it.
TEST_F(KeyRingTest, OneGroupMayReadAFileOfRoots) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file to root";
  KeyRing::generate(file_);
  for (mode_t mode : {0400U, 0440U, 0600U, 0640U}) {
    ASSERT_EQ(chmod(file_.c_str(), mode), 0);
    EXPECT_NO_PURSER_ERROR(KeyRing::from_file(file_)) << std::oct << mode;
  }
  for (mode_t mode : {0444U, 0644U, 0460U, 0620U, 0450U, 0441U, 0442U}) {
    ASSERT_EQ(chmod(file_.c_str(), mode), 0);
    EXPECT_PURSER_ERROR(ErrorCode::unsafe_key_file, KeyRing::from_file(file_)) << std::oct << mode;
  }
}

TEST_F(KeyRingTest, WhatIsNoRegularFileIsRefusedAtOnce) {
  EXPECT_PURSER_ERROR(ErrorCode::no_master_key, KeyRing::from_file(file_));
  fs::permissions(folder_.path(), fs::perms::owner_all);
  EXPECT_PURSER_ERROR(ErrorCode::usage, KeyRing::from_file(folder_.path()));
  ASSERT_EQ(mkfifo(file_.c_str(), 0600), 0);
  EXPECT_PURSER_ERROR(ErrorCode::usage, KeyRing::from_file(file_));  // and does not wait for a writer
}

TEST_F(KeyRingTest, ALinkToAPrivateFileIsTheFile) {
  std::string id = KeyRing::generate(folder_.file("real"));
  fs::create_symlink(folder_.file("real"), file_);
  EXPECT_EQ(KeyRing::from_file(file_).current(), id);
}

TEST_F(KeyRingTest, TheEnvironmentNamesTheFileOrHoldsTheKey) {
  EXPECT_PURSER_ERROR(ErrorCode::no_master_key, KeyRing::from_environment());
  environment_.set("PURSER_KEY", std::string(" ") + kKey + "\r\n");
  EXPECT_EQ(KeyRing::from_environment().current(), KeyRing::from_text(kKey).current());
  environment_.set("PURSER_KEY_FILE", file_.string());
  EXPECT_PURSER_ERROR(ErrorCode::no_master_key, KeyRing::from_environment());
  std::string id = KeyRing::generate(file_);
  EXPECT_EQ(KeyRing::from_environment().current(), id);
}

TEST_F(KeyRingTest, TheVariableTakesTheTextOfAKeyFile) {
  KeyRing bare = KeyRing::from_text(kKey);
  for (const std::string& text :
       {line(kKey), "purser-key-1 " + std::string(kKey), "# the ring\n\n" + line(kKey)}) {
    KeyRing ring = KeyRing::from_text(text);
    EXPECT_EQ(ring.ids(), bare.ids()) << text;
    EXPECT_EQ(ring.source(), "PURSER_KEY");
  }
  KeyRing two = KeyRing::from_text(line(kOther) + line(kKey));  // after a rotation
  ASSERT_EQ(two.ids().size(), 2U);
  EXPECT_EQ(two.ids()[1], bare.current());
  for (const std::string& text : {std::string("purser-key-1"), std::string("purser-key-1 x"),
                                  line(kKey) + "garbage", "purser-key-2 " + std::string(kKey)}) {
    EXPECT_PURSER_ERROR(ErrorCode::usage, KeyRing::from_text(text)) << text;
  }
}

TEST_F(KeyRingTest, SystemdsCredentialComesLast) {
  environment_.set("CREDENTIALS_DIRECTORY", folder_.path().string());
  EXPECT_PURSER_ERROR(ErrorCode::no_master_key, KeyRing::from_environment());
  fs::path credential = folder_.file("purser-key");
  std::string id = KeyRing::generate(credential);
  KeyRing ring = KeyRing::from_environment();
  EXPECT_EQ(ring.current(), id);
  EXPECT_EQ(ring.source(), credential.string());
  environment_.set("PURSER_KEY", kKey);
  EXPECT_EQ(KeyRing::from_environment().current(), KeyRing::from_text(kKey).current());
  std::string named = KeyRing::generate(file_);
  environment_.set("PURSER_KEY_FILE", file_.string());
  EXPECT_EQ(KeyRing::from_environment().current(), named);
}

TEST_F(KeyRingTest, RereadFollowsTheFileAndACopyStays) {
  KeyRing ring = ring_of(line(kKey));
  const KeyRing before = ring;
  write_private(file_, line(kOther) + line(kKey));
  EXPECT_EQ(ring.ids().size(), 1U);
  ring.reread();
  EXPECT_EQ(ring.current(), KeyRing::from_text(kOther).current());
  EXPECT_TRUE(ring.has(before.current()));
  EXPECT_EQ(before.ids().size(), 1U);
  write_private(file_, "garbage");
  EXPECT_PURSER_ERROR(ErrorCode::usage, ring.reread());
  EXPECT_EQ(ring.ids().size(), 2U);  // as it was
  KeyRing fixed = KeyRing::from_text(kKey);
  fixed.reread();
  EXPECT_EQ(fixed.ids().size(), 1U);
}

TEST(CoreDumps, AreForbiddenForThisProcess) {
  test::Forked child([] {
    forbid_core_dumps();
    struct rlimit limit {};
    bool none = getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 && limit.rlim_max == 0;
    return none && prctl(PR_GET_DUMPABLE) == 0 ? 0 : 1;
  });
  EXPECT_EQ(child.wait(), 0);
}

}  // namespace
}  // namespace purser
