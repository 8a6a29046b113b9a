// The books whose prices the demonstration's workers ask about: real keys where the predecessor's cache is at
// hand, else a few of the project's own.
#pragma once

#include <filesystem>
#include <vector>

#include "purser/xai_verdicts.h"

namespace demo {

struct Book {
  purser::xai::Question question;
  bool verdict;  // what the stand-in says of it: a price of at most kReasonableUpTo is reasonable
};

inline constexpr purser::Cents kReasonableUpTo{60'00};

// Reads a JSON object {"reasonableness:TITLE|CATEGORY|SEASON|PRICE": ..., ...}; other keys are passed over.
// At most `most` books, in the file's order. Throws std::runtime_error where there is none.
std::vector<Book> load_books(const std::filesystem::path& file, std::size_t most);

}  // namespace demo
