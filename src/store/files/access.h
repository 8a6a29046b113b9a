// Why a user may not open a file, in words: who owns it, and who this user is. From stat and access alone:
// nothing is opened (see the rule in sqlite_connection.cpp).
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace purser::store {

// The user's name, as "purser"; "user 999" where the machine knows none.
std::string user_in_words(uid_t user);

// "it belongs to root (0600), you are purser: run as its owner"; "the folder /x belongs to ..." where this
// user cannot enter that folder, or where there is no such file. Empty where this user owns it, or where
// neither can be looked at.
std::string whose_file(const std::filesystem::path& path);

// Why this user cannot open the database, and what to do; empty where no such reason is found.
std::string why_not_opened(const std::filesystem::path& database);

}  // namespace purser::store
