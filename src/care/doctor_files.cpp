#include "care/doctor_files.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/words.h"
#include "store/access.h"
#include "store/inspect.h"

namespace purser::care {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMegabyte = 1'000'000;
// Below that the next transactions fail.
constexpr std::int64_t kHardlyAnySpace = 50 * kMegabyte;
constexpr std::int64_t kLittleSpace = 1000 * kMegabyte;
// Of a backup before an upgrade, the log, and room to spare.
constexpr std::int64_t kCopies = 3;
// What the log may become in a burst is a quarter of that.
constexpr std::int64_t kLongLog = 64 * kMegabyte;

fs::path beside(const fs::path& database, const char* suffix) {
  auto path = database;
  return path += suffix;
}

bool others_may(const store::FileFacts& file) { return (file.mode & S_IRWXO) != 0; }
bool group_may_write(const store::FileFacts& file) { return (file.mode & S_IWGRP) != 0; }
bool group_may_read(const store::FileFacts& file) { return (file.mode & S_IRGRP) != 0; }

struct Named {
  std::string name;
  store::FileFacts facts;
};

std::vector<Named> present(const Files& files) {
  std::vector<Named> all;
  auto add = [&](const char* suffix, const std::optional<store::FileFacts>& facts) {
    if (facts) all.push_back({beside(files.path, suffix).string(), *facts});
  };
  add("", files.database);
  add("-wal", files.log);
  add("-shm", files.shared);
  add("-gate", files.gate);
  return all;
}

Finding problem(std::string text, std::string advice) {
  return {"files", Level::problem, std::move(text), std::move(advice)};
}

// Also where only the group has it: who can open the gate can hold up every writer.
bool is_open_gate(const Files& files) { return files.gate && (files.gate->mode & (S_IRWXG | S_IRWXO)) != 0; }

std::string advice_for_modes(const Files& files, const char* change) {
  std::string path = files.path.string();
  std::string advice = fmt::format("chmod {} {}*", change, path);
  return is_open_gate(files) ? advice + fmt::format("; chmod 600 {}-gate", path) : advice;
}

// The first that is wrong.
std::optional<Finding> wrong_access(const Files& files) {
  auto except_the_gate = files;
  except_the_gate.gate.reset();
  for (const Named& file : present(except_the_gate)) {
    if (others_may(file.facts)) {
      return problem(fmt::format("everybody may read or write {} (mode {:04o})", file.name, file.facts.mode),
                     advice_for_modes(files, "o="));
    }
    if (group_may_write(file.facts)) {
      return problem(fmt::format("a group may write {} (mode {:04o})", file.name, file.facts.mode),
                     advice_for_modes(files, "g-w"));
    }
  }
  if (is_open_gate(files)) {
    return problem(
        fmt::format("others may open the gate's file (mode {:04o}), and who can open it can hold up "
                    "every writer",
                    files.gate->mode),
        fmt::format("chmod 600 {}-gate", files.path.string()));
  }
  return std::nullopt;
}

std::optional<Finding> wrong_owner(const Files& files) {
  for (const Named& file : present(files)) {
    if (file.facts.owner == files.database->owner) continue;
    return problem(
        fmt::format("{} belongs to {}, the database to {}: one of them cannot write", file.name,
                    store::user_in_words(file.facts.owner), store::user_in_words(files.database->owner)),
        fmt::format("with no worker running: chown {} {}*", files.database->owner, files.path.string()));
  }
  return std::nullopt;
}

std::optional<Finding> second_name(const Files& files) {
  if (files.database->names < 2) return std::nullopt;
  return problem(
      fmt::format("the file has {} names (hard links): who opens it by another one has another log, and "
                  "writes over what is here",
                  files.database->names),
      fmt::format("remove the other names (find -inum $(stat -c %i {}))", files.path.string()));
}

std::optional<Finding> differing_modes(const Files& files) {
  for (const auto* companion : {&files.log, &files.shared}) {
    if (!*companion || (*companion)->mode == files.database->mode) continue;
    return Finding{
        "files", Level::warning,
        fmt::format("the database has mode {:04o}, its {} {:04o}: a group that may read the one cannot read "
                    "the other",
                    files.database->mode, companion == &files.log ? "-wal" : "-shm", (*companion)->mode),
        "its owner runs any purser verb: it gives all three one mode"};
  }
  return std::nullopt;
}

}  // namespace

Files files_at(const fs::path& database) {
  return {database,
          store::file_facts(database.parent_path()),
          store::file_facts(database),
          store::file_facts(beside(database, "-wal")),
          store::file_facts(beside(database, "-shm")),
          store::file_facts(beside(database, "-gate"))};
}

Finding engine_finding(const std::string& version, bool has_wal_reset_bug) {
  if (!has_wal_reset_bug) {
    return {"engine", Level::ok, fmt::format("SQLite {}, without the WAL-reset bug", version), ""};
  }
  return {"engine", Level::ok,
          fmt::format(
              "SQLite {} has the WAL-reset bug; the write gate covers it among purser's processes, not for "
              "another program that writes or checkpoints",
              version),
          "open the file with other programs only to read (sqlite3 -readonly)"};
}

