// The files that a verb reads beside the database, and the folder it makes for it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace purser::cli {

// A service's answer, from a file, a pipe (such as a shell's `<(…)`) or, for "-", from standard input; at
// most 256 MiB. Throws io_error where it cannot be read or a pipe has no writer, invalid_response where it
// is larger.
// REQUIRES: the database is not open yet. Were `file` the database, closing it here would drop the locks that
// this process holds on it.
std::string read_response(const std::string& file);

inline constexpr std::size_t kLargestPrompt = std::size_t{1024} * 1024;

// A prompt for xAI, from standard input. Throws io_error; invalid_text where it is larger than
// kLargestPrompt.
std::string read_prompt();

// A seller's credentials, from standard input. Throws io_error; usage where they are larger than 64 KiB.
std::string read_credentials();

// The lines of standard input. Throws io_error; usage where they are larger than 16 MiB together.
std::vector<std::string> read_lines();

// Makes the folder and those above it that do not exist, for this user alone.
void make_private_folder(const std::filesystem::path& folder);

}  // namespace purser::cli
