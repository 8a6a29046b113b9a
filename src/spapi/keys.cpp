// Why a rotation is safe at every moment: first the ring gets both keys, then the database changes from one
// to the other in one transaction. A rotation that is killed in between leaves a ring whose first key is not
// the database's; the next call finishes it before it makes another key.
#include "purser/spapi_keys.h"

#include <fmt/format.h>

#include "base/environment.h"
#include "spapi/credential_rows.h"
#include "spapi/key_file.h"
#include "spapi/maintenance.h"
#include "spapi/sql.h"
#include "store/connection.h"
#include "store/files/file_checks.h"

namespace purser::spapi {
namespace {

template <typename Open>
void check_one(KeyCheck& check, const std::string& what, const std::string& key_id, const Open& open_it) {
  try {
    open_it();
    ++check.opened;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::wrong_master_key) throw;
    check.unopened.push_back(fmt::format("{} (key {})", what, key_id));
  }
}

KeyCheck check_once(Database& database, const KeyRing& ring) {
  store::Snapshot view(database.connection());
  return check_keys(view, ring);
}

// Whether the file is a copy that systemd makes at each start: the next start would restore the old ring.
bool is_credential(const std::filesystem::path& file) {
  std::string folder = environment("CREDENTIALS_DIRECTORY");
  return !folder.empty() && store::real_path(file).parent_path() == store::real_path(folder);
}

void require_file(const KeyRing& ring) {
  if (ring.file().empty()) {
    throw Error(ErrorCode::no_master_key,
                "the master key comes from PURSER_KEY, which no rotation can change: write it into a file of "
                "mode 0600, as one line \"purser-key-1 \" and the key, set PURSER_KEY_FILE to that file for "
                "every worker, and rotate then");
  }
  if (is_credential(ring.file())) {
    throw Error(
        ErrorCode::no_master_key,
        fmt::format("{} is a copy that systemd makes at each start, which no rotation can change: set "
                    "PURSER_KEY_FILE to the file that LoadCredential= names, rotate that, and restart "
                    "the workers",
                    ring.file().string()));
  }
}

std::int64_t reseal_credentials(store::Transaction& change, const KeyRing& ring, const std::string& key_id) {
  std::int64_t texts = 0;
  for (const std::string& account : list_accounts(change)) {
    auto row = find_credential(change, account);
    put_credential(change, ring, key_id, account, open_credentials(ring, account, *row), *row);
    texts += static_cast<std::int64_t>(sealed_texts(account, *row).size());
  }
  return texts;
}

std::int64_t reseal_tokens(store::Transaction& change, const KeyRing& ring, const std::string& key_id) {
  auto tokens = list_tokens(change);
  for (const StoredToken& token : tokens) {
    SecretString plain(open(ring, token_cell(token.name), token.sealed));
    change.run(sql::kResealToken, token.name,
               store::Blob{seal(ring, key_id, token_cell(token.name), plain.text)}, key_id);
  }
  return static_cast<std::int64_t>(tokens.size());
}

std::int64_t reseal_all(store::Transaction& change, const KeyRing& ring, const std::string& key_id) {
  std::int64_t texts = reseal_credentials(change, ring, key_id) + reseal_tokens(change, ring, key_id);
  change.run(sql::kStoreKeyId, key_id);
  return texts;
}

bool has_secrets_under_another_key(store::Transaction& change) {
  auto row = change.rows(sql::kStraySecrets);
  row.step();
  return row.get<std::int64_t>(0) != 0;
}

// The key that seals now; a file that has sealed nothing yet takes the ring's first, so that a rotation that
// was cut short can be distinguished from none. Seals everything under that key where some rows (restored by
// hand, say) are still under an older one: the ring is about to lose the older key.
std::string key_of_all(store::Connection& connection, const KeyRing& ring) {
  store::Transaction change(connection);
  std::string key_id = ensure_sealing_key(change, ring);
  if (has_secrets_under_another_key(change)) reseal_all(change, ring, key_id);
  change.commit();
  return key_id;
}

// Throws where a secret does not open, before the ring is changed. Commits nothing.
void rehearse(store::Connection& connection, const KeyRing& ring, const std::string& key_id) {
  store::Transaction rehearsal(connection);
  reseal_all(rehearsal, ring, key_id);
}

}  // namespace

KeyRing ring_for(Database& database) { return ring_for(database.connection()); }

std::optional<std::string> sealing_key_id(Database& database) {
  store::Snapshot view(database.connection());
  return find_sealing_key_id(view);
}

KeyCheck check_keys(store::Snapshot& view, const KeyRing& ring) {
  KeyCheck check;
  check.stored_key_id = find_sealing_key_id(view);
  for (const std::string& account : list_accounts(view)) {
    auto row = find_credential(view, account);
    for (const SealedText& sealed : sealed_texts(account, *row)) {
      check_one(check, sealed.cell.what, sealed.sealed.key_id,
                [&] { SecretString plain(open(ring, sealed.cell, sealed.sealed)); });
    }
  }
  for (const StoredToken& token : list_tokens(view)) {
    Cell cell = token_cell(token.name);
    check_one(check, cell.what, token.sealed.key_id,
              [&] { SecretString plain(open(ring, cell, token.sealed)); });
  }
  return check;
}

// If a rotation runs between reading the ring and reading the database, a key seems to be missing.
KeyCheck check_keys(Database& database, KeyRing& ring) {
  for (;;) {
    std::vector<std::string> known = ring.ids();
    KeyCheck check = check_once(database, ring);
    bool has_all = check.unopened.empty() && (!check.stored_key_id || ring.has(*check.stored_key_id));
    if (has_all) return check;
    ring.reread();
    if (ring.ids() == known) return check;
  }
}

Rotation rotate_keys(Database& database, KeyRing& ring) {
  require_file(ring);
  store::Connection& connection = database.connection();
  LockedKeyFile file(ring.file(), connection.clock());
  ring.reread();
  Rotation rotation;
  rotation.old_key_id = key_of_all(connection, ring);
  rehearse(connection, ring, rotation.old_key_id);
  rotation.finished_earlier = rotation.old_key_id != ring.current();
  if (!rotation.finished_earlier) {
    auto before = ring.ids();
    ring.put_new_key_first(file);
    rotation.dropped.assign(before.begin() + 1, before.end());
  }
  store::Transaction change(connection);
  rotation.key_id = ring.current();
  rotation.resealed = reseal_all(change, ring, rotation.key_id);
  change.commit();
  return rotation;
}

}  // namespace purser::spapi
