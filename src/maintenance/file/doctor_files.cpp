#include "maintenance/file/doctor_files.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/words.h"
#include "store/files/access.h"
#include "store/files/companions.h"
#include "store/files/trusted_files.h"
#include "store/sqlite/inspect.h"

namespace purser::maintenance {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMegabyte = 1'000'000;
// With less free the next transactions fail.
constexpr std::int64_t kHardlyAnySpace = 50 * kMegabyte;
constexpr std::int64_t kLittleSpace = 1000 * kMegabyte;
// Sizes of the database that should be free: for a backup before an upgrade, for the log, and to spare.
constexpr std::int64_t kCopies = 3;
// Four times what the log becomes in a burst.
constexpr std::int64_t kLongLog = 64 * kMegabyte;
constexpr std::size_t kMostNamed = 20;

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
  add(store::kLogSuffix, files.log);
  add(store::kIndexSuffix, files.shared);
  add(store::kGateSuffix, files.gate);
  return all;
}

Finding problem(std::string text, std::string advice) {
  return {"files", Level::problem, std::move(text), std::move(advice)};
}

// Also where only the group may: a process that can open the gate can hold up every writer.
bool is_open_gate(const Files& files) { return files.gate && (files.gate->mode & (S_IRWXG | S_IRWXO)) != 0; }

std::string advice_for_modes(const Files& files, const char* change) {
  std::string path = files.path.string();
  std::string advice = fmt::format("chmod {} {}*", change, path);
  return is_open_gate(files) ? advice + fmt::format("; chmod 600 {}-gate", path) : advice;
}

// Of the first file whose mode is wrong.
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

const char* const kDoAsSaid = "do what stands here, with no worker running; then look again";

std::optional<Finding> second_name(const Files& files) {
  if (!files.second_name.empty()) return problem(files.second_name, kDoAsSaid);
  return std::nullopt;
}

// The advice of wrong_owner, to give the file to the database's owner, would make a stranger's content part
// of the database.
std::optional<Finding> file_of_stranger(const Files& files) {
  for (const Named& file : present(files)) {
    bool is_of_stranger = file.facts.owner != files.database->owner && file.facts.owner != 0;
    if (is_of_stranger && !files.distrust.empty()) return problem(files.distrust, kDoAsSaid);
  }
  return std::nullopt;
}

std::optional<Finding> differing_modes(const Files& files) {
  for (const auto* companion : {&files.log, &files.shared}) {
    if (!*companion || (*companion)->mode == files.database->mode) continue;
    return Finding{
        "files", Level::warning,
        fmt::format("the database has mode {:04o}, its {} {:04o}: a group that may read the one cannot read "
                    "the other",
                    files.database->mode, companion == &files.log ? store::kLogSuffix : store::kIndexSuffix,
                    (*companion)->mode),
        "its owner runs any purser verb: it gives all three one mode"};
  }
  return std::nullopt;
}

}  // namespace

