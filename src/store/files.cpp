#include "store/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace purser::store {

namespace fs = std::filesystem;

Error file_error(const fs::path& path, int error) {
  auto code = error == EACCES || error == EPERM || error == EROFS ? ErrorCode::read_only
              : error == ENOSPC || error == EDQUOT                ? ErrorCode::disk_full
                                                                  : ErrorCode::io_error;
  return {code, fmt::format("{}: {}", path.string(), std::strerror(error))};
}

fs::path with_suffix(fs::path path, const char* suffix) { return path += suffix; }

void remove_file(const fs::path& path) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT) throw file_error(path, errno);
}

void remove_companions(const fs::path& database) {
  for (const char* suffix : {"-journal", "-wal", "-shm"}) remove_file(with_suffix(database, suffix));
}

void sync_folder_of(const fs::path& path) {
  int descriptor = open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) throw file_error(path.parent_path(), errno);
  bool synced = fsync(descriptor) == 0;
  int error = errno;
  close(descriptor);
  if (!synced) throw file_error(path.parent_path(), error);
}

}  // namespace purser::store
