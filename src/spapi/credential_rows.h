// Credentials as rows, sealed and opened, and the key that seals in this file. What the public functions
// (credentials.cpp, sellers.cpp) and the tokens (access_tokens.cpp) are made of.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "purser/key_ring.h"
#include "purser/spapi.h"
#include "spapi/sealing.h"
#include "store/transaction.h"

namespace purser::spapi {

// The values of the stored names, which are part of the file's format. Each throws corrupt for a name that
// this library did not write.
Region region_of(std::string_view name);
State state_of(std::string_view name);
Environment environment_of(std::string_view name);

struct CredentialRow {
  std::string seller_id;
  Region region = Region::na;
  Sealed client_id, client_secret, refresh_token;
  std::int64_t version = 0;
  Instant changed_at, secret_made_at;
};

std::optional<CredentialRow> find_credential(store::Snapshot& view, const std::string& account);

std::vector<std::string> list_accounts(store::Snapshot& view);  // by name

// Its three sealed texts, each with where it stands. The places point into `account`.
struct SealedText {
  Cell cell;
  Sealed sealed;
};
std::vector<SealedText> sealed_texts(const std::string& account, const CredentialRow& row);

// Throws as `open`.
Credentials open_credentials(const KeyRing& ring, const std::string& account, const CredentialRow& row);

bool have_same_values(const Credentials& a, const Credentials& b);

// Seals and stores; version, changed_at and secret_made_at are the row's.
void put_credential(store::Transaction& change, const KeyRing& ring, const std::string& key_id,
                    const std::string& account, const Credentials& credentials, const CredentialRow& row);

// The id of the key that seals in this file. Where nothing was ever sealed it becomes the ring's first; where
// the file names another of the ring's keys, that one goes on sealing, so that workers with an older ring go
// on until the rotation has told the file. Throws UnknownKey where the ring lacks the file's.
std::string ensure_sealing_key(store::Transaction& change, const KeyRing& ring);
// The same question, and nothing stored.
void require_sealing_key(store::Snapshot& view, const KeyRing& ring);
std::optional<std::string> find_sealing_key_id(store::Snapshot& view);
// As the public one.
KeyRing ring_for(store::Connection& connection);

// The names of a set of credentials in spapi_access, and of its lease.
std::string database_name(const std::string& account);
std::string environment_name(store::Snapshot& view, const Credentials& credentials);
std::string lease_name(const std::string& name);

// Where the access token of that name stands.
Cell token_cell(const std::string& name);

struct StoredToken {
  std::string name;
  Sealed sealed;
};
std::vector<StoredToken> list_tokens(store::Snapshot& view);  // by name

// The token of that name: false where there is one that does not open.
bool token_opens(store::Snapshot& view, const KeyRing& ring, const std::string& name);

}  // namespace purser::spapi
