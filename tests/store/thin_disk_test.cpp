// A disk that runs out of room below the file system and gets it back: a real ext4 on a loop device whose
// file lies on a small tmpfs. ext4 has promised the blocks by then, so that a write of a new one fails when
// it goes to the disk, and after that ext4 takes the same bytes again, says that they are synced, and never
// writes them where a reboot would find them. What the disk really has is seen by mounting it anew.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <iostream>
#include <stdexcept>

#include "purser/create.h"
#include "store/sqlite/sqlite_connection.h"
#include "store/transaction.h"
#include "support/durable_work.h"
#include "support/forked.h"

namespace purser::store {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::Told;

constexpr int kNotHere = 77;
// The disk did not fail, or the kernel gave the whole file system up and mounted it read-only.
constexpr int kAnotherFailure = 78;
constexpr int kTries = 5;

// The disk has not failed in the way that is wanted.
struct AnotherFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// In a process of its own, whose mounts and with them the loop device go when it ends, however it ends.
class ThinDisk {
 public:
  explicit ThinDisk(const fs::path& folder) { setenv("FOLDER", folder.c_str(), 1); }

  // All of it has room at first, so that what is no hole later (the file system's own journal and tables)
  // does not fail: then the kernel would mount it read-only, which is another story.
  bool make() const {
    bool is_alone =
        unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    return is_alone && shell(R"(
      mkdir "$FOLDER/host" "$FOLDER/disk" && mount -t tmpfs -o size=32m none "$FOLDER/host" &&
      truncate -s 24M "$FOLDER/host/image" && mkfs.ext4 -q -F "$FOLDER/host/image" &&
      fallocate --length 24M "$FOLDER/host/image" &&
      mount -o loop "$FOLDER/host/image" "$FOLDER/disk")");
  }
  // What ext4 has free becomes holes, and nothing is left to fill them with.
  void starve() const {
    must(R"(
      sync -f "$FOLDER/disk" &&
      size=$(dumpe2fs -h "$FOLDER/host/image" 2> /dev/null | sed -n 's/^Block size: *//p') &&
      dumpe2fs "$FOLDER/host/image" 2> /dev/null | sed -n 's/^  Free blocks: //p' | tr ', ' '\n\n' |
      while IFS=- read -r first last; do
        [ -z "$first" ] || fallocate --punch-hole --offset $((first * size)) \
          --length $(((${last:-$first} - first + 1) * size)) "$FOLDER/host/image" || exit 1
      done && { cat /dev/zero > "$FOLDER/host/filling" 2> /dev/null; [ -s "$FOLDER/host/filling" ]; })");
  }
  void feed() const { must(R"(rm "$FOLDER/host/filling")"); }
  void mount_anew() const {
    must(R"(umount "$FOLDER/disk" && mount -o loop "$FOLDER/host/image" "$FOLDER/disk")");
  }

 private:
  static bool shell(const std::string& script) {
    return std::system(("exec 2> \"$FOLDER/said\"; " + script).c_str()) == 0;
  }
  static void must(const std::string& script) {
    if (!shell(script)) throw std::runtime_error("the thin disk: " + script);
  }
};

class ThinDiskTest : public ::testing::Test {
 protected:
  DatabaseOptions options() const {
    DatabaseOptions all;
    all.path = folder_->file("disk") / "purser.db";
    all.clock = &clock_;
    return all;
  }
  std::string grant(Database& database) {
    auto outcome = keepa::Ledger(database).acquire({.task = "backfiller", .cost = tokens(1)});
    return "hold " + std::get<keepa::Granted>(outcome).reservation;
  }
  void begin() {
    create_database(options());
    Database database = Database::open(options());
    keepa::Observation observation;
    observation.tokens_left = tokens(1'000'000);
    observation.refill_rate = tokens(0);
    keepa::Ledger(database).observe(observation);
  }
  // About so many pages, into the log.
  static void store_pages(Database& database, int pages) {
    Transaction change(database.connection());
    for (int i = 0; i < pages; ++i) {
      change.run("INSERT INTO keepa_unknown_task (account_id, task, first_seen_at_ms) VALUES (1, ?1, 0)",
                 std::to_string(i) + std::string(2048, 'x'));
    }
    change.commit();
  }
  // As long as it is refused because of the disk.
  void grant_at_last(Database& database, Told& told) {
    std::string granted, refused;
    for (int i = 0; i < 5 && granted.empty(); ++i) {
      try {
        granted = grant(database);
      } catch (const Error& fault) {
        refused = fault.what();
      }
    }
    if (granted.empty() && is_read_only()) throw AnotherFailure("the file system is read-only by now");
    if (granted.empty())
      throw std::runtime_error("the disk has come back, and nothing is granted: " + refused);
    told.insert(granted);
  }
  static std::string fault_of(Database& database, const fs::path& path, const Told& told) {
    if (auto verdict = test::ForeignTool(path).text("PRAGMA integrity_check"); verdict != "ok")
      return verdict;
    Told rows = test::ledger_rows(database);
    for (const auto& line : told) {
      if (rows.count(line) == 0) return "told, and lost: " + line;
    }
    return {};
  }

