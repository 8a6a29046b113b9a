#include "support/forgetful_disk.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace purser::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPageBytes = 4096;
constexpr std::size_t kSectorBytes = 512;
constexpr std::uint64_t kRing = 32768;
constexpr std::size_t kImageBytes = std::size_t{48} << 20U;
constexpr std::size_t kBlockBytes = 4096;

[[noreturn]] void give_up(const char* why) {
  std::fprintf(stderr, "forgetful disk: %s\n", why);
  std::abort();
}

struct Write {
  enum class Kind : std::uint8_t { bytes, truncation };
  std::uint64_t offset;  // of a truncation: the new size
  std::uint32_t length;
  Kind kind;
  bool is_whole;  // the slot is filled; looked at only where its writer was killed
  bool is_lost;   // the sync that should have written it failed
  std::array<unsigned char, kPageBytes> data;
};

// Of a block of the disk. lost: its first write failed.
enum class Block : std::uint8_t { absent, stored, lost };

// Which file stands under a name: the number alone is given again to the next file.
struct Birth {
  std::uint64_t number, second;
  std::uint32_t nanosecond;
  friend bool operator==(const Birth&, const Birth&) = default;
};

struct Image {
  std::size_t size;
  std::array<Block, kImageBytes / kBlockBytes> blocks;
  std::array<unsigned char, kImageBytes> bytes;

  void clear() {
    std::memset(bytes.data(), 0, size);
    blocks.fill(Block::absent);
    size = 0;
  }
  void take(const Write& write) {
    if (write.kind == Write::Kind::truncation) return cut(write.offset);
    for (std::size_t done = 0; done < write.length;) {
      std::size_t at = write.offset + done;
      std::size_t part = std::min(write.length - done, kBlockBytes - at % kBlockBytes);
      take_part(write, done, part);
      done += part;
    }
  }

 private:
  void cut(std::size_t to) {
    if (to < size) std::memset(bytes.data() + to, 0, size - to);
    std::size_t first = (to + kBlockBytes - 1) / kBlockBytes;
    std::fill(blocks.begin() + static_cast<std::ptrdiff_t>(first), blocks.end(), Block::absent);
    size = to;
  }
  // Within one block.
  void take_part(const Write& write, std::size_t from, std::size_t length) {
    std::size_t at = write.offset + from;
    Block& block = blocks.at(at / kBlockBytes);
    if (block == Block::absent) block = write.is_lost ? Block::lost : Block::stored;
    if (write.is_lost || block == Block::lost) return;
    std::memcpy(bytes.data() + at, write.data.data() + from, length);
    size = std::max(size, at + length);
  }
};

// One file: the image of it that is on disk, and what was written since, in order.
struct TrackedFile {
  Birth birth;
  bool is_named;  // its name in the folder is on disk
  std::uint64_t end, folded;
  std::uint64_t written;  // `end` after the last write of bytes: a truncation says nothing that was not said
  std::uint64_t errors;   // syncs that failed
  std::array<Write, kRing> ring;
  Image image;
};

struct Shared {
  pthread_mutex_t mutex;
  std::array<char, 1024> database;
  std::uint64_t folder_device, folder_number;
  TrackedFile main, log;
  std::atomic<int> failing_log_syncs, failing_main_syncs, failing_folder_syncs;
  std::atomic<int> held_syncs;
  std::atomic<bool> holds_syncs, refuses_room;
  std::atomic<std::uint64_t> log_syncs, file_syncs, main_writes, outside_the_gate;
};

// As processes that are forked find it.
Shared* shared = nullptr;
std::array<std::function<void()>, 6> hooks;
thread_local std::uint64_t last_write = 0;

void come_to(Moment moment) {
  if (const auto& hook = hooks.at(static_cast<std::size_t>(moment))) hook();
}

// The mutex of all processes; whoever was killed holding it had perhaps written, and not counted it.
class Locked {
 public:
  Locked() {
    int result = pthread_mutex_lock(&shared->mutex);
    if (result == EOWNERDEAD) {
      for (TrackedFile* file : {&shared->main, &shared->log}) {
        Write& last = file->ring.at(file->end % kRing);
        if (last.is_whole) file->written = ++file->end;
        file->ring.at(file->end % kRing).is_whole = false;
      }
      pthread_mutex_consistent(&shared->mutex);
    } else if (result != 0) {
      give_up("no mutex");
    }
  }
  ~Locked() { pthread_mutex_unlock(&shared->mutex); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;
};

Birth birth_of(const char* path) {
  struct statx file {};
  if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_BTIME, &file) != 0) return {};
  return {file.stx_ino, static_cast<std::uint64_t>(file.stx_btime.tv_sec), file.stx_btime.tv_nsec};
}

