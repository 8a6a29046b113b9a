// A grant without Purser: the same statements on the same database, by SQLite's C API alone. A single process
// needs no gate, no schema check and no decision, so this is the floor. Several processes rely on
// sqlite3_busy_timeout, as most programs do.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "bench/rivals/bare_database.h"

namespace bench {

class BareLoop {
 public:
  BareLoop(const std::filesystem::path& path, purser::Durability durability);

  std::string acquire();  // the statements of Ledger::acquire for a grant
  void release(const std::string& reservation);

 private:
  struct Account {
    std::int64_t columns[13] = {};  // all but the id, in the order of kLoadAccount
    bool is_null[13] = {};
    std::int64_t id = 0;
    std::int64_t& held() { return columns[2]; }
    std::int64_t balance() const { return columns[1]; }
  };

  Account load_account();
  void read_due_holds(const Account& account, std::int64_t now_ms);
  void append(const Account& account, const char* kind, std::int64_t held_change,
              const std::string& reservation, std::int64_t now_ms);
  void store(const Account& account);

  BareDatabase database_;
  BareStatement load_account_, due_holds_, load_policy_, places_, insert_reservation_, find_reservation_,
      end_reservation_, append_, store_account_;
};

}  // namespace bench
