// The predecessor's files: each is parsed by a pure function, then all are stored by one transaction. Each
// `store_…` returns the whole report of its file, so that it may be called again.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "import/input_file.h"
#include "purser/import_legacy.h"
#include "spapi/import.h"
#include "xai/import.h"

namespace purser::legacy {

// --- xai_token_state.json ----------------------------------------------------------------------------

struct XaiState {
  ImportReport report;
  xai::Date date;
  std::int64_t calls = 0;
};
XaiState parse_xai_state(const ImportFile& file);
ImportReport store_xai_state(store::Transaction& change, const XaiState& state);

// --- xai_cache.json ----------------------------------------------------------------------------------

struct LegacyKey {
  xai::Question question;
  int generation = 0;  // 1: title|category|season|price; 2: …|binding|rank; 3: …|trend|average of three years
};
// Of a key without its prefix; nullopt where it has the form of no generation.
std::optional<LegacyKey> parse_legacy_key(std::string_view key);

struct XaiCache {
  ImportReport report;
  std::vector<xai::Answered> answers;  // one a question
  Instant written_at;
};
XaiCache parse_xai_cache(const ImportFile& file);
ImportReport store_xai_cache(store::Transaction& change, const XaiCache& cache);

// --- settings.json -----------------------------------------------------------------------------------

struct Settings {
  ImportReport report;
  std::int64_t daily_limit = 0;
};
Settings parse_settings(const ImportFile& file);
ImportReport store_settings(store::Transaction& change, const Settings& settings);

// --- .env --------------------------------------------------------------------------------------------

// The variables that make credentials; "" where one is not there.
struct EnvFile {
  ImportReport report;
  std::string client_id, client_secret, refresh_token, seller_id;
  std::optional<spapi::Region> region;
  std::int64_t region_variables = 0;
  Instant written_at;
  // Set by plan_sellers: `own_variables` are imported or skipped as the seller that the file itself names is,
  // `shared_variables` as any of the sellers is.
  std::string own_seller;
  std::int64_t own_variables = 0, shared_variables = 0;

  EnvFile() = default;
  EnvFile(const EnvFile&) = delete;
  EnvFile& operator=(const EnvFile&) = delete;
  ~EnvFile();  // wipes them
};
void parse_env(EnvFile& env, const ImportFile& file);

// --- Sellers, of .env and deals.db --------------------------------------------------------------------

struct DealsDb {
  ImportReport report;
  std::vector<spapi::LegacySeller> sellers;

  ~DealsDb();  // wipes their tokens
  DealsDb() = default;
  DealsDb(const DealsDb&) = delete;
  DealsDb& operator=(const DealsDb&) = delete;
};
void read_deals(DealsDb& deals, const std::filesystem::path& file);

struct Seller {
  spapi::Credentials credentials;  // checked
  std::string account;
  bool of_deals = false;
};

// The sellers to store, each once. The reports say which rows and variables cannot be stored, and why. Throws
// no_credentials where deals.db has sellers and no client id is known.
std::vector<Seller> plan_sellers(EnvFile* env, DealsDb* deals, const ImportOptions& how);

// Both reports; either may be null.
void store_sellers(store::Transaction& change, const KeyRing* ring, const std::vector<Seller>& sellers,
                   const EnvFile* env, const DealsDb* deals, std::vector<ImportReport>& reports);

}  // namespace purser::legacy
