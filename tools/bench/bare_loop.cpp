#include "bench/bare_loop.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <stdexcept>
#include <string_view>

#include "keepa/sql.h"

namespace bench {
namespace {

namespace sql = purser::keepa::sql;

constexpr int kCheckpointPages = 1000;  // SQLite's own default
constexpr int kBusyTimeoutMs = 10'000;
constexpr std::int64_t kCost = 80'000;
constexpr std::int64_t kLifetimeMs = 600'000, kHourMs = 3'600'000;
constexpr std::string_view kTask = "backfiller", kWorker = "bench:1";

std::int64_t now_ms() { return purser::system_clock().now().time_since_epoch().count(); }

// As the library's: the time, then random bytes.
std::string make_id(std::int64_t at_ms) {
  std::uint64_t random = 0;
  std::uint16_t more = 0;
  if (getrandom(&random, sizeof random, 0) != sizeof random ||
      getrandom(&more, sizeof more, 0) != sizeof more) {
    throw std::runtime_error("no random bytes");
  }
  return fmt::format("{:012x}{:016x}{:04x}", at_ms, random, more);
}

void bind(sqlite3_stmt* statement, int index, std::int64_t value) {
  sqlite3_bind_int64(statement, index, value);
}
void bind(sqlite3_stmt* statement, int index, std::string_view text) {
  sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}
void bind(sqlite3_stmt* statement, int index, std::nullptr_t) { sqlite3_bind_null(statement, index); }

template <typename... Values>
void bind_all(sqlite3_stmt* statement, const Values&... values) {
  int index = 0;
  (bind(statement, ++index, values), ...);
}

}  // namespace

BareLoop::BareLoop(const std::filesystem::path& path, purser::Durability durability) {
  sqlite3* database = nullptr;
  const int result =
      sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  database_.reset(database);
  if (result != SQLITE_OK) fail("open");
  sqlite3_busy_timeout(database, kBusyTimeoutMs);  // first: a cold file that two open at once is locked
  execute(
      "PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 0; PRAGMA mmap_size = 0; PRAGMA trusted_schema "
      "= OFF");
  execute(durability == purser::Durability::full ? "PRAGMA synchronous = FULL"
                                                 : "PRAGMA synchronous = NORMAL");
  sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  auto count_pages = [](void* pages, sqlite3*, const char*, int count) {
    *static_cast<int*>(pages) = count;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(database, count_pages, &wal_pages_);
  begin_ = prepare("BEGIN IMMEDIATE");
  commit_ = prepare("COMMIT");
  load_account_ = prepare(sql::kLoadAccount);
  due_holds_ = prepare(sql::kDueHolds);
  load_policy_ = prepare(sql::kLoadPolicy);
  places_ = prepare(sql::kPlaces);
  insert_reservation_ = prepare(sql::kInsertReservation);
  find_reservation_ = prepare(sql::kFindReservation);
  end_reservation_ = prepare(sql::kEndReservation);
  append_ = prepare(sql::kAppend);
  store_account_ = prepare(sql::kStoreAccount);
}

std::string BareLoop::acquire() {
  run(begin_);
  const std::int64_t now = now_ms();
  Account account = load_account();
  read_due_holds(account, now);
  bind_all(load_policy_.get(), kTask);
  read_all(load_policy_);
  bind_all(places_.get(), account.id);
  read_all(places_);
  std::string id = make_id(now);
  bind_all(insert_reservation_.get(), std::string_view(id), account.id, kTask, kWorker, nullptr, kCost, now,
           now + kLifetimeMs, kLifetimeMs, nullptr);
  run(insert_reservation_);
  account.held() += kCost;
  append(account, "hold", kCost, id, now);
  store(account);
  commit();
  return id;
}

void BareLoop::release(const std::string& reservation) {
  run(begin_);
  const std::int64_t now = now_ms();
  Account account = load_account();
  read_due_holds(account, now);
  bind_all(find_reservation_.get(), account.id, std::string_view(reservation));
  read_all(find_reservation_);
  account.held() -= kCost;
  append(account, "release", -kCost, reservation, now);
  bind_all(end_reservation_.get(), std::string_view(reservation), now, std::string_view("release"),
           std::int64_t{0});
  run(end_reservation_);
  store(account);
  commit();
}

BareLoop::Account BareLoop::load_account() {
  bind_all(load_account_.get(), std::string_view("default"));
  sqlite3_stmt* row = load_account_.get();
  if (sqlite3_step(row) != SQLITE_ROW) fail("no account");
  Account account;
  account.id = sqlite3_column_int64(row, 0);
  for (int i = 0; i < 11; ++i) {
    account.is_null[i] = sqlite3_column_type(row, i + 1) == SQLITE_NULL;
    account.columns[i] = sqlite3_column_int64(row, i + 1);
  }
  sqlite3_reset(row);
  return account;
}

void BareLoop::read_due_holds(const Account& account, std::int64_t now) {
  bind_all(due_holds_.get(), account.id, now, now + kHourMs);
  read_all(due_holds_);
}

void BareLoop::append(const Account& account, const char* kind, std::int64_t held_change,
                      const std::string& reservation, std::int64_t now) {
  bind_all(append_.get(), account.id, now, std::string_view(kind), std::int64_t{0}, held_change,
           account.balance(), account.columns[2], kTask, kWorker, std::string_view(reservation));
  run(append_);
}

void BareLoop::store(const Account& account) {
  bind(store_account_.get(), 1, account.id);
  for (int i = 0; i < 11; ++i) {
    if (account.is_null[i]) {
      bind(store_account_.get(), i + 2, nullptr);
    } else {
      bind(store_account_.get(), i + 2, account.columns[i]);
    }
  }
  run(store_account_);
}

void BareLoop::commit() {
  run(commit_);
  if (wal_pages_ < kCheckpointPages) return;
  sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

BareLoop::Statement BareLoop::prepare(const char* sql) const {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(database_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
      SQLITE_OK) {
    fail(sql);
  }
  return Statement(statement);
}

void BareLoop::execute(const char* sql) const {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(sql);
}

void BareLoop::run(const Statement& statement) const {
  const int result = sqlite3_step(statement.get());
  sqlite3_reset(statement.get());
  if (result == SQLITE_BUSY) throw Busy(sqlite3_errmsg(database_.get()));
  if (result != SQLITE_DONE) fail(sqlite3_sql(statement.get()));
}

void BareLoop::read_all(const Statement& statement) const {
  int result = SQLITE_ROW;
  while (result == SQLITE_ROW) result = sqlite3_step(statement.get());
  if (result != SQLITE_DONE) fail(sqlite3_sql(statement.get()));
  sqlite3_reset(statement.get());
}

void BareLoop::fail(const char* what) const {
  throw std::runtime_error(fmt::format("{}: {}", what, sqlite3_errmsg(database_.get())));
}

}  // namespace bench
