#include "store/gate/fresh_gate.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/descriptor.h"
#include "store/files/companions.h"
#include "store/files/files.h"

namespace purser::store {
namespace {

bool is_there(const std::filesystem::path& path) {
  struct stat file {};
  return lstat(path.c_str(), &file) == 0;
}

}  // namespace

FreshGate::FreshGate(const std::filesystem::path& database)
    : file_(with_suffix(database, kGateSuffix)), stays_(is_there(file_)), gate_(database) {}

FreshGate::~FreshGate() {
  if (stays_) return;
  if (gate_.is_locked())
    unlink(file_.c_str());
  else
    remove_where_nobody_is_in();
}

// A process that gets the lock and finds the file gone makes another file. So the file may be removed only
// while nobody else has the lock; where flock fails for another reason than a holder, nobody can have it.
void FreshGate::remove_where_nobody_is_in() const {
  Descriptor file(open(file_.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  struct stat gate {};
  if (!file.is_open() || fstat(file.number(), &gate) != 0 || gate.st_uid != geteuid()) return;
  bool locked = flock(file.number(), LOCK_EX | LOCK_NB) == 0;
  bool is_in_use = !locked && (errno == EWOULDBLOCK || errno == EINTR);
  if (!is_in_use && file_identity(file.number()) == file_identity(file_)) unlink(file_.c_str());
}

}  // namespace purser::store
