// A disk that forgets: what a power cut would leave of a database, at any moment, over threads and processes.
//
//   create_database(options);
//   ForgetfulDisk disk(options.path);    // before anybody opens it, and before any fork
//   ... work, in threads and in forked children ...
//   disk.power_cut(folder, Loss::all);   // folder/purser.db, as a reboot would find it
//
// It is a VFS between SQLite and the real one: every write goes to the real file and is noted in memory that
// all processes share; a sync that has ended moves what was noted *before it began* to the image of the disk.
// Sync is really called too. A new log is there after a power cut only where its folder was synced. Nothing
// here opens a file of the database by itself (see sqlite_connection.cpp) while one may be open.
//
// A sync that was made to fail forgets what it should have written, as Linux and ext4 do:
// - It is told once to each open file that was open then, to none that is opened later; the next sync
//   succeeds, and those bytes are not on disk.
// - A block (4 KiB) that was on disk before keeps its old bytes, and takes new ones at the next sync. One
//   that should have been written for the first time stays lost, however often it is written and synced, until
//   the file was made shorter than it (ext4 never converts that unwritten extent).
// - A truncation is not forgotten: the file system's own journal has not failed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

namespace purser::test {

// What becomes of writes that no sync has covered: all are gone, or a part of them has reached the disk, in
// any order and torn between sectors.
enum class Loss { all, some };

// Where a hook may stop or kill its process.
enum class Moment {
  log_write,       // before a write to the log
  main_write,      // before a write to the main file
  log_sync,        // before a sync of the log
  log_synced,      // it has ended well
  main_sync,       // before a sync of the main file
  write_unlocked,  // SQLite's write lock is free: what was committed is seen by others
};

class ForgetfulDisk {
 public:
  static constexpr int kForEver = 1'000'000'000;

  explicit ForgetfulDisk(const std::filesystem::path& database);
  ~ForgetfulDisk();
  ForgetfulDisk(const ForgetfulDisk&) = delete;
  ForgetfulDisk& operator=(const ForgetfulDisk&) = delete;

  // Makes the folder, and in it `purser.db` (and its log).
  void power_cut(const std::filesystem::path& folder, Loss loss, unsigned seed = 0) const;

  // Writes to the log since the beginning, by anybody; and how many of these a power cut would leave.
  std::uint64_t written() const;
  std::uint64_t durable() const;
  // As `written` was after this thread's last write to the log.
  static std::uint64_t last_write_of_this_thread();

  // Nobody has the database open, and a foreign program was at work: what it left counts as synced.
  void look_again() const;

  // So many syncs fail from now on.
  void fail_log_syncs(int times) const;
  void fail_main_syncs(int times) const;
  void fail_folder_syncs(int times) const;

  // Syncs of the log that begin from now on do not end before they are let go.
  void hold_syncs() const;
  void let_syncs_go() const;
  int held_syncs() const;

  std::uint64_t log_syncs() const;   // begun
  std::uint64_t file_syncs() const;  // of any file, by this process and those forked from it
  std::uint64_t main_writes() const;
  // Writes to the main file or the log that came while nobody held the gate.
  std::uint64_t writes_outside_the_gate() const;

  // No file can be given more room: a full disk, for who asks before he writes.
  void refuse_room(bool refuses) const;

  // In this process and those forked after it; called by whichever thread comes there.
  static void at(Moment moment, std::function<void()> hook);
};

// Calls `hook` in this process before the next sync of a folder; that sync alone.
void before_folder_sync(std::function<void()> hook);

}  // namespace purser::test
