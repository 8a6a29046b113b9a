// The machine of the run: figures of different machines cannot be compared.
#pragma once

#include <filesystem>
#include <string>

namespace bench {

struct Machine {
  std::string cpu, kernel, file_system, sqlite, purser, date;
  int cores = 0;
};

Machine this_machine(const std::filesystem::path& folder);

}  // namespace bench
