// The making of a database, which `purser init` does once; a worker opens what is there.
//
//   purser::create_database({.path = "/var/lib/purser/purser.db"});
//   auto database = purser::Database::open({.path = "/var/lib/purser/purser.db"});
//
// Kills: the database is built under another name (`<path>-unfinished`) and renamed when it is complete, so a
//   kill at any instruction leaves no database or a whole one. The next call removes what is left.
// Processes: any number may call it at once; one makes the database, the others find it.
#pragma once

#include "purser/database.h"

namespace purser {

// Makes the database, with the newest schema, or finds it there; then `durability` changes nothing. Returns
// true when it was made. Never replaces a file that has content.
//
// Throws as Database::open does, and: usage for a path that is too long or ends as the names of unfinished
// work do, already_exists, busy, disk_full.
bool create_database(const DatabaseOptions& options, Durability durability = Durability::full);

}  // namespace purser
