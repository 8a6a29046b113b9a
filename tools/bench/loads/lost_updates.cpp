#include "bench/loads/lost_updates.h"

#include <sqlite3.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "bench/measure/child.h"
#include "bench/measure/scratch.h"
#include "demo/shared_memory.h"
#include "purser/keepa.h"
#include "purser/keepa_status.h"

namespace bench {
namespace {

namespace fs = std::filesystem;
namespace keepa = purser::keepa;

constexpr std::size_t kProcesses = 4, kIdLength = 32;
constexpr std::size_t kMostOfOneProcess = kMostCountedGrants / kProcesses;

// The reservations that one process got. An id is complete before it is counted, whenever the process is
// killed.
struct ProcessGrants {
  std::atomic<std::size_t> count{0};
  std::array<std::array<char, kIdLength>, kMostOfOneProcess> ids;
};
using AllGrants = std::array<ProcessGrants, kProcesses>;

void acquire_many(const fs::path& path, std::size_t grants, ProcessGrants& granted) {
  purser::Database database = purser::Database::open({.path = path});
  keepa::Ledger ledger(database);
  for (std::size_t i = 0; i < grants; ++i) {
    const auto outcome = ledger.acquire({.task = "backfiller", .cost = purser::tokens(1)});
    std::get<keepa::Granted>(outcome).reservation.copy(granted.ids.at(i).data(), kIdLength);
    granted.count = i + 1;
  }
}

void kill_while_acquiring(Child& child, const ProcessGrants& granted, std::size_t grants) {
  while (granted.count < grants / 4 && !child.has_ended()) {
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  child.kill();
  if (child.status() != 128 + 9) throw std::runtime_error("lost updates: it ended before it was killed");
}

std::set<std::string> granted_in_ledger(const fs::path& path) {
  sqlite3* opened = nullptr;
  sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> database(opened, sqlite3_close);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_stmt* row = nullptr;
  sqlite3_prepare_v2(opened, "SELECT reservation FROM keepa_ledger WHERE kind = 'hold'", -1, &row, nullptr);
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> all(row, sqlite3_finalize);
  std::set<std::string> ids;
  while (row != nullptr && sqlite3_step(row) == SQLITE_ROW) {
    ids.insert(reinterpret_cast<const char*>(sqlite3_column_text(row, 0)));
  }
  return ids;
}

LostUpdates compare(const fs::path& path, const AllGrants& all_grants) {
  LostUpdates found;
  std::set<std::string> rows = granted_in_ledger(path);
  for (const ProcessGrants& granted : all_grants) {
    for (std::size_t i = 0; i < granted.count; ++i) {
      ++found.answered;
      if (rows.erase(std::string(granted.ids.at(i).data(), kIdLength)) == 0) ++found.missing;
    }
  }
  found.surplus = static_cast<std::int64_t>(rows.size());
  purser::Database database = purser::Database::open({.path = path});
  const keepa::LedgerVerification sums = keepa::Ledger(database).verify();
  found.sums_match = sums.balance_matches && sums.held_matches && found.surplus <= 1;
  return found;
}

}  // namespace

LostUpdates count_lost_updates(const fs::path& path, purser::Durability durability, int grants,
                               bool with_a_kill) {
  make_database(path, durability);
  const auto each = static_cast<std::size_t>(grants) / kProcesses;
  demo::Shared<AllGrants> all_grants;
  std::vector<Child> children;
  for (ProcessGrants& granted : *all_grants) {
    // The one that will be killed acquires until then.
    const bool is_victim = with_a_kill && children.empty();
    children.push_back(
        Child::doing([&] { acquire_many(path, is_victim ? kMostOfOneProcess : each, granted); }));
  }
  if (with_a_kill) kill_while_acquiring(children.front(), all_grants->front(), each);
  for (std::size_t i = with_a_kill ? 1 : 0; i < children.size(); ++i) {
    if (children[i].wait() != 0) throw std::runtime_error("lost updates: a process failed");
  }
  return compare(path, *all_grants);
}

}  // namespace bench