int fails(std::atomic<int>& times) {
  int left = times.load();
  while (left > 0 && !times.compare_exchange_weak(left, left - 1)) {
  }
  return left > 0 ? 1 : 0;
}

void note_gate() {
  std::string path = std::string(shared->database.data()) + "-gate";
  int gate = open(path.c_str(), O_RDWR | O_CLOEXEC);
  bool is_free = gate < 0 || flock(gate, LOCK_EX | LOCK_NB) == 0;
  if (gate >= 0) close(gate);
  if (is_free) ++shared->outside_the_gate;
}

// --- A file of SQLite's --------------------------------------------------------------------------------

struct File {
  sqlite3_file base;
  TrackedFile* tracked;  // nullptr: none of ours
  bool is_log;
  Birth birth;
  std::uint64_t told_errors;  // of the file's, to this one
  // The real one follows.
};

sqlite3_vfs* real_vfs() {
  static sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
  return vfs;
}

File& own(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(&own(file) + 1); }
const sqlite3_io_methods& real_methods(sqlite3_file* file) { return *real(file)->pMethods; }

bool is_current(const File& file) {
  return shared != nullptr && file.tracked != nullptr && file.birth == file.tracked->birth;
}

Write& next_slot(TrackedFile& file) {
  if (file.end - file.folded >= kRing) give_up("too much that was not synced");
  return file.ring.at(file.end % kRing);
}

void count_slot(const File& file, Write& slot) {
  TrackedFile& tracked = *file.tracked;
  ++tracked.end;
  tracked.ring.at(tracked.end % kRing).is_whole = false;
  slot.is_lost = false;
  if (slot.kind == Write::Kind::truncation) return;
  tracked.written = tracked.end;
  if (file.is_log) last_write = tracked.end;
}

int write_noted(sqlite3_file* file, const void* data, int bytes, sqlite3_int64 offset) {
  Locked lock;
  Write& slot = next_slot(*own(file).tracked);
  if (static_cast<std::size_t>(offset) + static_cast<std::size_t>(bytes) > kImageBytes) give_up("too large");
  slot.offset = static_cast<std::uint64_t>(offset);
  slot.length = static_cast<std::uint32_t>(bytes);
  slot.kind = Write::Kind::bytes;
  std::memcpy(slot.data.data(), data, static_cast<std::size_t>(bytes));
  slot.is_whole = true;
  int result = real_methods(file).xWrite(real(file), data, bytes, offset);
  if (result == SQLITE_OK) count_slot(own(file), slot);
  slot.is_whole = false;
  return result;
}

int write_to(sqlite3_file* file, const void* data, int bytes, sqlite3_int64 offset) {
  File& mine = own(file);
  if (!is_current(mine)) return real_methods(file).xWrite(real(file), data, bytes, offset);
  come_to(mine.is_log ? Moment::log_write : Moment::main_write);
  if (!mine.is_log) ++shared->main_writes;
  note_gate();
  const auto* from = static_cast<const unsigned char*>(data);
  for (int done = 0; done < bytes; done += static_cast<int>(kPageBytes)) {
    int part = std::min(bytes - done, static_cast<int>(kPageBytes));
    int result = write_noted(file, from + done, part, offset + done);
    if (result != SQLITE_OK) return result;
  }
  return SQLITE_OK;
}

int truncate_to(sqlite3_file* file, sqlite3_int64 size) {
  File& mine = own(file);
  if (!is_current(mine)) return real_methods(file).xTruncate(real(file), size);
  note_gate();
  Locked lock;
  Write& slot = next_slot(*mine.tracked);
  slot.offset = static_cast<std::uint64_t>(size);
  slot.length = 0;
  slot.kind = Write::Kind::truncation;
  slot.is_whole = true;
  int result = real_methods(file).xTruncate(real(file), size);
  if (result == SQLITE_OK) count_slot(mine, slot);
  slot.is_whole = false;
  return result;
}

void fold(TrackedFile& file, std::uint64_t upto) {
  for (; file.folded < upto; ++file.folded) file.image.take(file.ring.at(file.folded % kRing));
}

void lose(TrackedFile& file) {
  for (std::uint64_t i = file.folded; i < file.end; ++i) {
    Write& write = file.ring.at(i % kRing);
    write.is_lost = write.kind == Write::Kind::bytes;
  }
  ++file.errors;
}

