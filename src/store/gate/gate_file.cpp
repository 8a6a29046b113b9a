#include "store/gate/gate_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "store/files/access.h"
#include "store/files/files.h"

namespace purser::store {
namespace {

namespace fs = std::filesystem;

// O_NONBLOCK: opening a FIFO or a device must not hang; flock ignores the flag.
constexpr int kFlags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

Error strange_gate(const fs::path& gate, const std::string& what) {
  return {ErrorCode::unsafe_files,
          fmt::format("the write gate {} {}: whoever made it so could hold up every writer, or have another "
                      "file written. With no worker running remove it (rm), and it is made anew; where you "
                      "may not, put the database into a folder of its own",
                      gate.string(), what)};
}

// The owner of the database, or of its folder while it is not made yet.
uid_t owner_of(const fs::path& database, struct stat& owner) {
  bool stands = stat(database.c_str(), &owner) == 0 || stat(database.parent_path().c_str(), &owner) == 0;
  return stands ? owner.st_uid : geteuid();
}

void require_nobody_elses(const fs::path& gate, const struct stat& file, uid_t owner, bool is_made) {
  if (!S_ISREG(file.st_mode)) throw strange_gate(gate, "is no file");
  if (file.st_nlink > 1) throw strange_gate(gate, "has a second name (a hard link)");
  bool is_ours = file.st_uid == owner || file.st_uid == 0 || (!is_made && file.st_uid == geteuid());
  if (!is_ours) {
    throw strange_gate(gate, fmt::format("belongs to {}, the database to {}", user_in_words(file.st_uid),
                                         user_in_words(owner)));
  }
  if ((file.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    throw strange_gate(gate, fmt::format("may be written by others (mode {:04o})", file.st_mode & 07777U));
  }
}

int open_or_make(const fs::path& gate) {
  // No link is followed: the folder's owner could lead root to somebody else's file.
  int descriptor = open(gate.c_str(), kFlags);
  // O_CREAT only where there is none: in a sticky folder even root may not open another's file with it.
  if (descriptor < 0 && errno == ENOENT) descriptor = open(gate.c_str(), kFlags | O_CREAT, 0600);
  if (descriptor < 0) throw gate_error(gate, errno);
  return descriptor;
}

// Where root makes the gate, gives it to the database's owner, who must be able to open it afterwards.
void give_to_owner(const fs::path& gate, int descriptor, const fs::path& database) {
  struct stat owner {};
  struct stat file {};
  bool is_made = stat(database.c_str(), &owner) == 0;
  if (fstat(descriptor, &file) != 0) throw gate_error(gate, errno);
  require_nobody_elses(gate, file, owner_of(database, owner), is_made);
  if (geteuid() != 0 || !is_made || file.st_uid != 0 || owner.st_uid == 0) return;
  if (fchown(descriptor, owner.st_uid, owner.st_gid) != 0) throw gate_error(gate, errno);
}

}  // namespace

Error gate_error(const fs::path& gate, int error) {
  std::string why = error == EACCES || error == EPERM ? whose_file(gate) : "";
  return {error_code_of_errno(error), fmt::format("cannot open the write gate {}: {}{}{}", gate.string(),
                                                  in_words(error), why.empty() ? "" : ": ", why)};
}

int open_gate_file(const fs::path& gate, const fs::path& database) {
  int descriptor = open_or_make(gate);
  try {
    give_to_owner(gate, descriptor, database);
  } catch (...) {
    close(descriptor);
    throw;
  }
  return descriptor;
}

}  // namespace purser::store