Files files_at(const fs::path& database) {
  return {database,
          store::file_facts(database.parent_path()),
          store::file_facts(database),
          store::file_facts(beside(database, store::kLogSuffix)),
          store::file_facts(beside(database, store::kIndexSuffix)),
          store::file_facts(beside(database, store::kGateSuffix)),
          store::second_name_in_words(database),
          store::distrust_in_words(database)};
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
  for (auto* look : {&file_of_stranger, &wrong_access, &wrong_owner, &second_name, &differing_modes}) {
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
  if (files.log && files.log->bytes > 0) {
    return {name, Level::warning, "-wal is there with content, and its index (-shm) is missing",
            "`purser status` by the owner makes it; where workers run, somebody removed it under them: end "
            "them all first"};
  }
  std::string text = "-wal or -shm is missing (after a restore, or a foreign shell that closed last)";
  if (!group_may_read(*files.database)) return {name, Level::ok, text, ""};
  return {name, Level::warning,
          text + ": meanwhile the group, which only reads, reads it as an immutable file",
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

Finding log_finding(std::int64_t log_bytes, const std::vector<store::Process>& readers) {
  std::string text = fmt::format("{} in -wal", bytes_in_words(log_bytes));
  if (log_bytes <= kLongLog) return {"log", Level::ok, text, ""};
  if (readers.empty()) {
    return {"log", Level::warning, text + ", and nobody on this machine reads in it at this moment",
            "the next writes take it up; where it stays long, look for a reader in a container"};
  }
  std::string who;
  for (const store::Process& reader : readers) who += (who.empty() ? "" : ", ") + store::in_words(reader);
  return {"log", Level::warning,
          fmt::format("{}: it cannot be taken up while someone reads in it: {}", text, who),
          "end the transaction of whoever is there for long"};
}

std::optional<Finding> disk_finding(store::DiskMark mark, const fs::path& database) {
  const char* name = "disk";
  if (mark == store::DiskMark::beyond_repair)
    return Finding{name, Level::problem, store::beyond_repair(database).what(), "as it says, in this order"};
  if (mark != store::DiskMark::failed) return std::nullopt;
  return Finding{name, Level::problem,
                 "a sync failed: what was stored at that moment may not survive a power cut, and nothing is "
                 "granted before all is written once more",
                 "see to the disk (dmesg, df); then the next call of a worker writes it, or says what is in "
                 "its way"};
}

Finding leftovers_finding(const std::vector<std::string>& names) {
  if (names.empty()) return {"leftovers", Level::ok, "no files of killed work", ""};
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
  return {"leftovers", Level::warning, "files of work that was killed, or goes on: " + all,
          "where no init, backup, restore, migrate or foreign shell is at work, remove them (rm -r)"};
}

Finding programs_finding(const std::vector<store::Program>& programs) {
  if (programs.empty()) return {"programs", Level::ok, "nobody else has it open", ""};
  std::string who, replaced;
  for (std::size_t i = 0; i < programs.size(); ++i) {
    const store::Program& program = programs[i];
    if (program.is_replaced) replaced += (replaced.empty() ? "" : ", ") + name_of(program.process);
    if (i < kMostNamed) {
      who += fmt::format("{}{} (pid {}, {})", i == 0 ? "" : ", ", program.process.program,
                         program.process.pid, store::user_in_words(program.user));
    }
  }
  if (programs.size() > kMostNamed) who += fmt::format(" and {} more", programs.size() - kMostNamed);
  std::string text = "open in " + who;
  if (replaced.empty()) return {"programs", Level::ok, text, ""};
  return {
      "programs", Level::warning,
      fmt::format("{}; of these {} still run a program that was replaced or removed since", text, replaced),
      "restart them"};
}

Finding gate_finding(const store::WayIn& way) {
  using End = store::WayIn::End;
  std::string who, advice;
  for (const store::Process& holder : way.holders) {
    who += (who.empty() ? "" : ", ") + store::in_words(holder);
    advice += (advice.empty() ? "" : "; ") + store::advice_for(holder);
  }
  if (who.empty()) {
    who = "a process that is not to be seen from here";
    advice = "look in the other containers that use this folder";
  }
  const char* held = way.end == End::lock_is_held ? "SQLite's write lock is held by" : "the gate is held by";
  switch (way.end) {
    case End::open: return {"gate", Level::ok, "free: a writer gets in", ""};
    case End::no_gate: return {"gate", Level::ok, "nobody has come to it yet", ""};
    case End::gate_is_held:
    case End::lock_is_held:
      return {"gate", Level::problem, fmt::format("{} {}: nobody can write", held, who), advice};
    case End::unseen: break;
  }
  if (way.holders.empty()) {
    return {"gate", Level::ok, "this user may not try it; nobody is seen who holds it for long", ""};
  }
  return {"gate", Level::problem, fmt::format("{} had it or SQLite's write lock all along", who), advice};
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
  if (auto disk = disk_finding(store::disk_mark_of(database), database)) all.push_back(std::move(*disk));
  all.push_back(leftovers_finding(store::leftovers(database)));
  all.push_back(programs_finding(store::programs_at(database)));
  return all;
}

}  // namespace purser::maintenance
