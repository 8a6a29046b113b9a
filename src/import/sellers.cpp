// The sellers of .env and deals.db: which have whole credentials, and which account each becomes.
#include <fmt/format.h>

#include <algorithm>

#include "base/environment.h"
#include "import/report.h"
#include "import/sources.h"
#include "spapi/sealing.h"

namespace purser::legacy {
namespace {

using spapi::CredentialImport;
using spapi::Credentials;

constexpr char kIncomplete[] =
    "these alone are no credentials, which need SP_API_CLIENT_ID, SP_API_CLIENT_SECRET, SP_API_REFRESH_TOKEN "
    "and SP_API_SELLER_ID, or the first two and --deals-db";

// nullopt, with the reason in `why`: which field, never its value.
std::optional<Credentials> usable(const Credentials& given, std::string& why) {
  try {
    return spapi::checked(given);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::usage && error.code() != ErrorCode::invalid_text) throw;
    why = error.what();
    return std::nullopt;
  }
}

// Never echoes a value that is not a seller id: with swapped columns it is a refresh token.
std::string seller_example(const std::string& seller_id, std::size_t row) {
  Credentials alone;
  alone.seller_id = seller_id;
  alone.client_id = alone.client_secret = alone.refresh_token = "unknown";
  std::string why;
  auto checked = usable(alone, why);
  return checked ? shortened(checked->seller_id) : fmt::format("row {}", row);
}

bool is_pair(const std::string& client_id, const std::string& client_secret) {
  return !client_id.empty() && !client_secret.empty();
}
bool has_pair(const EnvFile* env) { return env != nullptr && is_pair(env->client_id, env->client_secret); }
bool is_whole(const EnvFile* env) {
  return has_pair(env) && !env->refresh_token.empty() && !env->seller_id.empty();
}

spapi::Region region_of(const EnvFile* env, const ImportOptions& how) {
  if (how.region) return *how.region;
  return env != nullptr && env->region ? *env->region : spapi::Region::na;
}

// The application's own two, for all sellers of deals.db.
Credentials application(const EnvFile* env) {
  Credentials pair;
  pair.client_id = has_pair(env) ? env->client_id : environment("SP_API_CLIENT_ID");
  pair.client_secret = has_pair(env) ? env->client_secret : environment("SP_API_CLIENT_SECRET");
  return pair;
}

class Planner {
 public:
  Planner(EnvFile* env, DealsDb* deals, const ImportOptions& how) : env_(env), deals_(deals), how_(how) {}

  std::vector<Seller> plan() {
    if (deals_ != nullptr) plan_deals();
    if (is_whole(env_)) plan_env();
    if (env_ != nullptr) report_env();
    for (Seller& seller : sellers_) {
      seller.account = sellers_.size() == 1 ? how_.account : seller.credentials.seller_id;
    }
    return std::move(sellers_);
  }

 private:
  void plan_deals() {
    Credentials pair = application(env_);
    bool knows_application = is_pair(pair.client_id, pair.client_secret);
    std::size_t number = 0;
    for (const auto& row : deals_->sellers) {
      Credentials given = pair;
      // Placeholders, with which the other fields are checked all the same.
      if (!knows_application) given.client_id = given.client_secret = "unknown";
      given.seller_id = row.seller_id;
      given.refresh_token = row.refresh_token;
      plan_row(given, ++number, knows_application);
    }
  }

  void plan_row(Credentials& given, std::size_t number, bool knows_application) {
    std::string why, example = seller_example(given.seller_id, number);
    given.region = region_of(env_, how_);
    auto credentials = usable(given, why);
    if (!credentials) return skip(deals_->report, "unusable", "no credentials, for example: " + why, example);
    if (!knows_application) {
      throw Error(
          ErrorCode::no_credentials,
          fmt::format("{}: its refresh tokens need the client id and secret of the application: name the "
                      ".env that has them with --env-file, or set SP_API_CLIENT_ID and SP_API_CLIENT_SECRET",
                      deals_->report.file.string()));
    }
    if (known(credentials->seller_id) != nullptr) {
      return skip(deals_->report, "repeated", "an older row of a seller who has a newer one", example);
    }
    sellers_.push_back({*credentials, "", true});
  }

  void plan_env() {
    Credentials given = application(env_);
    given.seller_id = env_->seller_id;
    given.refresh_token = env_->refresh_token;
    given.region = region_of(env_, how_);
    auto credentials = usable(given, why_env_is_not_);
    if (!credentials) return;
    if (known(credentials->seller_id) == nullptr) sellers_.push_back({*credentials, "", false});
    const Credentials& stored = known(credentials->seller_id)->credentials;
    env_->own_seller = stored.seller_id;
    has_older_token_ = stored.refresh_token != credentials->refresh_token;
  }

