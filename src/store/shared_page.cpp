#include "store/shared_page.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

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
                      &page.checkpointing_since}) {
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
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAIT, seen, &timeout, nullptr, 0);
}

void futex_wake(std::atomic<std::uint32_t>& word, int sleepers) noexcept {
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAKE, sleepers, nullptr, nullptr, 0);
}

void MappedPage::map(int descriptor, std::int64_t file_bytes) {
  // Allocated, not only longer: a hole that meets a full disk would be a signal, not an error.
  if (file_bytes < kPageBytes) {
    int error = posix_fallocate(descriptor, 0, kPageBytes);
    if (error != 0) throw no_page(error);
  }
  if (page_ != nullptr) return begin_layout(*page_);
  void* memory = mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED) throw no_page(errno);
  page_ = static_cast<SharedPage*>(memory);
  begin_layout(*page_);
  take_over_failure(*page_, failed_before_);
}

void MappedPage::unmap() noexcept {
  if (page_ != nullptr) failed_before_ = page_->failed.load(std::memory_order_relaxed);
  if (page_ != nullptr) munmap(page_, kPageBytes);
  page_ = nullptr;
}

}  // namespace purser::store
