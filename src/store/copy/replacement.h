// The place of a database that another file is to take; while this lives, no other process can open it.
//
//   Replacement place(options);                        // the gate, and SQLite's exclusive lock
//   if (store::SqliteConnection* present = place.present())  // what stands there, where it can be read
//     ...
//   auto kept = place.put(file, now);
//
// A process that opens the database meanwhile waits for that lock, and then gets file_replaced.
// A kill at any instruction leaves the database that was there or the new one, each with nothing of the
// other's beside it.
#pragma once

#include <memory>
#include <optional>

#include "store/files/unfinished_file.h"
#include "store/gate/fresh_gate.h"
#include "store/sqlite/sqlite_connection.h"

namespace purser::store {

class Replacement {
 public:
  // Throws in_use where another process has the database open; foreign_database where another program's
  // database stands there; busy, cannot_open, network_file_system; not_a_database for a folder or a device.
  explicit Replacement(const DatabaseOptions& options);

  const std::filesystem::path& path() const { return path_; }
  // Whether anything stands there, and the database where it can be opened.
  bool is_empty() const { return standing_ == FileIdentity{}; }
  SqliteConnection* present() const { return present_.get(); }

  // Puts `file` there. The old database is kept beside it under a name with the instant, which is returned:
  // complete in one file, or with its log where SQLite cannot copy a damaged log into it. The new file gets
  // the old one's owner and mode.
  // REQUIRES: `file` is finished.
  std::optional<std::filesystem::path> put(UnfinishedFile& file, Instant now);

 private:
  bool take(const DatabaseOptions& options);
  bool try_to_open(DatabaseOptions options);
  bool take_up_log();
  std::optional<std::filesystem::path> keep_what_stands(const UnfinishedFile& file, Instant now) const;
  std::filesystem::path keep(Instant now) const;
  void take_back(const std::filesystem::path& kept) const noexcept;
  void give_owner_and_mode_to(const UnfinishedFile& file) const;

  std::filesystem::path path_;
  FreshGate gate_;
  FileIdentity standing_{};  // zeros where nothing stands there
  std::unique_ptr<SqliteConnection> present_;
};

}  // namespace purser::store
