// SQLite's result codes as Purser's errors: sorted by what a person would do about them.
#pragma once

#include <SQLiteCpp/Exception.h>

#include <string>

#include "purser/error.h"

namespace purser::store {

ErrorCode error_code_of(int extended_result);

// Messages hold the SQL engine's words, never a bound value.
[[noreturn]] void throw_purser_error(const SQLite::Exception& fault);

// Runs `work`; what SQLiteCpp throws comes out as purser::Error.
template <typename Work>
decltype(auto) translating(Work&& work) {
  try {
    return work();
  } catch (const SQLite::Exception& fault) {
    throw_purser_error(fault);
  }
}

}  // namespace purser::store
