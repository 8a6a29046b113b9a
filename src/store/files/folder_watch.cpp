#include "store/files/folder_watch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

namespace purser::store {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kTwoTicks = kSecond / 50;
// FAT keeps one time in hundredths of a second and another in steps of two seconds.
constexpr std::int64_t kCoarse = 3 * kSecond;
constexpr std::uint32_t kRound = 10'000'000;

// True where a change from now on gets another stamp.
bool is_settled(FolderStamp stamp, const timespec& now) {
  if (stamp == FolderStamp{}) return false;
  // Compares seconds first: the nanoseconds of years would overflow.
  std::int64_t seconds = now.tv_sec - stamp.seconds;
  if (seconds < 0 || seconds > kCoarse / kSecond) return seconds > 0;
  std::int64_t age = seconds * kSecond + now.tv_nsec - std::int64_t{stamp.nanoseconds};
  return age >= (stamp.nanoseconds % kRound == 0 ? kCoarse : kTwoTicks);
}

}  // namespace

FolderWatch::FolderWatch(const std::filesystem::path& folder)
    : folder_(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}

FolderWatch::~FolderWatch() {
  if (folder_ >= 0) close(folder_);
}

FolderStamp FolderWatch::look() const noexcept {
  struct statx folder {};
  if (folder_ < 0 || statx(folder_, "", AT_EMPTY_PATH, STATX_CTIME, &folder) != 0) return {};
  if ((folder.stx_mask & STATX_CTIME) == 0) return {};
  return {folder.stx_ctime.tv_sec, folder.stx_ctime.tv_nsec};
}

// Reads the clock before the stamp: read after it, the clock could make a stamp look a tick old that was not.
void FolderWatch::note() noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  noted_ = look();
  counts_ = is_settled(noted_, now);
}

}  // namespace purser::store
