// Which files a connection has open, and whether they are still the ones at their names: the main file,
// `-wal` and `-shm`. Each of them can be removed or replaced under a live process (rm, mv, a foreign restore,
// a shell that closes last); a process that then writes on writes what no other will see, or, with a new
// `-shm`, over what others have written.
//
// A removal takes no gate, so a look and a write are never one atomic step. So there are two looks: inside
// the gate before anything is written, which keeps this connection from writing over what others wrote with
// other files; and after the commit (and its sync) before the answer, so that no answer is given for content
// of a file without a name. A removal after that look is not detected. A reader looks now and then.
//
// SQLite does not say which files it has open. So this class takes those at the names after SQLite's first
// read, provided that this process has each of them open by then (through no link: a database is opened by
// its real name). (What is left: the log is removed in the same instant in which two threads of the process
// open the database for the first time.)
#pragma once

#include <array>
#include <filesystem>
#include <string>

#include "store/files/file_checks.h"
#include "store/files/folder_watch.h"

namespace purser::store {

class OpenFiles {
 public:
  // all: SQLite shares the file in WAL mode. log: main file and log; with its exclusive lock, SQLite keeps
  // the index in memory. main_file: the file is immutable; the other two must stay absent.
  enum class Which { all, log, main_file };

  explicit OpenFiles(const std::filesystem::path& database);

  // REQUIRES: SQLite has read. Throws file_replaced where other files are at the names already.
  void learn(Which which);
  // The first name that has another file by now; empty where none has. `seen`: the folder's stamp, where the
  // caller has just read it.
  std::string changed();
  std::string changed(FolderStamp seen);
  // The same from the names themselves, whatever the folder's stamp: all three, or the main file alone.
  std::string changed_by_name();
  std::string changed_main_file() const;

 private:
  static constexpr std::size_t kFiles = 3;
  std::array<std::filesystem::path, kFiles> paths_;
  std::array<FileIdentity, kFiles> files_;
  std::size_t watched_ = kFiles;
  FolderWatch folder_;
};

}  // namespace purser::store
