#include "store/shared_page.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "purser/error.h"
#include "store/disk_mark.h"

namespace purser::store {
namespace {

constexpr std::int64_t kPageBytes = 4096;
static_assert(sizeof(SharedPage) <= kPageBytes);

void begin_layout(SharedPage& page) {
  if (page.layout.load(std::memory_order_relaxed) == SharedPage::kLayout) return;
  // A new file holds zeros. Of what else may stand there only the numbers go on, from wherever they are.
  page.stay.store(0, std::memory_order_relaxed);
  page.occupied.store(0, std::memory_order_relaxed);
  page.sleepers.store(0, std::memory_order_relaxed);
  for (auto* claim : {&page.slept_since, &page.watched_since, &page.hungry_since, &page.syncing_since,
                      &page.checkpointing_since, &page.inside_since}) {
    claim->store(0, std::memory_order_relaxed);
  }
  note_unknown(page);
  page.copying.store(0, std::memory_order_relaxed);
  page.checkpoint_at.store(0, std::memory_order_relaxed);
  page.checkpoints_failed.store(0, std::memory_order_relaxed);
  page.epoch.fetch_add(1, std::memory_order_relaxed);
  page.layout.store(SharedPage::kLayout, std::memory_order_release);
}

Error no_page(int error) {
  bool is_full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return {is_full ? ErrorCode::disk_full : ErrorCode::io_error,
          fmt::format("no memory to share through the write gate's file: {}", std::strerror(error))};
}

}  // namespace

std::int64_t claim_time() noexcept { return std::chrono::steady_clock::now().time_since_epoch().count(); }

bool is_live_claim(std::int64_t since, std::chrono::nanoseconds longest) noexcept {
  if (since <= 0) return false;
  std::int64_t age = claim_time() - since;
  return age >= 0 && age < longest.count();
}

bool take_claim(std::atomic<std::int64_t>& since, std::chrono::nanoseconds longest,
                std::int64_t now) noexcept {
  std::int64_t present = since.load(std::memory_order_relaxed);
  if (is_live_claim(present, longest)) return false;
  return since.compare_exchange_strong(present, now, std::memory_order_acq_rel);
}

void end_claim(std::atomic<std::int64_t>& since, std::int64_t taken_at) noexcept {
  since.compare_exchange_strong(taken_at, 0, std::memory_order_acq_rel);
}

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t seen,
                std::chrono::nanoseconds longest) noexcept {
  auto seconds = std::chrono::floor<std::chrono::seconds>(longest);
  timespec timeout{static_cast<time_t>(seconds.count()), static_cast<long>((longest - seconds).count())};
  auto* futex = reinterpret_cast<std::uint32_t*>(&word);
  if (syscall(SYS_futex, futex, FUTEX_WAIT, seen, &timeout, nullptr, 0) == 0) return;
  if (errno == EAGAIN || errno == EINTR || errno == ETIMEDOUT) return;
  // A kernel that refuses it would make every loop around it spin.
  pause_briefly(longest);
}

void pause_briefly(std::chrono::nanoseconds longest) noexcept {
  constexpr std::chrono::nanoseconds kMost = std::chrono::milliseconds(1);
  timespec pause{0, static_cast<long>(std::clamp<std::chrono::nanoseconds>(longest, {}, kMost).count())};
  ppoll(nullptr, 0, &pause, nullptr);
}

void futex_wake(std::atomic<std::uint32_t>& word, int sleepers) noexcept {
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAKE, sleepers, nullptr, nullptr, 0);
}

void MappedPage::map(int descriptor, std::int64_t file_bytes) {
  if (page_ != nullptr && file_bytes < kPageBytes) drop();
  if (page_ == nullptr) map_file(descriptor);
  begin_layout(*page_);
  if (failed_before_ != 0) take_over_failure(*page_, std::exchange(failed_before_, 0));
}

void MappedPage::map_file(int descriptor) {
  // Allocated, however long it is: a hole that meets a full disk would be a signal, not an error.
  int error = posix_fallocate(descriptor, 0, kPageBytes);
  if (error != 0) throw no_page(error);
  void* memory = mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED) throw no_page(errno);
  page_ = static_cast<SharedPage*>(memory);
}

void MappedPage::map_if_begun(int descriptor) noexcept {
  std::uint64_t layout = 0;
  struct stat file {};
  if (page_ != nullptr || fstat(descriptor, &file) != 0 || file.st_size < kPageBytes) return;
  if (pread(descriptor, &layout, sizeof layout, 0) != sizeof layout || layout != SharedPage::kLayout) return;
  if (posix_fallocate(descriptor, 0, kPageBytes) != 0) return;
  void* memory = mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (memory != MAP_FAILED) page_ = static_cast<SharedPage*>(memory);
}

void MappedPage::unmap_if_short(int descriptor) noexcept {
  // The cheapest call that tells a size: this one is made for every lock.
  if (page_ != nullptr && lseek(descriptor, 0, SEEK_END) < kPageBytes) drop();
}

void MappedPage::unmap() noexcept {
  if (page_ != nullptr) failed_before_ = page_->failed.load(std::memory_order_relaxed);
  drop();
}

void MappedPage::drop() noexcept {
  if (page_ != nullptr) munmap(page_, kPageBytes);
  page_ = nullptr;
}

}  // namespace purser::store
