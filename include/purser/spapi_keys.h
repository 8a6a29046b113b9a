// The master key of a database of sealed secrets: finds which key seals, checks whether a ring opens every
// secret, and changes to a new key.
//
//   auto ring = purser::spapi::ring_for(db);
//   if (purser::spapi::check_keys(db, ring).unopened.empty()) purser::spapi::rotate_keys(db, ring);
//
// Threads, processes, ownership: as the Database. Errors: purser::Error.
// Library: purser::maintenance.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "purser/database.h"
#include "purser/key_ring.h"

namespace purser::spapi {

// The ring of the environment. Throws no_master_key where there is none; the message names the key whose copy
// is needed if this database is sealed, since a new key would open nothing.
KeyRing ring_for(Database& database);

// The id of the master key that seals the file's secrets; nullopt: nothing is sealed. Needs no key.
std::optional<std::string> sealing_key_id(Database& database);

// Which sealed texts of the file do not open, and under which key each is. For `purser key check`.
struct KeyCheck {
  std::optional<std::string> stored_key_id;  // nullopt: nothing was ever sealed
  std::int64_t opened = 0;
  std::vector<std::string> unopened;  // "the refresh token of 'default' (key 0123456789abcdef)"
};
// Tries to open every sealed text. If one does not open, reads the ring's file again before reporting it: a
// rotation may have finished in between.
KeyCheck check_keys(Database& database, KeyRing& ring);

// For `purser key rotate`: puts a new key first in the ring's file and seals every secret of the database
// under it. The old key stays on the ring, second, until the next rotation; older ones are dropped, so an
// older backup needs a copy of the ring of its time. Workers keep running: at no moment is a secret sealed
// under a key that the ring's file lacks. A secret that does not open (wrong_master_key) stops the rotation
// with nothing changed. If a rotation is killed between the ring's file and the database, the next call
// finishes it and makes no further key; the second of two databases that share a ring is rotated in the same
// way.
struct Rotation {
  std::string old_key_id, key_id;
  std::int64_t resealed = 0;         // sealed texts
  std::vector<std::string> dropped;  // ids that the ring no longer has
  bool finished_earlier = false;     // the ring was ahead of this database: no key was made
};
// Throws no_master_key for a ring of PURSER_KEY or of $CREDENTIALS_DIRECTORY, which no rotation can change,
// busy where another rotation does not end, and read_only.
Rotation rotate_keys(Database& database, KeyRing& ring);

}  // namespace purser::spapi
