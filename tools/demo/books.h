// The books whose prices the demonstration's workers ask about: from the predecessor's cache if it is at
// hand, otherwise from books.json.
#pragma once

#include <filesystem>
#include <vector>

#include "purser/xai_verdicts.h"

namespace demo {

struct Book {
  purser::xai::Question question;
  bool verdict;  // what the stand-in answers: true for a price of at most kReasonableUpTo
};

inline constexpr purser::Cents kReasonableUpTo{60'00};

// Reads at most `most` books from a JSON object {"reasonableness:TITLE|CATEGORY|SEASON|PRICE": ..., ...}, in
// its order; ignores other keys. Throws std::runtime_error if there is no book.
std::vector<Book> load_books(const std::filesystem::path& file, std::size_t most);

}  // namespace demo
