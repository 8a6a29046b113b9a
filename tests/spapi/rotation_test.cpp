// A new master key for all that is sealed: what moves, what stops it, what a rotation that was cut short
// leaves, and that workers at full speed see nothing of it.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "purser/create.h"
#include "spapi/spapi_test.h"
#include "support/forked.h"

namespace purser::spapi {
namespace {

namespace fs = std::filesystem;
using test::Forked;
using test::Word;

class RotationTest : public SpapiTest {
 protected:
  Rotation rotate() {
    ring_.reread();
    return rotate_keys(database_, ring_);
  }
  KeyRing ring_on_file() { return KeyRing::from_file(file_); }
  std::string key_of_rows() {
    return shell_.text(
        "SELECT group_concat(key_id) FROM (SELECT key_id FROM spapi_credential UNION SELECT key_id FROM "
        "spapi_access WHERE key_id IS NOT NULL UNION SELECT key_id FROM spapi_sealing)");
  }
  // Two sellers, and a token of the first and of the environment: eight sealed texts.
  void fill() {
    sellers_.set("default", credentials(), ring_);
    sellers_.set("second", credentials(), ring_);
    ScratchEnvironment::set(credentials());
    refresh(subject());
    sellers_.remove("default");
    refresh(subject());
    sellers_.set("default", credentials(), ring_);
    refresh(subject());
  }
  std::string everything() {
    return shell_.text("SELECT group_concat(hex(refresh_token_sealed)) FROM spapi_credential") +
           shell_.text("SELECT coalesce(group_concat(hex(token_sealed)), '') FROM spapi_access") +
           key_of_rows() + test::read_file(file_);
  }

