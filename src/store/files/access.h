// Why a user may not open a file, in words: whose it is, and who asks. By stat and access: nothing is opened
// (see the rule in sqlite_connection.cpp).
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace purser::store {

// "purser"; "user 999" where the machine knows no name.
std::string user_in_words(uid_t user);

// "it belongs to root (0600), you are purser: run as its owner"; "the folder /x belongs to ..." where that is
// what this user does not get into, or where there is no such file. Empty where neither can be looked at.
std::string whose_file(const std::filesystem::path& path);

// What keeps this user from opening that database, and what to do; empty where nothing of the kind is seen.
std::string why_not_opened(const std::filesystem::path& database);

}  // namespace purser::store
