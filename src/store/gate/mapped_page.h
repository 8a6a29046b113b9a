// Maps the shared page of an open gate file into this process (its content: shared_page.h).
#pragma once

#include <cstdint>

#include "store/gate/shared_page.h"

namespace purser::store {

class MappedPage {
 public:
  MappedPage() = default;
  ~MappedPage() { unmap(); }
  MappedPage(const MappedPage&) = delete;
  MappedPage& operator=(const MappedPage&) = delete;

  // Makes the file large enough where it is not, and maps it. Throws disk_full, io_error, and then nothing is
  // mapped. REQUIRES: the gate is held.
  void map(int descriptor, std::int64_t file_bytes);
  // Maps the page where its layout is in use already; else does nothing. The gate need not be held.
  void map_if_begun(int descriptor) noexcept;
  // Unmaps the page, unread, where the file has become too short for it: a touch would be SIGBUS.
  void unmap_if_short(int descriptor) noexcept;
  // Reads `failed` a last time and unmaps. REQUIRES: unmap_if_short was called just before.
  void unmap() noexcept;
  SharedPage* get() const { return page_; }

 private:
  void map_file(int descriptor);
  void drop() noexcept;

  SharedPage* page_ = nullptr;
  std::uint64_t failed_before_ = 0;  // of the page of the previous file
};

}  // namespace purser::store
