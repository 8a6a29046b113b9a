// SQLite's default VFS, except that it opens the very name that it is given. SQLite's own follows links
// before it opens: a user who may rename in a folder could so lead it to somebody else's file. Here links
// were followed before (real_path.cpp), and a last component that is a link is refused: SQLite opens with
// O_NOFOLLOW.
#pragma once

namespace purser::store {

// The VFS's name, for SQLite::Database. All other methods go to the VFS that is the default at this call.
const char* plain_vfs();

}  // namespace purser::store
