// The credentials of the predecessor, and how they are taken over.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "purser/spapi.h"
#include "store/transaction.h"

namespace purser::spapi {

// A row of user_credentials, the newest first.
struct LegacySeller {
  std::string seller_id, refresh_token;
};
// Throws as store::read_foreign, and invalid_import for more than kMaxLegacySellers.
inline constexpr std::size_t kMaxLegacySellers = 10'000;
std::vector<LegacySeller> read_legacy_sellers(const std::filesystem::path& deals_db);

// The region whose SP-API host the address names; nullopt: it is not Amazon's.
std::optional<Region> region_of_url(std::string_view url);

enum class CredentialImport { stored, already_there, another };
// Stores the credentials unless the account has some already, which stay. Throws as `open` and
// `ensure_sealing_key`.
CredentialImport import_credentials(store::Transaction& change, const KeyRing& ring,
                                    const std::string& account, const Credentials& credentials,
                                    Instant secret_made_at);

}  // namespace purser::spapi
