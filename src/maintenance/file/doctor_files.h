// What doctor says of the machine and the files, as functions of plain facts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "purser/health.h"
#include "store/durability/disk_mark.h"
#include "store/files/file_facts.h"
#include "store/gate/lock_holders.h"
#include "store/gate/way_in.h"

namespace purser::maintenance {

// A database with the files that belong to it; nullopt for a file that is not there.
struct Files {
  std::filesystem::path path;
  std::optional<store::FileFacts> folder, database, log, shared, gate;
  // Why the database would not be opened, and what to do; empty where nothing is wrong.
  std::string second_name, distrust;
};
Files files_at(const std::filesystem::path& database);

Finding engine_finding(const std::string& version, bool has_wal_reset_bug);
Finding file_system_finding(const store::FileSystemFacts& facts);
Finding folder_finding(const Files& files);
// `user`: of this process; root may do everything.
Finding files_finding(const Files& files, uid_t user);
Finding companions_finding(const Files& files);
Finding space_finding(std::int64_t free_bytes, std::int64_t database_bytes);
Finding log_finding(std::int64_t log_bytes, const std::vector<store::Process>& readers);
// nullopt where no sync has failed.
std::optional<Finding> disk_finding(store::DiskMark mark, const std::filesystem::path& database);
Finding leftovers_finding(const std::vector<std::string>& names);
Finding programs_finding(const std::vector<store::Program>& programs);
Finding gate_finding(const store::WayIn& way);

// All of them, of that database.
std::vector<Finding> findings_of_files(const std::filesystem::path& database);

}  // namespace purser::maintenance
