// A file that somebody names as input, read within bounds before the database is open.
#pragma once

#include <filesystem>
#include <string>

#include "purser/clock.h"

namespace purser::legacy {

struct ImportFile {
  std::filesystem::path path;
  std::string text;
  Instant written_at;

  ImportFile(std::filesystem::path file, std::string content, Instant written)
      : path(std::move(file)), text(std::move(content)), written_at(written) {}
  ~ImportFile();  // wiped: there may be secrets in it
  ImportFile(const ImportFile&) = delete;
  ImportFile& operator=(const ImportFile&) = delete;
};

// "FILE: why", as invalid_import.
[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why);

// Throws invalid_import for what is no plain file, is empty or larger than kLargestImport; io_error.
ImportFile read_import_file(const std::filesystem::path& file);
// The same but for the size, and nothing is read: for SQLite, which opens it itself.
void require_import_file(const std::filesystem::path& file);

}  // namespace purser::legacy
