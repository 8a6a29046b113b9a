// The master key of a database of sealed secrets: which key seals, whether a ring opens everything, a new key.
//
//   auto ring = purser::spapi::ring_for(db);
//   if (purser::spapi::check_keys(db, ring).unopened.empty()) purser::spapi::rotate_keys(db, ring);
//
// Threads, processes, ownership: as the Database. Errors: purser::Error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "purser/database.h"
#include "purser/key_ring.h"

namespace purser::spapi {

// The ring of the environment. Where there is none (no_master_key) and this database is sealed, the message
// names the key whose copy is needed, since a new one would open nothing.
KeyRing ring_for(Database& database);

// The id of the master key under which the file's secrets are sealed; nullopt: nothing is. Needs no key.
std::optional<std::string> sealing_key_id(Database& database);

// Opens every sealed text of the file: which rows do not open, and with which key id. For `purser key check`.
struct KeyCheck {
  std::optional<std::string> stored_key_id;  // nullopt: nothing was ever sealed
  std::int64_t opened = 0;
  std::vector<std::string> unopened;  // "the refresh token of 'default' (key 0123456789abcdef)"
};
// Where one does not, the ring is read again before it is told: a rotation may have come between.
KeyCheck check_keys(Database& database, KeyRing& ring);

// A new first key for the ring's file and for every secret of the database, for `purser key rotate`. The
// present key stays on the ring, second, until the next rotation; older ones are dropped, so a backup from
// before needs a copy of its ring. Running workers go on: no moment has a secret under a key that is not on
// the file. A secret that does not open (wrong_master_key) stops it with nothing changed. Killed between the
// file and the database it is finished by the next call, which then makes no further key: so it is too for
// the second of two databases that share a ring.
struct Rotation {
  std::string old_key_id, key_id;
  std::int64_t resealed = 0;         // sealed texts
  std::vector<std::string> dropped;  // ids that the ring no longer has
  bool finished_earlier = false;     // the ring was ahead of this database: no key was made
};
// Throws no_master_key for a ring of PURSER_KEY or of $CREDENTIALS_DIRECTORY, which no rotation can change;
// busy where another rotation does not end, read_only.
Rotation rotate_keys(Database& database, KeyRing& ring);

}  // namespace purser::spapi
