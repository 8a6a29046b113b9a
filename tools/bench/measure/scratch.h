// The folder of one run, and the databases in it.
#pragma once

#include <filesystem>
#include <string>

#include "purser/database.h"

namespace bench {

// A new folder, which is removed with everything in it.
class Scratch {
 public:
  explicit Scratch(const std::filesystem::path& where);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Makes a database with ample tokens and no refill, so that a grant books its hold and nothing else. Returns
// its path; it is closed.
std::filesystem::path make_database(const std::filesystem::path& path, purser::Durability durability);

}  // namespace bench