  fs::path file_ = folder_.file("key");
};

TEST_F(RotationTest, EverySecretMovesAndOpens) {
  fill();
  std::string before = ring_.current();
  std::int64_t version = shell_.number("SELECT version FROM spapi_credential WHERE account = 'default'");
  Access token = access(subject());
  Rotation done = rotate();
  EXPECT_EQ(done.old_key_id, before);
  EXPECT_EQ(done.resealed, 8);
  EXPECT_TRUE(done.dropped.empty());
  EXPECT_FALSE(done.finished_earlier);
  EXPECT_NE(done.key_id, before);
  EXPECT_EQ(ring_on_file().ids(), (std::vector<std::string>{done.key_id, before}));
  EXPECT_EQ(ring_.ids(), ring_on_file().ids());
  EXPECT_EQ(key_of_rows(), done.key_id);
  KeyCheck check = check_keys(database_, ring_);
  EXPECT_EQ(check.opened, 8);
  EXPECT_TRUE(check.unopened.empty());
  Subject after = subject();
  EXPECT_EQ(opened().refresh_token, credentials().refresh_token);
  EXPECT_EQ(after.version, version);
  EXPECT_EQ(access(after).token->token, token.token->token);
  EXPECT_EQ(access(after).token->token_id, token.token->token_id);
}

TEST_F(RotationTest, TheKeyBeforeThePreviousOneIsDropped) {
  fill();
  Rotation first = rotate(), second = rotate();
  EXPECT_EQ(second.old_key_id, first.key_id);
  EXPECT_EQ(second.dropped, std::vector<std::string>{first.old_key_id});
  EXPECT_EQ(ring_on_file().ids(), (std::vector<std::string>{second.key_id, first.key_id}));
}

TEST_F(RotationTest, AFileWithoutSecretsTakesTheNewKey) {
  std::string before = ring_.current();
  Rotation done = rotate();
  EXPECT_EQ(done.old_key_id, before);
  EXPECT_EQ(done.resealed, 0);
  EXPECT_EQ(key_of_rows(), done.key_id);
  sellers_.set("default", credentials(), ring_);
  EXPECT_EQ(status()->key_id, done.key_id);
}

TEST_F(RotationTest, WhatDoesNotOpenStopsItWithNothingChanged) {
  fill();
  for (const char* damage :
       {"UPDATE spapi_credential SET client_id_sealed = client_secret_sealed WHERE account = 'second'",
        "UPDATE spapi_access SET token_sealed = zeroblob(60) WHERE name = 'database default'",
        "UPDATE spapi_access SET key_id = '0123456789abcdef' WHERE name = 'database default'",
        "UPDATE spapi_sealing SET key_id = '0123456789abcdef'"}) {
    shell_.run(
        "CREATE TEMP TABLE c AS SELECT * FROM spapi_credential; CREATE TEMP TABLE a AS SELECT * FROM "
        "spapi_access; CREATE TEMP TABLE s AS SELECT * FROM spapi_sealing");
    shell_.run(damage);
    std::string before = everything();
    EXPECT_PURSER_ERROR(ErrorCode::wrong_master_key, rotate()) << damage;
    EXPECT_EQ(everything(), before) << damage;
    shell_.run(
        "DELETE FROM spapi_credential; INSERT INTO spapi_credential SELECT * FROM c; DELETE FROM "
        "spapi_access; "
        "INSERT INTO spapi_access SELECT * FROM a; DELETE FROM spapi_sealing; INSERT INTO spapi_sealing "
        "SELECT * "
        "FROM s; DROP TABLE c; DROP TABLE a; DROP TABLE s");
  }
  EXPECT_EQ(rotate().resealed, 8);
}

// A row of before the last rotation, which somebody put back: it opens with the key that this one drops.
TEST_F(RotationTest, WhatIsSealedUnderTheKeyToBeDroppedMovesBeforeIt) {
  fill();
  shell_.run("CREATE TEMP TABLE c AS SELECT * FROM spapi_credential WHERE account = 'second'");
  rotate();
  shell_.run(
      "DELETE FROM spapi_credential WHERE account = 'second'; INSERT INTO spapi_credential SELECT * FROM c");
  Rotation done = rotate();
  EXPECT_EQ(done.resealed, 8);
  EXPECT_EQ(key_of_rows(), done.key_id);
  EXPECT_TRUE(check_keys(database_, ring_).unopened.empty());
  EXPECT_EQ(opened("second").refresh_token, credentials().refresh_token);
}

// The ring is ahead of the database: killed between the two, or a second database of one ring.
TEST_F(RotationTest, OneThatWasCutShortIsFinishedAndMakesNoFurtherKey) {
  fill();
  std::string before = ring_.current();
  KeyRing::generate(folder_.file("newer"));
  KeyRing ahead = rotated("key", "key", "newer");
  Rotation done = rotate();
  EXPECT_TRUE(done.finished_earlier);
  EXPECT_EQ(done.old_key_id, before);
  EXPECT_EQ(done.key_id, ahead.current());
  EXPECT_EQ(done.resealed, 8);
  EXPECT_EQ(ring_on_file().ids(), ahead.ids());
  EXPECT_EQ(key_of_rows(), ahead.current());
  EXPECT_FALSE(rotate().finished_earlier);
}

TEST_F(RotationTest, TwoDatabasesShareARing) {
  fill();
  DatabaseOptions more = options();
  more.path = folder_.file("other.db");
  create_database(more);
  Database other = Database::open(more);
  Sellers(other).set("default", credentials(), ring_);
  Rotation first = rotate();
  Rotation second = rotate_keys(other, ring_);
  EXPECT_TRUE(second.finished_earlier);
  EXPECT_EQ(second.key_id, first.key_id);
  EXPECT_TRUE(check_keys(other, ring_).unopened.empty());
}

// A key check may have read the ring just before a rotation.
TEST_F(RotationTest, ACheckWithTheRingOfBeforeReadsItAgain) {
  fill();
  KeyRing before = ring_on_file();
  rotate();
  KeyCheck check = check_keys(database_, before);
  EXPECT_TRUE(check.unopened.empty());
  EXPECT_EQ(check.opened, 8);
  EXPECT_EQ(before.ids(), ring_on_file().ids());
}

TEST_F(RotationTest, AKeyOfTheEnvironmentCannotBeRotated) {
  fill();
  std::string text = test::read_file(file_);
  KeyRing fixed = KeyRing::from_text(text.substr(text.find(' ') + 1, 44));
  EXPECT_PURSER_ERROR(ErrorCode::no_master_key, rotate_keys(database_, fixed));
}

// The next start would bring the old ring back, beside secrets that only the new one opens.
TEST_F(RotationTest, ACopyThatSystemdMakesIsNotRotated) {
  fill();
  spapi::ScratchEnvironment::set("CREDENTIALS_DIRECTORY", file_.parent_path().string());
  std::string before = test::read_file(file_);
  KeyRing ring = ring_on_file();
  EXPECT_PURSER_ERROR(ErrorCode::no_master_key, rotate_keys(database_, ring));
  EXPECT_EQ(test::read_file(file_), before);
}

TEST_F(RotationTest, TheFileKeepsItsOwnerModeAndLink) {
  fs::rename(file_, folder_.file("real"));
  fs::create_symlink("real", file_);
  fs::permissions(folder_.file("real"), fs::perms::owner_read);
  bool root = geteuid() == 0;
  if (root) {
    ASSERT_EQ(chown(folder_.file("real").c_str(), 65534, 65534), 0);
  }
  rotate();
  struct stat status {};
  ASSERT_EQ(lstat(file_.c_str(), &status), 0);
  EXPECT_TRUE(S_ISLNK(status.st_mode));
  ASSERT_EQ(stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0400U);
  EXPECT_EQ(status.st_uid, root ? 65534U : geteuid());
  EXPECT_EQ(ring_on_file().ids().size(), 2U);
}

TEST_F(RotationTest, WhatAKilledOneLeftBesideIsTakenAway) {
  fs::path left = folder_.file("key-rotating");
  write_private(left, "half a key");
  rotate();
  EXPECT_FALSE(fs::exists(left));
}

TEST_F(RotationTest, AnotherRotationIsWaitedForButNotForEver) {
  int lock = ::open(file_.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(flock(lock, LOCK_EX), 0);
  auto began = clock_.steady_now();
  std::string before = everything();
  EXPECT_PURSER_ERROR(ErrorCode::busy, rotate());
  EXPECT_GE(clock_.steady_now() - began, seconds(10));
  EXPECT_EQ(everything(), before);
  close(lock);
  EXPECT_NO_THROW(rotate());
}

TEST_F(RotationTest, AStaleRingInMemorySealsUnderTheNewKey) {
  fill();
  KeyRing stale = ring_;
  KeyRing rotating = ring_;
  std::string key_id = rotate_keys(database_, rotating).key_id;
  Credentials other = credentials();
  other.refresh_token += "x";
  EXPECT_TRUE(sellers_.set("third", other, stale).changed);
  EXPECT_EQ(status("third")->key_id, key_id);
  AccessToken token = token_for(hours(1), "Atza|another");
  clock_.advance(minutes(1));  // a younger one is not why Amazon refused
  RefreshLease ours = refresh_lease(subject(), access(subject()).token->token_id);
  rotate_keys(database_, rotating);
  EXPECT_TRUE(store_success(connection(), subject(), ours, stale, token));
}

// Each worker begins with the ring of the first key, reads, refreshes and sets without a pause, and must see
// every rotation pass.
class RotationUnderLoad : public RotationTest {
 protected:
  static constexpr int kRotations = 40, kWorkers = 4;

  int work(Word& busy) {
    Database database = open("worker");
    KeyRing ring = KeyRing::from_file(file_);
    for (int i = 0; !fs::exists(over_); ++i) {
      Subject whose = load_subject(database.connection(), "default");
      if (credentials_of(database.connection(), whose, ring)->refresh_token != credentials().refresh_token)
        return 2;
      auto token = load_access(database.connection(), whose, ring).token;
      if (!token || token->token != "Atza|access-token-of-a-test") return 3;
      RefreshClaim claim =
          claim_refresh(database.connection(), whose, ring, i % 5 == 0 ? token->token_id : "", Retry::no);
      if (const auto* ours = std::get_if<RefreshLease>(&claim)) {
        AccessToken next = token_for(hours(1));
        store_success(database.connection(), whose, *ours, ring, next);
      }
      if (i == 0) busy.say();
    }
    return 0;
  }
  const fs::path over_ = folder_.file("over");
};

TEST_F(RotationUnderLoad, NoWorkerSeesAnError) {
  fill();
  std::vector<std::unique_ptr<Forked>> workers;
  std::vector<std::unique_ptr<Word>> words;
  for (int i = 0; i < kWorkers; ++i) {
    words.push_back(std::make_unique<Word>());
    workers.push_back(std::make_unique<Forked>([&] {
      try {
        return work(*words.back());
      } catch (const std::exception& fault) {
        std::fprintf(stderr, "worker: %s\n", fault.what());
        return 1;
      }
    }));
  }
  for (auto& word : words) ASSERT_TRUE(word->wait());
  for (int i = 0; i < kRotations; ++i) rotate();
  write_private(over_, "");
  for (auto& worker : workers) EXPECT_EQ(worker->wait(), 0);
  EXPECT_EQ(check_keys(database_, ring_).unopened, std::vector<std::string>());
}

TEST_F(RotationUnderLoad, TwoAtOnceFollowEachOther) {
  fill();
  constexpr int kEach = 10;
  auto rotates = [&] {
    DatabaseOptions mine = options();
    mine.clock = &system_clock();
    Database database = Database::open(mine);
    for (int i = 0; i < kEach; ++i) {
      KeyRing ring = KeyRing::from_file(file_);
      if (rotate_keys(database, ring).finished_earlier) return 2;
    }
    return 0;
  };
  Forked one(rotates), other(rotates);
  EXPECT_EQ(one.wait(), 0);
  EXPECT_EQ(other.wait(), 0);
  KeyRing ring = ring_on_file();
  KeyCheck check = check_keys(database_, ring);
  EXPECT_EQ(check.opened, 8);
  EXPECT_EQ(ring_on_file().ids().size(), 2U);
  EXPECT_EQ(ring_on_file().current(), check.stored_key_id);
}

}  // namespace
}  // namespace purser::spapi