  // `fail` goes on until the disk has failed.
  void expect_kept(const std::function<void(ThinDisk&, Database&, Told&)>& fail) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can mount a disk that runs out of room";
    if (std::system("command -v mkfs.ext4 dumpe2fs fallocate > /dev/null") != 0)
      GTEST_SKIP() << "no mkfs.ext4, dumpe2fs and fallocate (e2fsprogs, util-linux) to make a disk with";
    int result = kAnotherFailure;
    for (int i = 0; i < kTries && result == kAnotherFailure; ++i) result = result_of(fail);
    if (result == kNotHere) GTEST_SKIP() << "this machine lets nobody mount an ext4 on a loop device";
    if (result == kAnotherFailure) GTEST_SKIP() << "the disk failed in another way than is looked at here";
    EXPECT_EQ(result, 0);
  }

  int result_of(const std::function<void(ThinDisk&, Database&, Told&)>& fail) {
    test::ScratchFolder scratch;
    folder_ = &scratch;
    test::Forked child([&] {
      ThinDisk disk(scratch.path());
      if (!disk.make()) return kNotHere;
      return answer_of([&] {
        Told told;
        begin();
        {
          Database database = Database::open(options());
          fail(disk, database, told);
          disk.feed();
          for (int i = 0; i < 10; ++i) grant_at_last(database, told);
        }
        disk.mount_anew();
        Database database = Database::open(options());
        return fault_of(database, options().path, told);
      });
    });
    return child.wait();
  }

  bool is_read_only() const {
    struct statvfs system {};
    return statvfs(options().path.c_str(), &system) == 0 && (system.f_flag & ST_RDONLY) != 0;
  }

  static int answer_of(const std::function<std::string()>& work) {
    std::string fault;
    try {
      fault = work();
    } catch (const AnotherFailure& failure) {
      std::cerr << failure.what() << "\n";
      return kAnotherFailure;
    } catch (const std::exception& thrown) {
      fault = thrown.what();
    }
    if (!fault.empty()) std::cerr << fault << "\n";
    return fault.empty() ? 0 : 1;
  }

  const test::ScratchFolder* folder_ = nullptr;
  mutable test::TestClock clock_;
};

TEST_F(ThinDiskTest, WhatIsAnsweredAfterTheLogCouldNotGrowIsKept) {
  expect_kept([&](ThinDisk& disk, Database& database, Told& told) {
    told.insert(grant(database));
    disk.starve();
    for (int i = 0; i < 200; ++i) {
      std::string granted;
      if (error_of([&] { granted = grant(database); })) return;
      told.insert(granted);
    }
    throw AnotherFailure("the disk did not fail");
  });
}

TEST_F(ThinDiskTest, WhatIsAnsweredAfterANewLogCouldNotBeginIsKept) {
  expect_kept([&](ThinDisk& disk, Database& database, Told& told) {
    told.insert(grant(database));
    test::ForeignTool(options().path).run("PRAGMA wal_checkpoint(TRUNCATE)");
    disk.starve();
    if (!error_of([&] { grant(database); })) throw AnotherFailure("the disk did not fail");
  });
}

TEST_F(ThinDiskTest, TheFileIsWholeAfterItCouldNotGrow) {
  expect_kept([&](ThinDisk& disk, Database& database, Told& told) {
    store_pages(database, 400);
    told.insert(grant(database));
    disk.starve();
    if (sqlite_connection(database).checkpoint_under_gate() == 0)
      throw AnotherFailure("the disk did not fail");
  });
}

}  // namespace
}  // namespace purser::store
