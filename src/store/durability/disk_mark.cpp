#include "store/durability/disk_mark.h"
#include "store/files/companions.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>

namespace purser::store {
namespace {

// Purser writes no other value; one that is found is treated as a failure that can be repaired.
constexpr std::uint64_t kWell = 0, kFailed = 1, kUnknown = 2;
constexpr std::uint64_t kBeyondRepair = 0x74'73'6F'6C'6B'73'69'64;  // "disklost", as hexdump shows it

DiskMark mark_of(std::uint64_t failed) {
  switch (failed) {
    case kWell: return DiskMark::well;
    case kUnknown: return DiskMark::unknown;
    case kBeyondRepair: return DiskMark::beyond_repair;
    default: return DiskMark::failed;
  }
}

const char* why(int result) {
  switch (result) {
    case SQLITE_BUSY:
      return "a program has not ended its transaction on it: end that one, `purser doctor` names those that "
             "read";
    case SQLITE_IOERR_CORRUPTFS:
      return "the log cannot be read any more as it was written: stop every process that has the database "
             "open, and begin again; what the disk never confirmed is lost then, and nothing else";
    default: return sqlite3_errstr(result);
  }
}

}  // namespace

DiskMark disk_mark(const SharedPage& page) noexcept {
  return mark_of(page.failed.load(std::memory_order_acquire));
}

DiskMark disk_mark_of(const std::filesystem::path& database) noexcept {
  std::filesystem::path gate = database;
  gate += kGateSuffix;
  int file = open(gate.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0) return DiskMark::well;
  alignas(SharedPage) std::array<unsigned char, sizeof(SharedPage)> bytes{};
  auto length = pread(file, bytes.data(), bytes.size(), 0);
  close(file);
  const auto& page = *reinterpret_cast<const SharedPage*>(bytes.data());
  bool is_page = length == static_cast<ssize_t>(bytes.size()) && page.layout == SharedPage::kLayout;
  return is_page ? disk_mark(page) : DiskMark::well;
}

void note_unknown(SharedPage& page) noexcept { page.failed.store(kUnknown, std::memory_order_release); }

void note_failure(SharedPage& page) noexcept { take_over_failure(page, kFailed); }

void note_beyond_repair(SharedPage& page) noexcept { take_over_failure(page, kBeyondRepair); }

void take_over_failure(SharedPage& page, std::uint64_t failed) noexcept {
  if (mark_of(failed) == DiskMark::well) return;
  std::uint64_t present = page.failed.load(std::memory_order_relaxed);
  while (mark_of(present) < mark_of(failed) &&
         !page.failed.compare_exchange_weak(present, failed, std::memory_order_release)) {
  }
}

void clear_failure(SharedPage& page) noexcept {
  page.copying.store(0, std::memory_order_relaxed);
  page.failed.store(kWell, std::memory_order_release);
}

bool is_failed_sync(int result) noexcept {
  return result == SQLITE_IOERR_FSYNC || result == SQLITE_IOERR_DIR_FSYNC;
}

Error not_repaired(const std::filesystem::path& database, int result) {
  return {
      ErrorCode::io_error,
      fmt::format("{}: a sync failed, and what is stored cannot be made safe yet ({}). Nothing is granted "
                  "before; see to the disk and try again",
                  database.string(), why(result))};
}

Error beyond_repair(const std::filesystem::path& database) {
  return {ErrorCode::io_error,
          fmt::format("{0}: the disk has lost what was already copied from the log into the file, so that a "
                      "power cut would damage it, and nothing more is granted. What is stored can still be "
                      "read: see to the disk, run `purser backup --db {0} FILE` without a reboot before it, "
                      "then, with the workers stopped, `purser restore --db {0} FILE --yes`",
                      database.string())};
}

}  // namespace purser::store
