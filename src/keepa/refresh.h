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

// Throws another_key where the account is known to belong to another key.
void require_own_key(store::Connection& connection, const KeyedAccount& account);
bool is_own_key(store::Connection& connection, const KeyedAccount& account);

Refresh ask_for_balance(Database& database, http::Transport& transport, const ServiceOptions& options,
                        const KeyedAccount& account, NewKey new_key);

}  // namespace purser::keepa
