// What a grant costs without Purser: the same statements on the same database, by SQLite's C API alone. One
// process that is by itself needs no gate, no schema check and no decision, so this is the floor. Its
// checkpoint is the usual one: passive, by whoever commits the page that makes it 1000 in the WAL. Several
// processes have sqlite3_busy_timeout, which is what most programs have.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "bench/client.h"
#include "purser/database.h"

namespace bench {

class BareLoop {
 public:
  // Opens a database that Purser made, with the pragmas that Purser sets.
  BareLoop(const std::filesystem::path& path, purser::Durability durability);

  std::string acquire();  // the statements of Ledger::acquire for a grant
  void release(const std::string& reservation);

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Close>;

  struct Account {
    std::int64_t columns[11] = {};  // all but the id, in the order of kLoadAccount
    bool is_null[11] = {};
    std::int64_t id = 0;
    std::int64_t& held() { return columns[2]; }
    std::int64_t balance() const { return columns[1]; }
  };

  Statement prepare(const char* sql) const;
  void execute(const char* sql) const;
  void run(const Statement& statement) const;
  void read_all(const Statement& statement) const;
  Account load_account();
  void read_due_holds(const Account& account, std::int64_t now_ms);
  void append(const Account& account, const char* kind, std::int64_t held_change,
              const std::string& reservation, std::int64_t now_ms);
  void store(const Account& account);
  void commit();
  [[noreturn]] void fail(const char* what) const;

  std::unique_ptr<sqlite3, Close> database_;
  int wal_pages_ = 0;
  Statement begin_, commit_, load_account_, due_holds_, load_policy_, places_, insert_reservation_,
      find_reservation_, end_reservation_, append_, store_account_;
};

}  // namespace bench
