// Which files a connection has open, and whether they are still the ones that stand at their names: the main
// file, `-wal` and `-shm`. Each of them can be removed or replaced under a live process (rm, mv, a foreign
// restore, a shell that closes last); whoever writes on then writes what nobody else will see, or over what
// others have written with a new `-shm`.
//
// A removal takes no gate, so no look and no write are one act. So there are two looks: inside the gate
// before anything is written, which keeps this connection from writing over what others wrote with other
// files; and after the commit (and its sync) before the answer, which keeps an answer from being given for
// what stands in a file without a name. What comes after that look is the remover's doing. A reader looks now
// and then.
//
// Which files SQLite has open it does not say. So: those that stand at the names after its first read, where
// this process has each of them open by then (through no link: a database is opened by its real name). (What
// is left: the log is removed in the same instant in which two threads of the process open the database for
// the first time.)
#pragma once

#include <array>
#include <filesystem>
#include <string>

#include "store/files/file_checks.h"
#include "store/files/folder_watch.h"

namespace purser::store {

class OpenFiles {
 public:
  // all: as SQLite shares a file in WAL mode. log: with its exclusive lock it keeps the index in memory.
  // main_file: immutable; the others are to stay as they are, which is not to be there.
  enum class Which { all, log, main_file };

  explicit OpenFiles(const std::filesystem::path& database);

  // After the first read. Throws file_replaced where others stand at the names already.
  void learn(Which which);
  // The name of the first that is another one by now; empty where all are the same. `seen`: the folder's
  // stamp, where it was read just now.
  std::string changed();
  std::string changed(FolderStamp seen);
  // By the names, whatever the folder says: of all three, of the main file alone.
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
