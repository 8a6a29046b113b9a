#include "store/durability/log_file.h"

#include <sqlite3.h>

#include <cstring>
#include <vector>

namespace purser::store {
namespace {

using Checksum = std::array<std::uint32_t, 2>;

// Offsets in the log's index.
constexpr int kRegionBytes = 32'768;
constexpr std::size_t kFramesAt = 16, kChecksumAt = 24, kCopiedAt = 96;
// Sizes and offsets in the log.
constexpr std::size_t kHeaderBytes = 32, kFrameHeaderBytes = 24, kSummedOfFrameHeader = 8;
constexpr std::size_t kPageBytesAt = 8, kSaltAt = 16, kHeaderChecksumAt = 24;
constexpr std::size_t kFrameSaltAt = 8, kFrameChecksumAt = 16, kSaltBytes = 8;
constexpr std::uint32_t kLargestPage = 65'536;

sqlite3_file* file_of(sqlite3* database, int which) {
  sqlite3_file* file = nullptr;
  int found = sqlite3_file_control(database, nullptr, which, &file);
  return found == SQLITE_OK && file != nullptr && file->pMethods != nullptr ? file : nullptr;
}

std::uint32_t big_endian(const unsigned char* at) {
  return std::uint32_t{at[0]} << 24U | std::uint32_t{at[1]} << 16U | std::uint32_t{at[2]} << 8U | at[3];
}
std::uint32_t little_endian(const unsigned char* at) {
  return std::uint32_t{at[3]} << 24U | std::uint32_t{at[2]} << 16U | std::uint32_t{at[1]} << 8U | at[0];
}

// Reads frame after frame: SQLite's checksum continues from each to the next.
class LogReader {
 public:
  explicit LogReader(sqlite3_file* log) : log_(log) {}

  int write_header_again() {
    bytes_.resize(kHeaderBytes);
    int result = read(0);
    if (result != SQLITE_OK) return result;
    sums_big_endian_ = (big_endian(bytes_.data()) & 1U) != 0;
    page_bytes_ = big_endian(&bytes_[kPageBytesAt]);
    std::memcpy(salt_.data(), &bytes_[kSaltAt], kSaltBytes);
    add(0, kHeaderChecksumAt);
    bool is_sound = page_bytes_ <= kLargestPage && is_sum_at(kHeaderChecksumAt);
    return is_sound ? write(0) : SQLITE_IOERR_CORRUPTFS;
  }

  // `number` counts from 0.
  int write_frame_again(std::uint32_t number) {
    bytes_.resize(kFrameHeaderBytes + page_bytes_);
    const auto frame_bytes = static_cast<sqlite3_int64>(bytes_.size());
    sqlite3_int64 at = sqlite3_int64{kHeaderBytes} + sqlite3_int64{number} * frame_bytes;
    int result = read(at);
    if (result != SQLITE_OK) return result;
    add(0, kSummedOfFrameHeader);
    add(kFrameHeaderBytes, page_bytes_);
    bool is_of_this_log = std::memcmp(&bytes_[kFrameSaltAt], salt_.data(), kSaltBytes) == 0;
    return is_of_this_log && is_sum_at(kFrameChecksumAt) ? write(at) : SQLITE_IOERR_CORRUPTFS;
  }

  const Checksum& checksum() const { return sum_; }

 private:
  int read(sqlite3_int64 at) {
    int result = log_->pMethods->xRead(log_, bytes_.data(), static_cast<int>(bytes_.size()), at);
    return result == SQLITE_IOERR_SHORT_READ ? SQLITE_IOERR_CORRUPTFS : result;
  }
  int write(sqlite3_int64 at) {
    return log_->pMethods->xWrite(log_, bytes_.data(), static_cast<int>(bytes_.size()), at);
  }
  void add(std::size_t from, std::size_t length) {
    auto word = sums_big_endian_ ? big_endian : little_endian;
    for (std::size_t at = from; at < from + length; at += 8) {
      sum_[0] += word(&bytes_[at]) + sum_[1];
      sum_[1] += word(&bytes_[at + 4]) + sum_[0];
    }
  }
  bool is_sum_at(std::size_t at) const {
    return big_endian(&bytes_[at]) == sum_[0] && big_endian(&bytes_[at + 4]) == sum_[1];
  }

  sqlite3_file* log_;
  std::vector<unsigned char> bytes_;
  std::uint32_t page_bytes_ = 0;
  bool sums_big_endian_ = false;
  std::array<unsigned char, kSaltBytes> salt_{};
  Checksum sum_{};
};

}  // namespace

sqlite3_file* main_file(sqlite3* database) { return file_of(database, SQLITE_FCNTL_FILE_POINTER); }
sqlite3_file* log_file(sqlite3* database) { return file_of(database, SQLITE_FCNTL_JOURNAL_POINTER); }

int sync_file(sqlite3_file* file) {
  return file != nullptr ? file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) : SQLITE_IOERR_FSYNC;
}

int cut_file(sqlite3_file* file, std::int64_t bytes) {
  return file != nullptr ? file->pMethods->xTruncate(file, bytes) : SQLITE_IOERR_TRUNCATE;
}

std::int64_t bytes_of(sqlite3_file* file) {
  sqlite3_int64 bytes = -1;
  if (file == nullptr || file->pMethods->xFileSize(file, &bytes) != SQLITE_OK) return -1;
  return bytes;
}

LogIndex log_index(sqlite3* database) {
  LogIndex index;
  sqlite3_file* file = main_file(database);
  void volatile* region = nullptr;
  if (file == nullptr || file->pMethods->iVersion < 2) return index;
  if (file->pMethods->xShmMap(file, 0, kRegionBytes, 0, &region) != SQLITE_OK || region == nullptr)
    return index;
  const auto* bytes = const_cast<const unsigned char*>(static_cast<unsigned char volatile*>(region));
  std::memcpy(&index.frames, bytes + kFramesAt, sizeof index.frames);
  std::memcpy(&index.copied, bytes + kCopiedAt, sizeof index.copied);
  std::memcpy(index.checksum.data(), bytes + kChecksumAt, sizeof index.checksum);
  return index;
}

int write_log_again(sqlite3* database) {
  LogIndex index = log_index(database);
  sqlite3_file* log = log_file(database);
  if (log == nullptr) return SQLITE_IOERR_WRITE;
  if (index.frames == 0) return SQLITE_OK;
  LogReader reader(log);
  int result = reader.write_header_again();
  for (std::uint32_t i = 0; result == SQLITE_OK && i < index.frames; ++i)
    result = reader.write_frame_again(i);
  if (result == SQLITE_OK && reader.checksum() != index.checksum) result = SQLITE_IOERR_CORRUPTFS;
  return result;
}

}  // namespace purser::store
