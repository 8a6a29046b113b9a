// Makes a database, as `purser init` does once; a worker only opens it.
//
//   purser::create_database({.path = "/var/lib/purser/purser.db"});
//   auto database = purser::Database::open({.path = "/var/lib/purser/purser.db"});
//
// Kills: the database is built under another name (`<path>-unfinished`) and renamed when it is complete, so a
//   kill at any instruction leaves no database or a whole one. The next call removes an unfinished file.
// Processes: any number may call it at once; one makes the database, the others find it.
// Library: purser::maintenance.
#pragma once

#include "purser/database.h"

namespace purser {

// Makes the database, with the newest schema, and returns true. Returns false where it exists already: it
// stays as it is, with its own durability. Never replaces a file that has content.
//
// Throws as Database::open does, and: usage for a path that is too long or ends in a suffix of unfinished
// files, already_exists, busy, disk_full.
bool create_database(const DatabaseOptions& options, Durability durability = Durability::full);

}  // namespace purser
