// SQLite's result codes as Purser's errors, by the remedy that each needs.
#pragma once

#include <SQLiteCpp/Exception.h>

#include <string>

#include "purser/error.h"

namespace purser::store {

ErrorCode error_code_of(int extended_result);

// The message has the engine's own text, never a bound value.
[[noreturn]] void throw_purser_error(const SQLite::Exception& fault);

// Runs `work`; rethrows an exception of SQLiteCpp as purser::Error.
template <typename Work>
decltype(auto) translating(Work&& work) {
  try {
    return work();
  } catch (const SQLite::Exception& fault) {
    throw_purser_error(fault);
  }
}

}  // namespace purser::store