void wait_while_held() {
  if (!shared->holds_syncs) return;
  ++shared->held_syncs;
  while (shared->holds_syncs) sched_yield();
  --shared->held_syncs;
}

int sync_tracked(sqlite3_file* file, int flags) {
  File& mine = own(file);
  TrackedFile& tracked = *mine.tracked;
  come_to(mine.is_log ? Moment::log_sync : Moment::main_sync);
  if (mine.is_log) ++shared->log_syncs;
  std::uint64_t upto = 0;
  {
    Locked lock;
    upto = tracked.end;
  }
  if (mine.is_log) wait_while_held();
  bool is_made_to_fail = fails(mine.is_log ? shared->failing_log_syncs : shared->failing_main_syncs) != 0;
  int result = is_made_to_fail ? SQLITE_OK : real_methods(file).xSync(real(file), flags);
  if (result != SQLITE_OK) return result;
  {
    Locked lock;
    if (mine.birth == tracked.birth && is_made_to_fail) lose(tracked);
    if (mine.birth == tracked.birth && !is_made_to_fail) fold(tracked, upto);
    if (std::exchange(mine.told_errors, tracked.errors) != tracked.errors) return SQLITE_IOERR_FSYNC;
  }
  if (mine.is_log) come_to(Moment::log_synced);
  return SQLITE_OK;
}

int sync(sqlite3_file* file, int flags) {
  if (!is_current(own(file))) return real_methods(file).xSync(real(file), flags);
  return sync_tracked(file, flags);
}

int lock_shared_memory(sqlite3_file* file, int offset, int count, int flags) {
  int result = real_methods(file).xShmLock(real(file), offset, count, flags);
  constexpr int kUnlockAlone = SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE;
  if (offset == 0 && flags == kUnlockAlone && is_current(own(file))) come_to(Moment::write_unlocked);
  return result;
}

const sqlite3_io_methods kMethods = {
    3,
    [](sqlite3_file* f) {
      return real(f)->pMethods == nullptr ? SQLITE_OK : real_methods(f).xClose(real(f));
    },
    [](sqlite3_file* f, void* to, int bytes, sqlite3_int64 at) {
      return real_methods(f).xRead(real(f), to, bytes, at);
    },
    write_to,
    truncate_to,
    sync,
    [](sqlite3_file* f, sqlite3_int64* size) { return real_methods(f).xFileSize(real(f), size); },
    [](sqlite3_file* f, int level) { return real_methods(f).xLock(real(f), level); },
    [](sqlite3_file* f, int level) { return real_methods(f).xUnlock(real(f), level); },
    [](sqlite3_file* f, int* answer) { return real_methods(f).xCheckReservedLock(real(f), answer); },
    [](sqlite3_file* f, int what, void* argument) {
      return real_methods(f).xFileControl(real(f), what, argument);
    },
    [](sqlite3_file* f) { return real_methods(f).xSectorSize(real(f)); },
    [](sqlite3_file* f) { return real_methods(f).xDeviceCharacteristics(real(f)); },
    [](sqlite3_file* f, int page, int bytes, int extend, void volatile** to) {
      return real_methods(f).xShmMap(real(f), page, bytes, extend, to);
    },
    lock_shared_memory,
    [](sqlite3_file* f) { real_methods(f).xShmBarrier(real(f)); },
    [](sqlite3_file* f, int remove) { return real_methods(f).xShmUnmap(real(f), remove); },
    [](sqlite3_file* f, sqlite3_int64 at, int bytes, void** to) {
      return real_methods(f).xFetch(real(f), at, bytes, to);
    },
    [](sqlite3_file* f, sqlite3_int64 at, void* page) { return real_methods(f).xUnfetch(real(f), at, page); },
};

// --- The VFS ---------------------------------------------------------------------------------------------

bool is_log_of_ours(const char* name) {
  return name != nullptr && shared != nullptr && std::string(shared->database.data()) + "-wal" == name;
}
bool is_ours(const char* name) {
  return name != nullptr && shared != nullptr && std::strcmp(shared->database.data(), name) == 0;
}

