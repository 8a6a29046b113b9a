// Imports the files of the Python program that Purser replaces (the predecessor) into the database, once: its
// JSON files, its .env and its deals.db. For operators; a worker needs none of it.
//
//   purser::ImportFiles files{.xai_cache = "xai_cache.json", .settings = "settings.json"};
//   for (const auto& report : purser::import_legacy({.path = path}, files, {.dry_run = true}))
//     show(report.source, report.imported, report.already_there, report.skipped);
//
// All files are read and checked before the database is touched, then one transaction stores all of them: a
// call that throws, or is killed, has imported nothing of any file. A dry run does the same without the
// commit. A second run changes nothing: a row that is there already stays, since it is newer than any file.
// Only the daily limit is replaced: no row says whether a person chose it.
//
// xai_state   {"last_reset_date", "calls_today"}: of a day that is today in the quota's zone the larger count
//             is kept, stated as one unit with the reason `import`. A day that is over has no quota left to
//             guard and is skipped, as is a file that was never used (1970-01-01). A future day is refused:
//             it would stop the quota until then.
// xai_cache   Verdicts under the three generations of the predecessor's joined keys, which are split from
//             the right; all become answers to `price_reasonable`. Where several keys are now one, the answer
//             that stands last in the file is kept, since the predecessor appended; the report lists
//             contradictions. The age of the verdicts counts from when the file was last written.
//             `seasonality:` answers another question, and is skipped.
// settings    `max_xai_calls_per_day` becomes the daily limit, whatever the limit is now. Purser does not use
//             the other settings.
// env_file    SP_API_CLIENT_ID, SP_API_CLIENT_SECRET, SP_API_REFRESH_TOKEN and SP_API_SELLER_ID become sealed
//             credentials; the host of SP_API_URL determines the region. Keys of Keepa and xAI stay in the
//             environment.
// deals_db    The table `user_credentials` of a SQLite file. The import only reads it, also while another
//             program has it open, and makes no file beside it. The client id and secret come from env_file,
//             else from the environment. Where both files have the same seller, deals.db is used.
//
// The only seller of all files becomes `account`; of several, each becomes an account of its seller's name.
// An account that is there with other values is kept, and the report says so: `purser spapi set` changes it.
//
// Throws as Database::open does, and: invalid_import (a file has another form; the message names file and
// place), usage (an account that is no name), io_error (cannot be read), no_master_key and wrong_master_key
// where there are credentials, no_credentials (deals_db without a client id), unknown_time_zone. No message
// and no report holds a secret.
//
// REQUIRES: this process does not have deals.db open.
// Threads: each call opens the file for itself. fork: not while one runs.
// Library: purser::import.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "purser/database.h"
#include "purser/spapi.h"

namespace purser {

// The largest file that is read, except deals.db, which may be of any size.
inline constexpr std::int64_t kLargestImport = 64LL * 1024 * 1024;

// REQUIRES: at least one is named.
struct ImportFiles {
  std::optional<std::filesystem::path> xai_state = {};
  std::optional<std::filesystem::path> xai_cache = {};
  std::optional<std::filesystem::path> settings = {};
  std::optional<std::filesystem::path> env_file = {};
  std::optional<std::filesystem::path> deals_db = {};
};

struct ImportOptions {
  bool dry_run = false;
  std::string account = "default";           // of the only seller
  std::optional<spapi::Region> region = {};  // nullopt: the region of SP_API_URL, else na
};

// Why entries of a file were not imported.
struct ImportSkip {
  std::string reason;  // stable, for scripts: "seasonality", "contradicted", "not_ours", …
  std::string detail;  // a sentence for people: what it is, and what to do
  std::int64_t count = 0;
  std::vector<std::string> examples;  // a few; never a value of an .env file
};

struct ImportFact {
  std::string name;  // "verdicts", "keys_with_rank", …
  std::int64_t number = 0;
};

// entries == imported + already_there + the counts of `skipped`.
struct ImportReport {
  std::string source = {};  // "xai_state", "xai_cache", "settings", "env_file", "deals_db"
  std::filesystem::path file = {};
  std::int64_t entries = 0, imported = 0, already_there = 0;
  std::vector<ImportSkip> skipped = {};
  std::vector<ImportFact> facts = {};
  std::vector<std::string> changes = {};  // a line each: "daily limit: 1000, was 500"
};

// One report a file, in the order of ImportFiles.
std::vector<ImportReport> import_legacy(const DatabaseOptions& options, const ImportFiles& files,
                                        const ImportOptions& how = {});

}  // namespace purser
