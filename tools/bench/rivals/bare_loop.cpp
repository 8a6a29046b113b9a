#include "bench/rivals/bare_loop.h"

#include <string_view>

#include "bench/measure/client.h"
#include "keepa/sql.h"

namespace bench {
namespace {

namespace sql = purser::keepa::sql;

constexpr std::int64_t kCost = 80'000;
constexpr std::int64_t kLifetimeMs = 600'000, kHourMs = 3'600'000;
constexpr std::string_view kTask = "backfiller", kWorker = "bench:1";

}  // namespace

BareLoop::BareLoop(const std::filesystem::path& path, purser::Durability durability)
    : database_(path, durability),
      load_account_(database_.prepare(sql::kLoadAccount)),
      due_holds_(database_.prepare(sql::kDueHolds)),
      load_policy_(database_.prepare(sql::kLoadPolicy)),
      places_(database_.prepare(sql::kPlaces)),
      insert_reservation_(database_.prepare(sql::kInsertReservation)),
      find_reservation_(database_.prepare(sql::kFindReservation)),
      end_reservation_(database_.prepare(sql::kEndReservation)),
      append_(database_.prepare(sql::kAppend)),
      store_account_(database_.prepare(sql::kStoreAccount)) {}

std::string BareLoop::acquire() {
  database_.begin();
  const std::int64_t now = now_ms();
  Account account = load_account();
  read_due_holds(account, now);
  bind_all(load_policy_, kTask);
  database_.read_all(load_policy_);
  bind_all(places_, account.id);
  database_.read_all(places_);
  std::string id = make_id(now);
  bind_all(insert_reservation_, std::string_view(id), account.id, kTask, kWorker, nullptr, kCost, now,
           now + kLifetimeMs, kLifetimeMs, nullptr, account.columns[11], nullptr);
  database_.run(insert_reservation_);
  account.held() += kCost;
  append(account, "hold", kCost, id, now);
  store(account);
  database_.commit();
  return id;
}

void BareLoop::release(const std::string& reservation) {
  database_.begin();
  const std::int64_t now = now_ms();
  Account account = load_account();
  read_due_holds(account, now);
  bind_all(find_reservation_, account.id, std::string_view(reservation));
  database_.read_all(find_reservation_);
  account.held() -= kCost;
  append(account, "release", -kCost, reservation, now);
  bind_all(end_reservation_, std::string_view(reservation), now, std::string_view("release"),
           std::int64_t{0});
  database_.run(end_reservation_);
  store(account);
  database_.commit();
}

BareLoop::Account BareLoop::load_account() {
  bind_all(load_account_, std::string_view("default"));
  if (!database_.step(load_account_)) database_.fail("no account");
  sqlite3_stmt* row = load_account_.get();
  Account account;
  account.id = sqlite3_column_int64(row, 0);
  for (int i = 0; i < 13; ++i) {
    account.is_null[i] = sqlite3_column_type(row, i + 1) == SQLITE_NULL;
    account.columns[i] = sqlite3_column_int64(row, i + 1);
  }
  sqlite3_reset(row);
  return account;
}

void BareLoop::read_due_holds(const Account& account, std::int64_t now) {
  bind_all(due_holds_, account.id, now, now + kHourMs);
  database_.read_all(due_holds_);
}

void BareLoop::append(const Account& account, const char* kind, std::int64_t held_change,
                      const std::string& reservation, std::int64_t now) {
  bind_all(append_, account.id, now, std::string_view(kind), std::int64_t{0}, held_change, account.balance(),
           account.columns[2], kTask, kWorker, std::string_view(reservation));
  database_.run(append_);
}

void BareLoop::store(const Account& account) {
  bind_one(store_account_.get(), 1, account.id);
  for (int i = 0; i < 13; ++i) {
    if (account.is_null[i]) {
      bind_one(store_account_.get(), i + 2, nullptr);
    } else {
      bind_one(store_account_.get(), i + 2, account.columns[i]);
    }
  }
  database_.run(store_account_);
}

}  // namespace bench
