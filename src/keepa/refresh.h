// The free /token request: one in flight for the whole database, at most one in 30 s for an account.
#pragma once

#include <string>

#include "http/transport.h"
#include "purser/keepa_service.h"
#include "store/connection.h"

namespace purser::keepa {

// An account, and the key that its balance is asked with.
struct KeyedAccount {
  std::string name;
  std::string fingerprint;  // fingerprint_of the key
};

// Which key an account belongs to, as recorded: none yet, this one, or another.
enum class KeyOwner { nobody, us, another };

KeyOwner owner_of_key(store::Connection& connection, const KeyedAccount& account);
// The same; an account without a recorded key belongs to this one from now on.
KeyOwner record_key(store::Connection& connection, const KeyedAccount& account);
// Throws another_key where the account belongs to another key.
void require_own_key(store::Connection& connection, const KeyedAccount& account);

// The longest that one /token request may take.
inline constexpr Duration kOneTokenTry = std::chrono::seconds(20);

// After `give_up` it neither waits for another worker's request nor repeats its own.
Refresh fetch_balance(DatabaseLink database, http::Transport& transport, const ServiceOptions& options,
                      const KeyedAccount& account, NewKey new_key, SteadyInstant give_up);

}  // namespace purser::keepa
