// The folder of one run, and the databases in it.
#pragma once

#include <filesystem>
#include <string>

#include "purser/database.h"

namespace bench {

// A fresh folder, and gone with it everything in it.
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

// A database with tokens for ever and no refill: a grant then books its hold and nothing else. Nobody has it
// open afterwards.
std::filesystem::path make_database(const std::filesystem::path& path, purser::Durability durability);

}  // namespace bench
