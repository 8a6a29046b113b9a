#include "store/sqlite/sqlite_error.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <vector>

#include "base/descriptor.h"
#include "store/files/files.h"

namespace purser::store {
namespace {

std::string_view remedy(ErrorCode code) {
  switch (code) {
    case ErrorCode::busy: return "another program keeps the database locked";
    case ErrorCode::disk_full: return "the disk is full: nothing was stored; make room, then run it again";
    case ErrorCode::io_error: return "the disk or file system failed (see dmesg), or a quota is used up";
    case ErrorCode::read_only: return "this user may not write the database or its folder";
    case ErrorCode::cannot_open: return "the database cannot be opened";
    case ErrorCode::not_a_database: return "this file is no SQLite database";
    case ErrorCode::corrupt: return "the database is damaged: restore a backup";
    default: return "SQLite refused a statement";
  }
}

// As many descriptors as a connection may open, since by the time its failure is reported it has closed some.
constexpr int kOfAConnection = 8;

// EMFILE or ENFILE where this process or machine has no descriptor left, which SQLite hides; else 0.
int why_nothing_opens() {
  std::vector<Descriptor> probes;
  for (int i = 0; i < kOfAConnection; ++i) {
    probes.emplace_back(open("/", O_PATH | O_CLOEXEC));
    if (!probes.back().is_open()) return errno == EMFILE || errno == ENFILE ? errno : 0;
  }
  return 0;
}

}  // namespace

ErrorCode error_code_of(int extended_result) {
  // The log's index could not grow: the disk is full.
  if (extended_result == SQLITE_IOERR_SHMSIZE) return ErrorCode::disk_full;
  switch (extended_result & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: return ErrorCode::busy;
    case SQLITE_FULL: return ErrorCode::disk_full;
    case SQLITE_IOERR: return ErrorCode::io_error;
    case SQLITE_READONLY:
    case SQLITE_PERM: return ErrorCode::read_only;
    case SQLITE_CANTOPEN: return ErrorCode::cannot_open;
    case SQLITE_NOTADB: return ErrorCode::not_a_database;
    case SQLITE_CORRUPT: return ErrorCode::corrupt;
    default: return ErrorCode::internal;
  }
}

void throw_purser_error(const SQLite::Exception& fault) {
  ErrorCode code = error_code_of(fault.getExtendedErrorCode());
  if (code == ErrorCode::cannot_open) {
    if (int error = why_nothing_opens(); error != 0) throw Error(code, in_words(error));
  }
  // sum() overflows only over values that purser never stores.
  if (std::string_view(fault.what()) == "integer overflow") code = ErrorCode::corrupt;
  throw Error(code, fmt::format("{} (SQLite: {}, code {})", remedy(code), fault.what(),
                                fault.getExtendedErrorCode()));
}

}  // namespace purser::store
