// How far a long piece of work has come: a copy, an upgrade, a removal of old rows.
#pragma once

#include <cstdint>
#include <functional>

namespace purser {

// `done` and `whole` count pages, bytes or rows, as the function that takes it says; `whole` may change on
// the way.
//
// Threads: called on the thread that called the library, outside any transaction.
// Exceptions: an exception of the callback ends the work and reaches the caller. A half-made file is removed;
//   rows that prune had removed before stay removed.
using Progress = std::function<void(std::int64_t done, std::int64_t whole)>;

}  // namespace purser
