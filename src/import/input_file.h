// A file to import, read up to a largest size before the database is open.
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

// Throws invalid_import: "FILE: why".
[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why);

// Throws invalid_import for a folder or a device, an empty file and one larger than kLargestImport; io_error.
ImportFile read_import_file(const std::filesystem::path& file);
// Throws as read_import_file, for a file of any size; reads nothing, since SQLite opens it itself.
void require_import_file(const std::filesystem::path& file);

}  // namespace purser::legacy
