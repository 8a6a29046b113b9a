#include "bench/measure/scratch.h"

#include <stdlib.h>

#include <stdexcept>
#include <system_error>

#include "purser/create.h"
#include "purser/keepa.h"

namespace bench {

namespace fs = std::filesystem;
using purser::Database;

Scratch::Scratch(const fs::path& where) {
  std::string pattern = (fs::absolute(where) / "purser-bench-XXXXXX").lexically_normal().string();
  if (mkdtemp(pattern.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "cannot make a folder in " + where.string());
  }
  path_ = pattern;
}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path make_database(const fs::path& path, purser::Durability durability) {
  create_database({.path = path}, durability);
  Database database = Database::open({.path = path});
  purser::keepa::Observation observation;
  observation.tokens_left = purser::tokens(1'000'000);
  observation.refill_rate = purser::tokens(0);
  purser::keepa::Ledger(database).observe(observation);
  return path;
}

}  // namespace bench
