#include "purser/import_legacy.h"

#include <fmt/format.h>

#include "base/text.h"
#include "import/sources.h"
#include "spapi/credential_rows.h"
#include "spapi/sealing.h"
#include "store/files/companions.h"
#include "store/files/file_checks.h"
#include "store/files/files.h"
#include "store/sqlite/sqlite_connection.h"

namespace purser {
namespace legacy {
namespace {

namespace fs = std::filesystem;

using Named = std::optional<fs::path> ImportFiles::*;
constexpr Named kFiles[] = {&ImportFiles::xai_state, &ImportFiles::xai_cache, &ImportFiles::settings,
                            &ImportFiles::env_file, &ImportFiles::deals_db};

// The database may be open in this process, and closing another descriptor of it would drop SQLite's locks.
void refuse_own_database(const fs::path& file, const fs::path& database) {
  auto given = store::file_identity(file);
  if (given == store::FileIdentity{}) return;
  auto own = store::real_path(database);
  bool is_own = given == store::file_identity(own);
  for (const char* suffix : store::kCompanions)
    is_own = is_own || given == store::file_identity(store::with_suffix(own, suffix));
  if (is_own) refuse(file, "belongs to purser's own database");
}

void require_files(const ImportFiles& files, const fs::path& database) {
  bool names_one = false;
  for (Named file : kFiles) {
    if (!(files.*file)) continue;
    names_one = true;
    store::real_path(*(files.*file));  // refuses links that cannot be trusted
    refuse_own_database(*(files.*file), database);
  }
  if (!names_one) throw Error(ErrorCode::usage, "nothing to import: name at least one file");
}

// The content of all files, checked, with the sellers to store.
class Inputs {
 public:
  Inputs(const ImportFiles& files, const ImportOptions& how) {
    if (files.xai_state) state_ = parse_xai_state(read_import_file(*files.xai_state));
    if (files.xai_cache) cache_ = parse_xai_cache(read_import_file(*files.xai_cache));
    if (files.settings) settings_ = parse_settings(read_import_file(*files.settings));
    if (files.env_file) parse_env(env_.emplace(), read_import_file(*files.env_file));
    if (files.deals_db) read_deals(deals_.emplace(), *files.deals_db);
    sellers_ = plan_sellers(env(), deals(), how);
  }

  std::vector<ImportReport> store(store::Connection& connection, bool dry_run) {
    if (sellers_.empty()) return store_once(connection, dry_run);
    ring_.emplace(spapi::ring_for(connection));
    return spapi::with_current_ring(*ring_, [&] { return store_once(connection, dry_run); });
  }

 private:
  EnvFile* env() { return env_ ? &*env_ : nullptr; }
  DealsDb* deals() { return deals_ ? &*deals_ : nullptr; }

  std::vector<ImportReport> store_once(store::Connection& connection, bool dry_run) {
    std::vector<ImportReport> reports;
    store::Transaction change(connection);
    if (state_) reports.push_back(store_xai_state(change, *state_));
    if (cache_) reports.push_back(store_xai_cache(change, *cache_));
    if (settings_) reports.push_back(store_settings(change, *settings_));
    store_sellers(change, ring_ ? &*ring_ : nullptr, sellers_, env(), deals(), reports);
    if (!dry_run) change.commit();
    return reports;
  }

  std::optional<XaiState> state_;
  std::optional<XaiCache> cache_;
  std::optional<Settings> settings_;
  std::optional<EnvFile> env_;
  std::optional<DealsDb> deals_;
  std::vector<Seller> sellers_;
  std::optional<KeyRing> ring_;
};

}  // namespace
}  // namespace legacy

std::vector<ImportReport> import_legacy(const DatabaseOptions& options, const ImportFiles& files,
                                        const ImportOptions& how) {
  require_name("account", how.account);
  legacy::require_files(files, options.path);
  legacy::Inputs inputs(files, how);
  auto connection = store::SqliteConnection::open(options, store::Accept::current_schema);
  return inputs.store(*connection, how.dry_run);
}

}  // namespace purser
