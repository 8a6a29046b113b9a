#include "store/sqlite/plain_vfs.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cstring>
#include <list>
#include <mutex>
#include <string>

namespace purser::store {
namespace {

sqlite3_vfs* behind(sqlite3_vfs* vfs) { return static_cast<sqlite3_vfs*>(vfs->pAppData); }

// Forwards one VFS method to the VFS behind this one.
template <auto Method>
struct HandedOn;

template <typename Result, typename... Arguments, Result (*sqlite3_vfs::*Method)(sqlite3_vfs*, Arguments...)>
struct HandedOn<Method> {
  static Result call(sqlite3_vfs* vfs, Arguments... arguments) {
    return (behind(vfs)->*Method)(behind(vfs), arguments...);
  }
};

int name_as_given(sqlite3_vfs*, const char* name, int room, char* whole) {
  std::size_t bytes = std::strlen(name) + 1;
  if (bytes > static_cast<std::size_t>(room)) return SQLITE_CANTOPEN;
  std::memcpy(whole, name, bytes);
  return SQLITE_OK;
}

struct Plain {
  explicit Plain(sqlite3_vfs* other) : name(fmt::format("purser-{}", other->zName)), vfs(*other) {
    vfs.pNext = nullptr;
    vfs.zName = name.c_str();
    vfs.pAppData = other;
    vfs.xOpen = HandedOn<&sqlite3_vfs::xOpen>::call;
    vfs.xDelete = HandedOn<&sqlite3_vfs::xDelete>::call;
    vfs.xAccess = HandedOn<&sqlite3_vfs::xAccess>::call;
    vfs.xFullPathname = name_as_given;
    vfs.xDlOpen = HandedOn<&sqlite3_vfs::xDlOpen>::call;
    vfs.xDlError = HandedOn<&sqlite3_vfs::xDlError>::call;
    vfs.xDlSym = HandedOn<&sqlite3_vfs::xDlSym>::call;
    vfs.xDlClose = HandedOn<&sqlite3_vfs::xDlClose>::call;
    vfs.xRandomness = HandedOn<&sqlite3_vfs::xRandomness>::call;
    vfs.xSleep = HandedOn<&sqlite3_vfs::xSleep>::call;
    vfs.xCurrentTime = HandedOn<&sqlite3_vfs::xCurrentTime>::call;
    vfs.xGetLastError = HandedOn<&sqlite3_vfs::xGetLastError>::call;
    if (vfs.iVersion >= 2) vfs.xCurrentTimeInt64 = HandedOn<&sqlite3_vfs::xCurrentTimeInt64>::call;
    if (vfs.iVersion < 3) return;
    vfs.xSetSystemCall = HandedOn<&sqlite3_vfs::xSetSystemCall>::call;
    vfs.xGetSystemCall = HandedOn<&sqlite3_vfs::xGetSystemCall>::call;
    vfs.xNextSystemCall = HandedOn<&sqlite3_vfs::xNextSystemCall>::call;
  }
  Plain(const Plain&) = delete;
  Plain& operator=(const Plain&) = delete;

  std::string name;
  sqlite3_vfs vfs;
};

// The registered VFSes: SQLite keeps pointers to them for as long as the process lives.
struct Registry {
  std::mutex mutex;
  std::list<Plain> all;
};

Registry& registry() {
  static auto* one = new Registry;  // never destroyed: a connection may be closed after static destruction
  return *one;
}

}  // namespace

const char* plain_vfs() {
  sqlite3_initialize();
  sqlite3_vfs* present = sqlite3_vfs_find(nullptr);
  if (present == nullptr) return "";
  std::lock_guard lock(registry().mutex);
  for (Plain& plain : registry().all) {
    if (behind(&plain.vfs) == present) return plain.name.c_str();
  }
  Plain& made = registry().all.emplace_back(present);
  sqlite3_vfs_register(&made.vfs, 0);
  return made.name.c_str();
}

}  // namespace purser::store
