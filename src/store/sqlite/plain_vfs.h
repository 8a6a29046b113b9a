// SQLite's way to files, but it opens the very name that it is given. By itself SQLite follows links before
// it opens: whoever may rename in a folder could so lead it to a file of somebody else's. Here the links were
// followed before (real_path.h), and the last one never is, since SQLite opens with O_NOFOLLOW.
#pragma once

namespace purser::store {

// Its name, for SQLite::Database. It hands everything else to what is the default at this moment.
const char* plain_vfs();

}  // namespace purser::store
