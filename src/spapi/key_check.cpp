// Whether every secret of the file opens with a key of the ring.
#include <fmt/format.h>

#include "spapi/access_book.h"
#include "spapi/credential_rows.h"
#include "spapi/maintenance.h"

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

}  // namespace

// A rotation between the reading of the ring and that of the database looks like a key that is missing.
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

KeyCheck check_keys(store::Snapshot& view, const KeyRing& ring) {
  KeyCheck check;
  check.stored_key_id = stored_key_id(view);
  for (const std::string& account : stored_accounts(view)) {
    auto row = find_credential(view, account);
    for (const SealedText& sealed : sealed_texts(account, *row)) {
      check_one(check, sealed.place.what, sealed.sealed.key_id,
                [&] { Wiped plain(open(ring, sealed.place, sealed.sealed)); });
    }
  }
  for (const StoredToken& token : stored_tokens(view)) {
    Place place = token_place(token.name);
    check_one(check, place.what, token.sealed.key_id, [&] { Wiped plain(open(ring, place, token.sealed)); });
  }
  return check;
}

}  // namespace purser::spapi
