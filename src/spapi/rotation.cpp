// A new master key for everything that is sealed in the file.
//
// The order makes every moment safe: first the ring has both keys, then the database changes from one to the
// other in one transaction. Whoever is killed between leaves a ring whose first key is not the database's:
// the next rotation ends that one before it begins another.
#include <fmt/format.h>

#include "base/environment.h"
#include "spapi/credential_rows.h"
#include "spapi/key_file.h"
#include "spapi/sql.h"
#include "store/connection.h"
#include "store/files/file_checks.h"

namespace purser::spapi {
namespace {

// A copy that systemd makes anew at each start: the next start would bring the old ring back.
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
  for (const std::string& account : stored_accounts(change)) {
    auto row = find_credential(change, account);
    put_credential(change, ring, key_id, account, open_credentials(ring, account, *row), *row);
    texts += static_cast<std::int64_t>(sealed_texts(account, *row).size());
  }
  return texts;
}

std::int64_t reseal_tokens(store::Transaction& change, const KeyRing& ring, const std::string& key_id) {
  auto tokens = stored_tokens(change);
  for (const StoredToken& token : tokens) {
    Wiped plain(open(ring, token_place(token.name), token.sealed));
    change.run(sql::kResealToken, token.name, store::Blob{seal(ring, key_id, token_place(token.name), plain.text)}, key_id);
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

// The key that seals now; a file that has sealed nothing yet takes the ring's first, so that a rotation which
// was cut short can be told from one that never was. What somebody put back under an older key of the ring
// comes under this one: the ring is about to lose the older one.
std::string key_of_all(store::Connection& connection, const KeyRing& ring) {
  store::Transaction change(connection);
  std::string key_id = sealing_key(change, ring);
  if (has_secrets_under_another_key(change)) reseal_all(change, ring, key_id);
  change.commit();
  return key_id;
}

// All of it opens, or this throws before the ring is touched.
void rehearse(store::Connection& connection, const KeyRing& ring, const std::string& key_id) {
  store::Transaction rehearsal(connection);
  reseal_all(rehearsal, ring, key_id);
}

}  // namespace

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
