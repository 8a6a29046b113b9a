#include "store/gate/mapped_page.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "purser/error.h"
#include "store/durability/disk_mark.h"
#include "store/files/files.h"

namespace purser::store {
namespace {

constexpr std::int64_t kPageBytes = 4096;
static_assert(sizeof(SharedPage) <= kPageBytes);

void begin_layout(SharedPage& page) {
  if (page.layout.load(std::memory_order_relaxed) == SharedPage::kLayout) return;
  // A new file holds zeros. Of any other content only the numbers stay, and count on from there.
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
          fmt::format("no memory to share through the write gate's file: {}", in_words(error))};
}

}  // namespace

void MappedPage::map(int descriptor, std::int64_t file_bytes) {
  if (page_ != nullptr && file_bytes < kPageBytes) drop();
  if (page_ == nullptr) map_file(descriptor);
  begin_layout(*page_);
  if (failed_before_ != 0) take_over_failure(*page_, std::exchange(failed_before_, 0));
}

void MappedPage::map_file(int descriptor) {
  // Allocated, however long the file is: a write to a hole on a full disk would be SIGBUS, not an error.
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
  // The cheapest call that gives a size: every lock makes it.
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
