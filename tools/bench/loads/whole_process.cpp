#include "bench/loads/whole_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cctype>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "bench/measure/client.h"
#include "bench/measure/scratch.h"
#include "keepa/sql.h"

namespace bench {
namespace {

namespace fs = std::filesystem;
namespace sql = purser::keepa::sql;
using purser::Durability;

// Without this, sqlite3 would copy the whole WAL into the file when it ends, and remove it. The program
// purser leaves that to processes that write much.
constexpr char kNoCheckpoint[] = ".dbconfig no_ckpt_on_close on";

constexpr std::int64_t kCost = 80'000, kLifetimeMs = 600'000, kHourMs = 3'600'000;

std::string text(const std::string& value) { return "'" + value + "'"; }

// Replaces each numbered parameter of the statement by a literal.
std::string with_literals(const std::string& statement, const std::vector<std::string>& literals) {
  std::string all;
  for (std::size_t at = 0; at < statement.size(); ++at) {
    if (statement[at] != '?') {
      all += statement[at];
      continue;
    }
    std::size_t number = 0;
    while (at + 1 < statement.size() && std::isdigit(static_cast<unsigned char>(statement[at + 1])) != 0) {
      number = number * 10 + static_cast<std::size_t>(statement[++at] - '0');
    }
    all += literals.at(number - 1);
  }
  return all + ";\n";
}

// The statements of Ledger::acquire for grant number `grants` in a database that nothing else uses.
std::string script_of(Durability durability, int grants) {
  const std::int64_t now = now_ms();
  const std::string id = text(make_id(now)), at = std::to_string(now), cost = std::to_string(kCost);
  const std::string held = std::to_string(grants * kCost), task = text("backfiller"),
                    worker = text("bench:1"), balance = "1000000000";
  std::string script =
      durability == Durability::full ? "PRAGMA synchronous = FULL;\n" : "PRAGMA synchronous = NORMAL;\n";
  script += "PRAGMA foreign_keys = ON;\nBEGIN IMMEDIATE;\n";
  script += with_literals(sql::kLoadAccount, {text("default")});
  script += with_literals(sql::kDueHolds, {"1", at, std::to_string(now + kHourMs)});
  script += with_literals(sql::kLoadPolicy, {task});
  script += with_literals(sql::kPlaces, {"1"});
  script += with_literals(sql::kInsertReservation,
                          {id, "1", task, worker, "NULL", cost, at, std::to_string(now + kLifetimeMs),
                           std::to_string(kLifetimeMs), "NULL", "1", "NULL"});
  script += with_literals(sql::kAppend, {"1", at, text("hold"), "0", cost, balance, held, task, worker, id});
  script += with_literals(sql::kStoreAccount, {"1", "1", balance, held, "0", at, "0", "0", "NULL", at, "NULL",
                                               balance, "1", "0"});
  return script + "COMMIT;\n";
}

double run_us(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  const auto began = std::chrono::steady_clock::now();
  pid_t pid = -1;
  const int error = posix_spawn(&pid, arguments.front(), &actions, nullptr, arguments.data(), environ);
  int wait_status = 0;
  if (error == 0) waitpid(pid, &wait_status, 0);
  const auto ended = std::chrono::steady_clock::now();
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::system_error(error, std::generic_category(), words.front());
  if (!WIFEXITED(wait_status) || WEXITSTATUS(wait_status) != 0) {
    throw std::runtime_error(fmt::format("{} failed", words.front()));
  }
  return std::chrono::duration<double, std::micro>(ended - began).count();
}

}  // namespace

WholeProcess measure_whole_process(const fs::path& folder, Durability durability, const fs::path& purser,
                                   const fs::path& sqlite3, int pairs) {
  const std::string name = durability == Durability::full ? "durable" : "normal";
  const fs::path own = make_database(folder / ("process-purser-" + name + ".db"), durability);
  const fs::path other = make_database(folder / ("process-sqlite3-" + name + ".db"), durability);
  WholeProcess found;
  for (int i = 0; i <= pairs; ++i) {
    const double purser_us =
        run_us({purser, "--db", own, "keepa", "acquire", "--task", "backfiller", "--cost", "80"});
    const double sqlite3_us =
        run_us({sqlite3, "-batch", "-cmd", kNoCheckpoint, other, script_of(durability, i + 1)});
    if (i == 0) continue;  // the first pair only loads the programs into memory
    found.purser_us.push_back(purser_us);
    found.sqlite3_us.push_back(sqlite3_us);
  }
  return found;
}

}  // namespace bench