// Another file under the log's name: of it nothing is on disk, also not its name.
void begin_log(Birth birth) {
  Locked lock;
  TrackedFile& log = shared->log;
  if (log.birth == birth) return;
  log.birth = birth;
  log.is_named = false;
  log.folded = log.end;
  log.image.clear();
}

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  File& mine = own(file);
  mine = File{};
  *real(file) = sqlite3_file{};
  int result = real_vfs()->xOpen(real_vfs(), name, real(file), flags, flags_out);
  if (real(file)->pMethods == nullptr) return result;
  mine.base.pMethods = &kMethods;
  if (is_ours(name)) {
    mine.tracked = &shared->main;
    mine.birth = shared->main.birth;
  } else if (is_log_of_ours(name)) {
    mine.tracked = &shared->log;
    mine.is_log = true;
    mine.birth = birth_of(name);
    begin_log(mine.birth);
  }
  if (mine.tracked != nullptr) {
    Locked lock;
    mine.told_errors = mine.tracked->errors;
  }
  return result;
}

void register_vfs() {
  static sqlite3_vfs vfs = [] {
    sqlite3_vfs forgetful = *real_vfs();
    forgetful.zName = "forgetful";
    forgetful.szOsFile = static_cast<int>(sizeof(File)) + real_vfs()->szOsFile;
    forgetful.xOpen = open_file;
    forgetful.pNext = nullptr;
    return forgetful;
  }();
  sqlite3_vfs_register(&vfs, 1);
}

void load(TrackedFile& file, const fs::path& path) {
  file.birth = birth_of(path.c_str());
  file.is_named = true;
  file.folded = file.end;
  Image& image = file.image;
  image.clear();
  std::ifstream content(path, std::ios::binary);
  content.read(reinterpret_cast<char*>(image.bytes.data()), static_cast<std::streamsize>(kImageBytes));
  image.size = static_cast<std::size_t>(content.gcount());
  std::size_t blocks = (image.size + kBlockBytes - 1) / kBlockBytes;
  std::fill_n(image.blocks.begin(), blocks, Block::stored);
}

void begin_mutex() {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&shared->mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
}

// --- What is left ----------------------------------------------------------------------------------------

struct Remains {
  bool exists = false;
  std::vector<unsigned char> bytes;
};

// A part of a write, by sectors.
Write torn(const Write& write, const unsigned char* image, std::mt19937& random) {
  Write part = write;
  if (write.kind == Write::Kind::truncation) return part;
  for (std::size_t at = 0; at < write.length; at += kSectorBytes) {
    if (random() % 4 != 0) continue;
    std::size_t bytes = std::min<std::size_t>(kSectorBytes, write.length - at);
    std::memcpy(part.data.data() + at, image + write.offset + at, bytes);
  }
  return part;
}

// Its memory costs what is used of it.
std::unique_ptr<Image, decltype(&std::free)> copy_of(const Image& image) {
  std::unique_ptr<Image, decltype(&std::free)> copy(static_cast<Image*>(std::calloc(1, sizeof(Image))),
                                                    &std::free);
  if (!copy) give_up("no memory for an image");
  copy->size = image.size;
  copy->blocks = image.blocks;
  std::memcpy(copy->bytes.data(), image.bytes.data(), image.size);
  return copy;
}

Remains remains_of(const TrackedFile& file, Loss loss, std::mt19937& random) {
  auto image = copy_of(file.image);
  if (loss == Loss::some) {
    for (std::uint64_t i = file.folded; i < file.end; ++i) {
      Write write = file.ring.at(i % kRing);
      auto luck = random() % 3;
      if (luck == 0) continue;
      if (luck == 2) write = torn(write, image->bytes.data(), random);
      // What failed may have reached the disk all the same, but for a block that is new.
      Block block = image->blocks.at(write.offset / kBlockBytes);
      write.is_lost = write.is_lost && block != Block::stored;
      image->take(write);
    }
  }
  bool is_named = file.is_named || (loss == Loss::some && random() % 2 == 0);
  auto end = image->bytes.begin() + static_cast<std::ptrdiff_t>(image->size);
  return {is_named && file.birth.number != 0, {image->bytes.begin(), end}};
}

void store(const Remains& remains, const fs::path& path) {
  if (!remains.exists) return;
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(remains.bytes.data()),
             static_cast<std::streamsize>(remains.bytes.size()));
  if (!file.flush()) give_up("no space for what is left");
}

bool is_the_folder(int descriptor) {
  struct stat file {};
  return shared != nullptr && fstat(descriptor, &file) == 0 && file.st_dev == shared->folder_device &&
         file.st_ino == shared->folder_number;
}

bool is_failing_folder(int descriptor) {
  return is_the_folder(descriptor) && fails(shared->failing_folder_syncs) != 0;
}

