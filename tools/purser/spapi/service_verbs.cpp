// `purser spapi token`, `probe` and `restrictions`: Amazon itself is asked.
#include "frame/service_verbs.h"
#include "frame/verbs.h"

namespace purser::cli {

std::vector<VerbSpec> spapi_service_verbs() {
  return {
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
                    .help = "the token_id of a token that Amazon refused: another one, if it is still "
                            "current and was got more "
                            "than a minute ago"},
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
