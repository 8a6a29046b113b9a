#include "bench/loads/grants.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <variant>

#include "bench/rivals/bare_loop.h"
#include "purser/keepa.h"

namespace bench {
namespace {

namespace fs = std::filesystem;
namespace keepa = purser::keepa;
using purser::Database;
using purser::Durability;

[[noreturn]] void fail(const fs::path& path) {
  throw std::system_error(errno, std::generic_category(), path.string());
}

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags) : number_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {
    if (number_ < 0) fail(path);
  }
  ~Descriptor() { ::close(number_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int number() const { return number_; }

 private:
  int number_;
};

class BareGrants : public GrantClient {
 public:
  BareGrants(const fs::path& path, Durability durability) : loop_(path, durability) {}

 private:
  std::string acquire() final { return loop_.acquire(); }
  void release(const std::string& reservation) final { loop_.release(reservation); }

  BareLoop loop_;
};

class FlockGrants : public GrantClient {
 public:
  FlockGrants(const fs::path& path, Durability durability)
      : loop_(path, durability), lock_(path.string() + "-flock", O_RDWR | O_CREAT) {}

 private:
  class Held {
   public:
    explicit Held(const Descriptor& lock) : lock_(lock.number()) {
      if (flock(lock_, LOCK_EX) != 0) fail("flock");
    }
    ~Held() { flock(lock_, LOCK_UN); }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

   private:
    int lock_;
  };

  std::string acquire() final {
    const Held held(lock_);
    return loop_.acquire();
  }
  void release(const std::string& reservation) final {
    const Held held(lock_);
    loop_.release(reservation);
  }

  BareLoop loop_;
  Descriptor lock_;
};

// Throws Busy where the library throws its own error for it.
template <typename Work>
auto translating_busy(Work work) {
  try {
    return work();
  } catch (const purser::Error& e) {
    if (e.code() == purser::ErrorCode::busy) throw Busy(e.what());
    throw;
  }
}

class LibraryGrants : public GrantClient {
 public:
  LibraryGrants(const fs::path& path, int number)
      : database_(Database::open({.path = path, .worker = fmt::format("bench:{}", number + 1)})),
        ledger_(database_) {}

 private:
  std::string acquire() final {
    return translating_busy([&] {
      const auto outcome = ledger_.acquire({.task = "backfiller", .cost = purser::tokens(80)});
      return std::get<keepa::Granted>(outcome).reservation;
    });
  }
  void release(const std::string& reservation) final {
    translating_busy([&] { return ledger_.release(reservation); });
  }

  Database database_;
  keepa::Ledger ledger_;
};

class DiskFloor : public Client {
 public:
  explicit DiskFloor(const fs::path& path) : path_(path), file_(path, O_RDWR | O_CREAT) {
    for (off_t block = 0; block < kBlocks; ++block) write(block);
    if (fsync(file_.number()) != 0) fail(path_);
  }

  void operate() final {
    write(next_);
    next_ = (next_ + 1) % kBlocks;
    if (fdatasync(file_.number()) != 0) fail(path_);
  }

 private:
  static constexpr off_t kBlocks = 500;  // 4 MB, the size of a WAL of 1000 pages

  void write(off_t block) {
    const auto bytes = static_cast<ssize_t>(bytes_.size());
    if (pwrite(file_.number(), bytes_.data(), bytes_.size(), block * bytes) != bytes) fail(path_);
  }

  fs::path path_;
  Descriptor file_;
  off_t next_ = 0;
  std::array<char, 8192> bytes_{};
};

}  // namespace

OpenClient bare_grants(const fs::path& database, Durability durability) {
  return [=](int) { return std::make_unique<BareGrants>(database, durability); };
}

OpenClient flock_grants(const fs::path& database, Durability durability) {
  return [=](int) { return std::make_unique<FlockGrants>(database, durability); };
}

OpenClient library_grants(const fs::path& database) {
  return [=](int number) { return std::make_unique<LibraryGrants>(database, number); };
}

OpenClient disk_floor(const fs::path& folder) {
  return [=](int) { return std::make_unique<DiskFloor>(folder / "disk-floor"); };
}

}  // namespace bench
