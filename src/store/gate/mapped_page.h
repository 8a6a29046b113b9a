// The shared page of an open gate file, as memory of this process (shared_page.h says what stands in it).
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

  // Makes the file large enough where it is not, and maps it; the gate is held. Throws disk_full, io_error,
  // and then nothing is mapped.
  void map(int descriptor, std::int64_t file_bytes);
  // Maps the page of a file that is in use already; else nothing. The gate need not be held.
  void map_if_begun(int descriptor) noexcept;
  // Gives up the page of a file that has become too short for it: it must not be touched.
  void unmap_if_short(int descriptor) noexcept;
  // Reads it once more: unmap_if_short comes first.
  void unmap() noexcept;
  SharedPage* get() const { return page_; }

 private:
  void map_file(int descriptor);
  void drop() noexcept;

  SharedPage* page_ = nullptr;
  std::uint64_t failed_before_ = 0;  // as the page of the file before had it
};

}  // namespace purser::store
