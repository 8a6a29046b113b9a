#include "spapi/credential_rows.h"

#include <fmt/format.h>
#include <sodium.h>

#include <array>

#include "base/environment.h"
#include "base/hex.h"
#include "spapi/names.h"
#include "spapi/sql.h"

namespace purser::spapi {
namespace {

using store::Blob;

constexpr std::string_view kTable = "spapi_credential";
constexpr std::string_view kDatabase = "database ";

Place credential_place(const std::string& account, std::string_view column, const char* what) {
  return {kTable, account, column, fmt::format("the {} of '{}'", what, account)};
}
Place client_id_place(const std::string& account) {
  return credential_place(account, "client_id_sealed", "client id");
}
Place client_secret_place(const std::string& account) {
  return credential_place(account, "client_secret_sealed", "client secret");
}
Place refresh_token_place(const std::string& account) {
  return credential_place(account, "refresh_token_sealed", "refresh token");
}

struct Sealing {
  std::optional<std::string> key_id;
  std::string salt;
};

Sealing load_sealing(store::Snapshot& view) {
  auto row = view.rows(sql::kFindSealing);
  if (!row.step()) throw Error(ErrorCode::corrupt, "the one row of spapi_sealing is missing");
  return {row.get<std::optional<std::string>>(0), row.get<Blob>(1).bytes};
}

[[noreturn]] void throw_unknown(const std::string& key_id) {
  throw UnknownKey("what this database holds", key_id);
}

// A new key in the place of the missing one would open nothing, and lie where the copy belongs.
[[noreturn]] void throw_missing(const std::string& key_id) {
  std::string file = environment("PURSER_KEY_FILE");
  std::string what = file.empty()
                         ? fmt::format(
                               "no master key is set, and this database is sealed under key {}: set "
                               "PURSER_KEY_FILE to the file with that key",
                               key_id)
                         : fmt::format(
                               "there is no key file {}, and this database is sealed under key {}: put "
                               "your copy of that key there",
                               file, key_id);
  throw Error(ErrorCode::no_master_key,
              what +
                  "; only if it is lost: `purser spapi remove` for each account, `purser key generate`, "
                  "and set the credentials again");
}

}  // namespace

std::optional<CredentialRow> find_credential(store::Snapshot& view, const std::string& account) {
  auto row = view.rows(sql::kFindCredential, account);
  if (!row.step()) return std::nullopt;
  auto key_id = row.get<std::string>(5);
  return CredentialRow{row.get<std::string>(0),
                       region_of(row.get<std::string>(1)),
                       {row.get<Blob>(2).bytes, key_id},
                       {row.get<Blob>(3).bytes, key_id},
                       {row.get<Blob>(4).bytes, key_id},
                       row.get<std::int64_t>(6),
                       row.get<Instant>(7),
                       row.get<Instant>(8)};
}

std::vector<std::string> stored_accounts(store::Snapshot& view) {
  std::vector<std::string> accounts;
  auto row = view.rows(sql::kListAccounts);
  while (row.step()) accounts.push_back(row.get<std::string>(0));
  return accounts;
}

std::vector<SealedText> sealed_texts(const std::string& account, const CredentialRow& row) {
  return {{client_id_place(account), row.client_id},
          {client_secret_place(account), row.client_secret},
          {refresh_token_place(account), row.refresh_token}};
}

Credentials open_credentials(const KeyRing& ring, const std::string& account, const CredentialRow& row) {
  Credentials credentials;
  credentials.seller_id = row.seller_id;
  credentials.region = row.region;
  credentials.client_id = open(ring, client_id_place(account), row.client_id);
  credentials.client_secret = open(ring, client_secret_place(account), row.client_secret);
  credentials.refresh_token = open(ring, refresh_token_place(account), row.refresh_token);
  return credentials;
}

bool have_same_values(const Credentials& a, const Credentials& b) {
  return a.seller_id == b.seller_id && a.region == b.region && a.client_id == b.client_id &&
         a.client_secret == b.client_secret && a.refresh_token == b.refresh_token;
}

void put_credential(store::Transaction& change, const KeyRing& ring, const std::string& key_id,
                    const std::string& account, const Credentials& credentials, const CredentialRow& row) {
  change.run(sql::kPutCredential, account, credentials.seller_id, name_of(credentials.region),
            Blob{seal(ring, key_id, client_id_place(account), credentials.client_id)},
            Blob{seal(ring, key_id, client_secret_place(account), credentials.client_secret)},
            Blob{seal(ring, key_id, refresh_token_place(account), credentials.refresh_token)}, key_id,
            row.version, row.changed_at, row.secret_made_at);
}

std::string sealing_key(store::Transaction& change, const KeyRing& ring) {
  auto stored = load_sealing(change).key_id;
  if (!stored) {
    change.run(sql::kStoreKeyId, ring.current());
    return ring.current();
  }
  if (!ring.has(*stored)) throw_unknown(*stored);
  return *stored;
}

void require_sealing_key(store::Snapshot& view, const KeyRing& ring) {
  auto stored = load_sealing(view).key_id;
  if (stored && !ring.has(*stored)) throw_unknown(*stored);
}

std::optional<std::string> stored_key_id(store::Snapshot& view) { return load_sealing(view).key_id; }

KeyRing ring_for(store::Connection& connection) {
  try {
    return KeyRing::from_environment();
  } catch (const Error& fault) {
    if (fault.code() != ErrorCode::no_master_key) throw;
    store::Snapshot view(connection);
    auto stored = stored_key_id(view);
    if (!stored) throw;
    throw_missing(*stored);
  }
}

KeyRing ring_for(Database& database) { return ring_for(database.connection()); }

std::optional<std::string> sealing_key_id(Database& database) {
  store::Snapshot view(database.connection());
  return stored_key_id(view);
}

std::string database_name(const std::string& account) { return fmt::format("{}{}", kDatabase, account); }

// The salt is the key of the hash: who has only the hash can try nothing.
std::string environment_name(store::Snapshot& view, const Credentials& credentials) {
  start_sodium();
  std::string salt = load_sealing(view).salt;
  crypto_generichash_state state{};
  crypto_generichash_init(&state, bytes_of(salt), salt.size(), crypto_generichash_BYTES_MIN);
  for (std::string_view part :
       {std::string_view(credentials.seller_id), name_of(credentials.region),
        std::string_view(credentials.client_id), std::string_view(credentials.client_secret),
        std::string_view(credentials.refresh_token)}) {
    std::string length = fmt::format("{}:", part.size());
    crypto_generichash_update(&state, bytes_of(length), length.size());
    crypto_generichash_update(&state, bytes_of(part), part.size());
  }
  std::array<unsigned char, crypto_generichash_BYTES_MIN> hash{};
  crypto_generichash_final(&state, hash.data(), hash.size());
  sodium_memzero(&state, sizeof state);
  return "environment " + hex_of(hash.data(), hash.size());
}

std::string lease_name(const std::string& name) { return "spapi " + name; }

Place token_place(const std::string& name) {
  bool stored = name.rfind(kDatabase, 0) == 0;
  return {"spapi_access", name, "token_sealed",
          stored ? fmt::format("the access token of '{}'", name.substr(kDatabase.size()))
                 : "the access token of the environment's credentials"};
}

std::vector<StoredToken> stored_tokens(store::Snapshot& view) {
  std::vector<StoredToken> tokens;
  auto row = view.rows(sql::kListTokens);
  while (row.step()) {
    tokens.push_back({row.get<std::string>(0), {row.get<Blob>(1).bytes, row.get<std::string>(2)}});
  }
  return tokens;
}

bool token_opens(store::Snapshot& view, const KeyRing& ring, const std::string& name) {
  auto row = view.rows(sql::kFindAccess, name);
  if (!row.step() || row.is_null(0)) return true;
  try {
    Wiped token(open(ring, token_place(name), {row.get<Blob>(0).bytes, row.get<std::string>(2)}));
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace purser::spapi
