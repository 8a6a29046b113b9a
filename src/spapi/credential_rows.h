// Credentials as rows, sealed and opened, and the key that seals in this file. Shared by Sellers, the key
// functions (keys.cpp), the access tokens and the import.
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

// The three sealed texts of a row, each with its cell. REQUIRES: `account` outlives them (the cells point
// into it).
struct SealedText {
  Cell cell;
  Sealed sealed;
};
std::vector<SealedText> sealed_texts(const std::string& account, const CredentialRow& row);

// Throws as `open`.
Credentials open_credentials(const KeyRing& ring, const std::string& account, const CredentialRow& row);

bool have_same_values(const Credentials& a, const Credentials& b);

// Seals and stores the credentials. Of `row` only version, changed_at and secret_made_at are used.
void put_credential(store::Transaction& change, const KeyRing& ring, const std::string& key_id,
                    const std::string& account, const Credentials& credentials, const CredentialRow& row);

// The id of the key that seals in this file; the ring's first becomes it where nothing was ever sealed. If
// the file names another key of the ring, that one keeps sealing, so that workers with an older ring keep
// working until a rotation has changed the file. Throws UnknownKey where the ring lacks the file's key.
std::string ensure_sealing_key(store::Transaction& change, const KeyRing& ring);
// Throws UnknownKey as ensure_sealing_key, and stores nothing.
void require_sealing_key(store::Snapshot& view, const KeyRing& ring);
std::optional<std::string> find_sealing_key_id(store::Snapshot& view);
// As the public function of that name.
KeyRing ring_for(store::Connection& connection);

// The names of a set of credentials in spapi_access (of the database's, of the environment's), and the name
// of the lease for such a name.
std::string database_name(const std::string& account);
std::string environment_name(store::Snapshot& view, const Credentials& credentials);
std::string lease_name(const std::string& name);

Cell token_cell(const std::string& name);

struct StoredToken {
  std::string name;
  Sealed sealed;
};
std::vector<StoredToken> list_tokens(store::Snapshot& view);  // by name

// False where the row has a token that does not open; true also where it has none.
bool token_opens(store::Snapshot& view, const KeyRing& ring, const std::string& name);

}  // namespace purser::spapi
