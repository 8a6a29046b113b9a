// The books whose prices the demonstration's workers ask about: real keys where the predecessor's cache is at
// hand, else a few of the project's own.
#pragma once

#include <filesystem>
#include <vector>

#include "purser/xai.h"

namespace demo {

struct Book {
  purser::xai::Question question;
  bool verdict;  // what xAI said of it, and says again in the demonstration
};

// Reads a JSON object {"reasonableness:TITLE|CATEGORY|SEASON|PRICE": "True" or "False", ...}; other keys are
// passed over. At most `most` books, in the file's order. Throws std::runtime_error where there is none.
std::vector<Book> load_books(const std::filesystem::path& file, std::size_t most);

}  // namespace demo
