#include "maintenance/findings.h"

#include <iterator>

namespace purser {
namespace maintenance {
namespace {

const char* what_to_do(ErrorCode code) {
  switch (code) {
    case ErrorCode::not_a_database:
    case ErrorCode::foreign_database: return "name the right file (--db, PURSER_DB), or restore a backup";
    case ErrorCode::corrupt:
      return "stop the workers, then do what stands here, else `purser restore BACKUP --yes` (the damaged "
             "file is kept)";
    case ErrorCode::network_file_system:
      return "with no worker running, move it to a local disk with its -wal";
    case ErrorCode::busy: return "look again in a moment";
    case ErrorCode::unsafe_files: return "do what stands here, with no worker running; then look again";
    case ErrorCode::file_replaced: return "end every process that has it open, and look again";
    case ErrorCode::read_only:
    case ErrorCode::cannot_open: return "look at the permissions of the files and the folder";
    default: return "look at the disk and at the system's log";
  }
}

}  // namespace

void add(Findings& all, Findings some) { std::move(some.begin(), some.end(), std::back_inserter(all)); }

Finding fault_of(const char* name, const Error& fault) {
  return {name, Level::problem, fault.what(), what_to_do(fault.code())};
}

Findings findings_of(const std::vector<Check>& checks,
                     const std::function<std::string(const Check&)>& advice_for) {
  Findings all;
  all.reserve(checks.size());
  for (const Check& check : checks) {
    all.push_back({check.name, check.passed ? Level::ok : Level::problem, check.detail,
                   check.passed ? "" : advice_for(check)});
  }
  return all;
}

}  // namespace maintenance

std::string_view name_of(Level level) {
  switch (level) {
    case Level::ok: return "ok";
    case Level::warning: return "warning";
    case Level::problem: return "problem";
  }
  return "problem";
}

}  // namespace purser
