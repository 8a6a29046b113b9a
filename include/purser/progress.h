// How far a long work is: a copy, an upgrade, a removal of old rows.
#pragma once

#include <cstdint>
#include <functional>

namespace purser {

// `done` and `whole` count in units of the work's own (pages, bytes, rows); `whole` may change on the way.
//
// Threads: called on the thread that called the library, outside any transaction.
// Exceptions: what it throws ends the work and comes out of it. A file that was half made is removed; rows
//   that prune had removed before stay removed.
using Progress = std::function<void(std::int64_t done, std::int64_t whole)>;

}  // namespace purser
