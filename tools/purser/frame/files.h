// The files a verb touches beside the database.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace purser::cli {

// What a service answered, from a file, a pipe (as of a shell's `<(…)`) or, for "-", from standard input; at
// most 256 MiB. Throws io_error where it cannot be read, also a pipe that nobody writes to, invalid_response
// where it is larger.
// Call it before the database is opened: a process must never close a descriptor of its own on that file.
std::string read_response(const std::string& file);

inline constexpr std::size_t kLargestPrompt = std::size_t{1024} * 1024;

// A prompt for xAI, from standard input. Throws io_error, and invalid_text where it is larger.
std::string read_prompt();

// A seller's credentials, from standard input. Throws io_error, and usage where they are larger than 64 KiB.
std::string read_credentials();

// The lines of standard input. Throws io_error, and usage where they are larger than 16 MiB together.
std::vector<std::string> read_lines();

// Makes the folder and those above it that do not exist, for this user alone.
void make_private_folder(const std::filesystem::path& folder);

}  // namespace purser::cli