Finding file_system_finding(const store::FileSystemFacts& facts) {
  const char* name = "file_system";
  if (facts.is_network) {
    return {name, Level::problem, "a network mount, on which SQLite's log does not work",
            "put the database on a local disk"};
  }
  if (facts.is_read_only) {
    return {name, Level::problem, fmt::format("{}, mounted read-only: nothing can be granted", facts.name),
            "look why (dmesg): a disk that fails is mounted so"};
  }
  if (facts.is_fuse) {
    return {name, Level::warning,
            "fuse: whether locks, shared memory and syncs work is up to the program behind it",
            "put the database on a local disk, unless you know that they do"};
  }
  if (facts.is_memory) {
    return {name, Level::warning, fmt::format("{}: nothing of it survives a reboot", facts.name),
            "put the database on a disk"};
  }
  if (facts.is_overlay) {
    return {name, Level::warning,
            "overlayfs, as a container's own file system: what stands here goes with the container",
            "mount a folder or a volume, and put the database there"};
  }
  return {name, Level::ok, facts.name, ""};
}

Finding folder_finding(const Files& files) {
  const char* name = "folder";
  std::string folder = files.path.parent_path().string();
  if (!files.folder)
    return {name, Level::problem, fmt::format("{} cannot be looked at", folder), "its permissions"};
  std::string text = fmt::format("{} (mode {:04o}, {})", folder, files.folder->mode,
                                 store::user_in_words(files.folder->owner));
  bool others_write = (files.folder->mode & (S_IWGRP | S_IWOTH)) != 0;
  if (!others_write) return {name, Level::ok, text, ""};
  // In a sticky folder nobody replaces another's file, but anybody may put one where none is.
  bool everybody = (files.folder->mode & S_IWOTH) != 0;
  bool sticky = (files.folder->mode & S_ISVTX) != 0;
  return {name, everybody && !sticky ? Level::problem : Level::warning,
          fmt::format("others may write in {}: {}", text,
                      sticky ? "they can put a -wal or -gate of theirs beside the database"
                             : "they can put files of theirs in the place of the database's"),
          fmt::format("a folder for the database alone, or chmod go-w {}", folder)};
}

Finding files_finding(const Files& files, uid_t user) {
  if (!files.database) return problem("the database cannot be looked at", "the permissions of its folder");
  for (auto* look : {&wrong_access, &wrong_owner, &second_name, &differing_modes}) {
    if (auto wrong = look(files)) return *wrong;
  }
  const store::FileFacts& own = *files.database;
  std::string text = fmt::format("{}, mode {:04o}, {}", bytes_in_words(own.bytes), own.mode,
                                 store::user_in_words(own.owner));
  if (own.owner == user || user == 0) return {"files", Level::ok, text, ""};
  return {"files", Level::warning,
          fmt::format("{}; this is {}, who can at most read", text, store::user_in_words(user)),
          "run doctor as the workers run"};
}

Finding companions_finding(const Files& files) {
  const char* name = "companions";
  if (!files.database) {
    return {name, Level::problem, "-wal and -shm cannot be looked at", "the permissions of the folder"};
  }
  if (files.log && files.shared) return {name, Level::ok, "-wal and -shm are there", ""};
  std::string text = "-wal or -shm is missing (after a restore, or a foreign shell that closed last)";
  if (!group_may_read(*files.database)) return {name, Level::ok, text, ""};
  return {name, Level::warning, text + ": meanwhile the group, which only reads, cannot open the database",
          "`purser status` by the owner makes them"};
}

Finding space_finding(std::int64_t free_bytes, std::int64_t database_bytes) {
  std::string text = fmt::format("{} free", bytes_in_words(free_bytes));
  if (free_bytes < kHardlyAnySpace) {
    return {"space", Level::problem, text + ": the next transactions may fail", "make room on this disk"};
  }
  bool little = free_bytes < kLittleSpace || free_bytes / kCopies < database_bytes;
  if (!little) return {"space", Level::ok, text, ""};
  return {"space", Level::warning,
          fmt::format("{} beside a database of {}: little for a backup and for growing", text,
                      bytes_in_words(database_bytes)),
          "make room on this disk; `purser prune` lets the file grow no further"};
}

Finding log_finding(std::int64_t log_bytes, const std::vector<store::LogReader>& readers) {
  std::string text = fmt::format("{} in -wal", bytes_in_words(log_bytes));
  if (log_bytes <= kLongLog) return {"log", Level::ok, text, ""};
  if (readers.empty()) {
    return {"log", Level::warning, text + ", and nobody on this machine reads in it at this moment",
            "the next writes take it up; where it stays long, look for a reader in a container"};
  }
  std::string who;
  for (const store::LogReader& reader : readers) {
    who += fmt::format("{}{} (pid {})", who.empty() ? "" : ", ", reader.program, reader.pid);
  }
  return {"log", Level::warning,
          fmt::format("{}: it cannot be taken up while someone reads in it: {}", text, who),
          "end the transaction of whoever is there for long"};
}

Finding leftovers_finding(const std::vector<std::string>& names) {
  if (names.empty()) return {"leftovers", Level::ok, "no files of killed work", ""};
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
  return {"leftovers", Level::warning, "files of work that was killed, or goes on: " + all,
          "where no init, backup, restore, migrate or foreign shell is at work, remove them (rm -r)"};
}

std::vector<Finding> findings_of_files(const fs::path& database) {
  Files files = files_at(database);
  std::vector<Finding> all{engine_finding(store::engine_version(), store::engine_has_wal_reset_bug())};
  auto file_system = store::file_system_facts(database.parent_path());
  std::int64_t bytes = files.database ? files.database->bytes : 0;
  if (file_system) all.push_back(file_system_finding(*file_system));
  all.push_back(folder_finding(files));
  all.push_back(files_finding(files, geteuid()));
  all.push_back(companions_finding(files));
  if (file_system) all.push_back(space_finding(file_system->free_bytes, bytes));
  all.push_back(log_finding(files.log ? files.log->bytes : 0, store::log_readers(database)));
  all.push_back(leftovers_finding(store::leftovers(database)));
  return all;
}

}  // namespace purser::care
