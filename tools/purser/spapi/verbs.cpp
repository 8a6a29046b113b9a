// `purser spapi …`: the sellers' credentials, and the calls with them, which service_runs.cpp makes.
#include <fmt/format.h>

#include <algorithm>

#include "frame/context.h"
#include "frame/talk.h"
#include "frame/verbs.h"
#include "json/exit_status.h"
#include "json/spapi.h"
#include "purser/spapi.h"
#include "purser/spapi_keys.h"
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

// All sellers, or the one that --account names.
std::vector<spapi::SellerStatus> selected_sellers(const Context& context, Database& database) {
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
  auto sellers = selected_sellers(context, database);
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
      {.group = "spapi",
       .name = "token",
       .summary = "a valid access token, refreshed when it must be: once for all",
       .details =
           R"(The one verb whose answer is a secret: the token alone, or with --json token, token_id, expires_at and
refreshed. Send it as x-amz-access-token, to Amazon alone. One refresh is in flight for all processes;
after a failure nobody asks again before its back-off has passed (69, 75). 77: Amazon refuses the refresh
token or the client, and nobody asks again before `purser spapi set` or --retry. 78: no credentials, no
master key.
)",
       .options = {{.name = "--rejected",
                    .placeholder = "ID",
                    .help = "the token_id of a token that Amazon refused: "
                            "another one, if it is still current and was got more than a minute ago"},
                   {.name = "--retry", .help = "ask Amazon again, though it refused the credentials"}},
       .examples = {"purser spapi token",
                    "purser spapi token --json --rejected 0123456789abcdef0123456789abcdef"},
       .run = run_spapi_token},
      {.group = "spapi",
       .name = "probe",
       .summary = "for which of Amazon's environments are the credentials valid?",
       .details =
           R"(Production is asked, then the sandbox. Remembered is: production, sandbox, or neither (exit status 77: a
role is missing, or the region is wrong). unknown (69): it could not be found out, and nothing changes.
)",
       .examples = {"purser spapi probe", "purser --account second spapi probe --json"},
       .run = run_spapi_probe},
      {.group = "spapi",
       .name = "restrictions",
       .summary = "may the seller list these products?",
       .details =
           R"(A line an ASIN, as its answer comes: asin, restricted (true, false, null where error says why),
approval_url (of Amazon's hosts alone; a link that leads elsewhere is told as note), reasons, error. All
processes together keep to Amazon's usage plan (5 a second, or what Amazon tells for this seller); the access
token is renewed on the way. After 20 in a row that Amazon refuses alike (--stop-after) the others are not
asked, and their lines say so. Exit status 0 where any ASIN was answered, else that of what failed: 64 Amazon
rejects what was asked for (its words stand in error), 69 not reached, 77 refused, 78 not set up.
)",
       .positionals = {{.name = "ASIN",
                        .help = "the products; -: those on standard input, one a line",
                        .repeated = true}},
       .options = {{.name = "--condition",
                    .placeholder = "C",
                    .help = "used_good, new_new … as Amazon calls it, or good, very_good, like_new, new …",
                    .required = true},
                   {.name = "--marketplace",
                    .placeholder = "ID",
                    .help = "Amazon's id (default: the region's first; na: ATVPDKIKX0DER)"},
                   {.name = "--stop-after",
                    .placeholder = "N",
                    .help = "end the run when so many in a row are refused alike (default: 20; 0: never)"}},
       .examples = {"purser spapi restrictions B000000001 B000000002 --condition good",
                    "purser spapi restrictions - --condition used_good --json < asins.txt > answers.jsonl"},
       .run = run_spapi_restrictions},
  };
}

}  // namespace purser::cli
