// `purser spapi …`: the sellers' credentials. Nothing here calls Amazon.
#include <fmt/format.h>

#include <algorithm>

#include "frame/confirmation.h"
#include "frame/context.h"
#include "frame/verbs.h"
#include "json/exit_status.h"
#include "json/spapi.h"
#include "purser/spapi.h"
#include "spapi/input.h"
#include "spapi/text.h"

namespace purser::cli {
namespace {

// --- set -----------------------------------------------------------------------------------------------

std::string set_text(const Context& context, const spapi::Credentials& credentials, bool changed,
                     const KeyRing& ring) {
  return fmt::format(
      "{} the credentials of seller {} (account {}, region {}), sealed under key {}\n"
      "does Amazon take them? purser spapi probe\n",
      changed ? "stored" : "unchanged:", one_line(credentials.seller_id), one_line(context.account()),
      spapi::name_of(credentials.region), ring.current());
}

int run_set(Context& context, const Arguments& arguments) {
  spapi::Credentials credentials = spapi::checked(credentials_of(arguments));
  Database database = context.open_database();
  KeyRing ring = spapi::ring_for(database);
  bool changed = spapi::Sellers(database).set(context.account(), credentials, ring).changed;
  context.answer(json::encode_seller_set(context.account(), credentials.region, changed),
                 set_text(context, credentials, changed, ring));
  return kYes;
}

// --- status --------------------------------------------------------------------------------------------

[[noreturn]] void refuse_account(const std::string& account) {
  throw Error(
      ErrorCode::unknown_account,
      fmt::format("no credentials are stored for the account {}: purser spapi set", in_quotes(account)));
}

// All of them, or the one that --account names.
std::vector<spapi::SellerStatus> wanted_sellers(const Context& context, Database& database) {
  auto sellers = spapi::Sellers(database).status();
  if (!context.names_account()) return sellers;
  auto others = std::remove_if(sellers.begin(), sellers.end(), [&](const spapi::SellerStatus& seller) {
    return seller.account != context.account();
  });
  sellers.erase(others, sellers.end());
  if (sellers.empty() && context.account() != "default") refuse_account(context.account());
  return sellers;
}

int run_status(Context& context, const Arguments&) {
  Database database = context.open_database();
  auto sellers = wanted_sellers(context, database);
  if (context.json()) {
    for (const json::Object& seller : json::encode(sellers)) context.print(seller);
  } else {
    context.print(text_of(sellers, context.reader()));
  }
  return kYes;
}

// --- remove --------------------------------------------------------------------------------------------

int run_remove(Context& context, const Arguments& arguments) {
  require_yes_off_a_terminal(arguments, "purser spapi remove deletes credentials and their access token");
  const std::string& account = context.account();
  Database database = context.open_database();
  require_confirmation(arguments, fmt::format("Delete the credentials of account {}?", one_line(account)));
  bool removed = spapi::Sellers(database).remove(account);
  if (!removed && account != "default") refuse_account(account);
  context.answer(
      json::encode_seller_removal(removed),
      removed ? "removed\n" : "there was nothing to remove: the database has no such credentials\n");
  return kYes;
}

}  // namespace

std::vector<VerbSpec> spapi_verbs() {
  return {
      {.group = "spapi",
       .name = "set",
       .summary = "store the credentials of a seller, sealed under the master key",
       .details =
           R"(Standard input holds {"client_id": "…", "client_secret": "…", "refresh_token": "…"}. Where nothing is
piped in, and with --from-environment, they are taken from SP_API_CLIENT_ID, SP_API_CLIENT_SECRET and
SP_API_REFRESH_TOKEN. Blanks around a value are dropped. Makes the account; what it had is replaced, and
a refused token is asked for again, also where nothing changed (changed: false). Without a master key
(purser key generate) nothing is stored, and the exit status is 78.
)",
       .options = {{.name = "--seller-id",
                    .placeholder = "S",
                    .help = "the seller's id, as Seller Central shows it (merchant token)",
                    .required = true},
                   {.name = "--region",
                    .placeholder = "na|eu|fe",
                    .help = "where he sells: North America, Europe, the Far East",
                    .required = true,
                    .choices = {"na", "eu", "fe"}},
                   {.name = "--from-environment", .help = "do not look at standard input"}},
       .examples = {"purser spapi set --seller-id A1EXAMPLE --region na < credentials.json",
                    "pass show amazon | purser --account second spapi set --seller-id A2EXAMPLE --region eu"},
       .run = run_set},
      {.group = "spapi",
       .name = "status",
       .summary = "each account: its state, its access token, the age of its secret, and what to do",
       .details = "All accounts, or the one that --account names. Needs no key and shows no secret.\n",
       .examples = {"purser spapi status",
                    "purser spapi status --json | jq -r 'select(.state != \"ok\").account'"},
       .run = run_status},
      {.group = "spapi",
       .name = "remove",
       .summary = "delete the credentials of an account, and its access token",
       .details = "Amazon is not told: a token that was given out is valid until it expires.\n",
       .options = {{.name = "--yes", .help = "it is meant; needed where nobody can be asked"}},
       .examples = {"purser spapi remove --yes", "purser --account second spapi remove"},
       .run = run_remove},
  };
}

}  // namespace purser::cli
