// The free /token request: one in flight for the whole database, at most one in 30 s for an account.
#pragma once

#include <string>

#include "http/transport.h"
#include "purser/keepa_service.h"
#include "store/connection.h"

namespace purser::keepa {

// Whose balance, asked with which key.
struct KeyedAccount {
  std::string name;
  std::string fingerprint;
};

enum class KeyOwner { nobody, us, another };  // of the account, as far as it is known

KeyOwner owner_of_key(store::Connection& connection, const KeyedAccount& account);
// As owner_of_key, and where that is nobody it is this key from now on.
KeyOwner record_key(store::Connection& connection, const KeyedAccount& account);
// Throws another_key where the account is known to belong to another key.
void require_own_key(store::Connection& connection, const KeyedAccount& account);

// The longest that one /token request may take.
inline constexpr Duration kOneTokenTry = std::chrono::seconds(20);

// Does not wait for another's request, and does not repeat its own, after `give_up`.
Refresh ask_for_balance(DatabaseLink database, http::Transport& transport, const ServiceOptions& options,
                        const KeyedAccount& account, NewKey new_key, SteadyInstant give_up);

}  // namespace purser::keepa