void note_sync(int descriptor) {
  struct stat file {};
  if (shared == nullptr || fstat(descriptor, &file) != 0) return;
  if (!S_ISDIR(file.st_mode)) ++shared->file_syncs;
  if (!is_the_folder(descriptor)) return;
  Locked lock;
  shared->log.is_named = true;
}

std::function<void()> folder_hook;

void tell_of_folder(int descriptor) {
  struct stat file {};
  if (!folder_hook || fstat(descriptor, &file) != 0 || !S_ISDIR(file.st_mode)) return;
  std::exchange(folder_hook, nullptr)();
}

int sync_descriptor(int descriptor, long call) {
  tell_of_folder(descriptor);
  if (is_failing_folder(descriptor)) {
    errno = EIO;
    return -1;
  }
  note_sync(descriptor);
  return static_cast<int>(syscall(call, descriptor));
}

}  // namespace

void before_folder_sync(std::function<void()> hook) { folder_hook = std::move(hook); }

ForgetfulDisk::ForgetfulDisk(const fs::path& database) {
  void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED || shared != nullptr) give_up("one at a time, and memory for it");
  shared = static_cast<Shared*>(memory);  // zeros, which are what its parts begin with
  begin_mutex();
  fs::path real_path = fs::canonical(database);
  std::strncpy(shared->database.data(), real_path.c_str(), shared->database.size() - 1);
  struct stat folder {};
  stat(real_path.parent_path().c_str(), &folder);
  shared->folder_device = folder.st_dev;
  shared->folder_number = folder.st_ino;
  look_again();
  register_vfs();
}

void ForgetfulDisk::look_again() const {
  Locked lock;
  load(shared->main, shared->database.data());
  load(shared->log, std::string(shared->database.data()) + "-wal");
}

ForgetfulDisk::~ForgetfulDisk() {
  sqlite3_vfs_register(real_vfs(), 1);
  hooks = {};
  munmap(shared, sizeof(Shared));
  shared = nullptr;
}

void ForgetfulDisk::power_cut(const fs::path& folder, Loss loss, unsigned seed) const {
  std::mt19937 random(seed);
  Remains main, log;
  {
    Locked lock;
    main = remains_of(shared->main, loss, random);
    log = remains_of(shared->log, loss, random);
  }
  fs::create_directories(folder);
  store(main, folder / "purser.db");
  store(log, folder / "purser.db-wal");
}

std::uint64_t ForgetfulDisk::written() const {
  Locked lock;
  return shared->log.written;
}

std::uint64_t ForgetfulDisk::durable() const {
  Locked lock;
  return shared->log.folded;
}

std::uint64_t ForgetfulDisk::last_write_of_this_thread() { return last_write; }

void ForgetfulDisk::fail_log_syncs(int times) const { shared->failing_log_syncs = times; }
void ForgetfulDisk::fail_main_syncs(int times) const { shared->failing_main_syncs = times; }

void ForgetfulDisk::fail_folder_syncs(int times) const { shared->failing_folder_syncs = times; }

void ForgetfulDisk::hold_syncs() const { shared->holds_syncs = true; }
void ForgetfulDisk::let_syncs_go() const { shared->holds_syncs = false; }
int ForgetfulDisk::held_syncs() const { return shared->held_syncs; }

std::uint64_t ForgetfulDisk::log_syncs() const { return shared->log_syncs; }
std::uint64_t ForgetfulDisk::file_syncs() const { return shared->file_syncs; }
std::uint64_t ForgetfulDisk::main_writes() const { return shared->main_writes; }
std::uint64_t ForgetfulDisk::writes_outside_the_gate() const { return shared->outside_the_gate; }

void ForgetfulDisk::refuse_room(bool refuses) const { shared->refuses_room = refuses; }

void ForgetfulDisk::at(Moment moment, std::function<void()> hook) {
  hooks.at(static_cast<std::size_t>(moment)) = std::move(hook);
}

}  // namespace purser::test

// SQLite syncs the folder beside its VFS: these stand before the C library's.
extern "C" {
int fsync(int descriptor);
int fdatasync(int descriptor);
int posix_fallocate(int descriptor, off_t offset, off_t length);
int fsync(int descriptor) { return purser::test::sync_descriptor(descriptor, SYS_fsync); }
int fdatasync(int descriptor) { return purser::test::sync_descriptor(descriptor, SYS_fdatasync); }
int posix_fallocate(int descriptor, off_t offset, off_t length) {
  if (purser::test::shared != nullptr && purser::test::shared->refuses_room) return ENOSPC;
  return syscall(SYS_fallocate, descriptor, 0, offset, length) == 0 ? 0 : errno;
}
}
