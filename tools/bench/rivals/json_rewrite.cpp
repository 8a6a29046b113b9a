#include "bench/rivals/rivals.h"

#include <fmt/format.h>

#include <fstream>
#include <stdexcept>

#include "bench/measure/child.h"
#include "bench/measure/server.h"

namespace bench {
namespace {

constexpr char kProgram[] = R"py(
import json, os, statistics, sys, time
path, rows = sys.argv[1], int(sys.argv[2])
cache = {f"The book with the number {n} and a title of ordinary length|Books|Sep|{n}":
         {"verdict": True, "at": 1700000000000 + n} for n in range(rows)}
times = []
for n in range(21):
    began = time.perf_counter()
    cache[f"A new book {n}|Books|Sep|1"] = {"verdict": True, "at": 1700000000000}
    with open(path + ".new", "w") as file:
        json.dump(cache, file)
    os.replace(path + ".new", path)
    times.append(time.perf_counter() - began)
print(statistics.median(times) * 1e6)
)py";

}  // namespace

double json_rewrite_us(const std::filesystem::path& folder, int rows) {
  const std::string python = find_program("python3");
  if (python.empty()) throw Absent("there is no python3 (Debian: python3)");
  const std::filesystem::path output = folder / "json-rewrite.txt";
  if (run_program({python, "-c", kProgram, folder / "cache.json", std::to_string(rows)}, output) != 0) {
    throw Absent("python3 fails");
  }
  double microseconds = 0;
  std::ifstream(output) >> microseconds;
  if (!(microseconds > 0)) throw Absent("python3 says nothing");
  return microseconds;
}

}  // namespace bench