  // Counts the variables that are imported or skipped with a seller; the others are skipped now.
  void report_env() {
    bool own = !env_->own_seller.empty();
    bool is_shared = !sellers_.empty();
    count_or_skip("SP_API_SELLER_ID", env_->seller_id, own, env_->own_variables);
    if (own && has_older_token_) {
      skip(env_->report, "deals_db_first", "deals.db has another refresh token of this seller, which holds",
           "SP_API_REFRESH_TOKEN");
    } else {
      count_or_skip("SP_API_REFRESH_TOKEN", env_->refresh_token, own, env_->own_variables);
    }
    count_or_skip("SP_API_CLIENT_ID", env_->client_id, is_shared && has_pair(env_), env_->shared_variables);
    count_or_skip("SP_API_CLIENT_SECRET", env_->client_secret, is_shared && has_pair(env_),
                  env_->shared_variables);
    for (std::int64_t i = 0; i < env_->region_variables; ++i) {
      count_or_skip("the region", "is there", is_shared, env_->shared_variables);
    }
  }

  void count_or_skip(const char* name, const std::string& value, bool is_shared, std::int64_t& sharing) {
    if (value.empty()) return;
    if (is_shared) {
      ++sharing;
    } else if (!why_env_is_not_.empty()) {
      skip(env_->report, "unusable", "these are no credentials: " + why_env_is_not_, name, kNames);
    } else {
      skip(env_->report, "incomplete", kIncomplete, name, kNames);
    }
  }

  const Seller* known(const std::string& seller_id) const {
    auto found = std::find_if(sellers_.begin(), sellers_.end(), [&](const Seller& seller) {
      return seller.credentials.seller_id == seller_id;
    });
    return found == sellers_.end() ? nullptr : &*found;
  }

  EnvFile* env_;
  DealsDb* deals_;
  const ImportOptions& how_;
  std::vector<Seller> sellers_;
  std::string why_env_is_not_;  // whole credentials by itself
  bool has_older_token_ = false;
};

constexpr char kKept[] =
    "the account is there with other values, which stay: `purser spapi set` changes them";

void count(ImportReport& report, CredentialImport outcome, std::int64_t number, const std::string& example) {
  if (outcome == CredentialImport::stored) report.imported += number;
  if (outcome == CredentialImport::already_there) report.already_there += number;
  if (outcome != CredentialImport::another) return;
  for (std::int64_t i = 0; i < number; ++i) skip(report, "kept", kKept, i == 0 ? example : "");
}

using Outcomes = std::vector<CredentialImport>;

CredentialImport best_of(const Outcomes& outcomes) {
  return *std::min_element(outcomes.begin(), outcomes.end());
}

void report_change(ImportReport& report, const Seller& seller, CredentialImport outcome) {
  if (outcome != CredentialImport::stored) return;
  report.changes.push_back(fmt::format("account {}: seller {}, region {}", seller.account,
                                       seller.credentials.seller_id,
                                       spapi::name_of(seller.credentials.region)));
}

std::string account_example(const Seller& seller) { return "account " + shortened(seller.account); }

ImportReport report_of(const EnvFile& env, const std::vector<Seller>& sellers, const Outcomes& outcomes) {
  ImportReport report = env.report;
  for (std::size_t i = 0; i < sellers.size(); ++i) {
    if (sellers[i].credentials.seller_id != env.own_seller) continue;
    count(report, outcomes[i], env.own_variables, account_example(sellers[i]));
    if (!sellers[i].of_deals) report_change(report, sellers[i], outcomes[i]);
  }
  if (!sellers.empty())
    count(report, best_of(outcomes), env.shared_variables, account_example(sellers.front()));
  return report;
}

ImportReport report_of(const DealsDb& deals, const std::vector<Seller>& sellers, const Outcomes& outcomes) {
  ImportReport report = deals.report;
  for (std::size_t i = 0; i < sellers.size(); ++i) {
    if (!sellers[i].of_deals) continue;
    count(report, outcomes[i], 1, account_example(sellers[i]));
    report_change(report, sellers[i], outcomes[i]);
  }
  return report;
}

// Nobody knows when Amazon made the client secret; it is at least as old as the file in which it stood.
Instant secret_made_at(const EnvFile* env, Instant now) {
  return has_pair(env) ? std::min(env->written_at, now) : now;
}

}  // namespace

DealsDb::~DealsDb() {
  for (auto& seller : sellers) spapi::wipe(seller.refresh_token);
}

void read_deals(DealsDb& deals, const std::filesystem::path& file) {
  require_import_file(file);
  deals.report.source = "deals_db";
  deals.report.file = file;
  deals.sellers = spapi::read_legacy_sellers(file);
  deals.report.entries = static_cast<std::int64_t>(deals.sellers.size());
}

std::vector<Seller> plan_sellers(EnvFile* env, DealsDb* deals, const ImportOptions& how) {
  return Planner(env, deals, how).plan();
}

void store_sellers(store::Transaction& change, const KeyRing* ring, const std::vector<Seller>& sellers,
                   const EnvFile* env, const DealsDb* deals, std::vector<ImportReport>& reports) {
  Outcomes outcomes;
  for (const Seller& seller : sellers) {
    outcomes.push_back(spapi::import_credentials(change, *ring, seller.account, seller.credentials,
                                                 secret_made_at(env, change.now())));
  }
  if (env != nullptr) reports.push_back(report_of(*env, sellers, outcomes));
  if (deals != nullptr) reports.push_back(report_of(*deals, sellers, outcomes));
}

}  // namespace purser::legacy
