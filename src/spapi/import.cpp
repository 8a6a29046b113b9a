#include "spapi/import.h"

#include <fmt/format.h>

#include "spapi/credential_rows.h"
#include "spapi/sql.h"
#include "store/copy/foreign_file.h"

namespace purser::spapi {

std::vector<LegacySeller> read_legacy_sellers(const std::filesystem::path& deals_db) {
  std::vector<LegacySeller> sellers;
  for (store::ForeignRow& row : store::read_foreign(deals_db, sql::kLegacySellers)) {
    sellers.push_back({row[0].value_or(""), row[1].value_or("")});
    if (row[1]) wipe(*row[1]);
  }
  if (sellers.size() <= kMaxLegacySellers) return sellers;
  throw Error(ErrorCode::invalid_import, fmt::format("{}: user_credentials has more than {} rows",
                                                     deals_db.string(), kMaxLegacySellers));
}

std::optional<Region> region_of_url(std::string_view url) {
  constexpr std::string_view kHost = "sellingpartnerapi-";
  std::size_t host = url.find(kHost);
  if (host == std::string_view::npos) return std::nullopt;
  std::string_view rest = url.substr(host + kHost.size());
  return rest.size() > 2 && rest[2] == '.' ? region_named(rest.substr(0, 2)) : std::nullopt;
}

CredentialImport import_credentials(store::Transaction& change, const KeyRing& ring,
                                    const std::string& account, const Credentials& credentials,
                                    Instant secret_made_at) {
  std::string key_id = ensure_sealing_key(change, ring);
  auto row = find_credential(change, account);
  if (row) {
    bool same = have_same_values(open_credentials(ring, account, *row), credentials);
    return same ? CredentialImport::already_there : CredentialImport::another;
  }
  CredentialRow made;
  made.version = 1;
  made.changed_at = change.now();
  made.secret_made_at = secret_made_at;
  put_credential(change, ring, key_id, account, credentials, made);
  return CredentialImport::stored;
}

}  // namespace purser::spapi
