// `purser keepa refresh`: Keepa itself is asked what the balance is.
#include "frame/service_verbs.h"
#include "frame/verbs.h"

namespace purser::cli {

std::vector<VerbSpec> keepa_service_verbs() {
  return {
      {.group = "keepa",
       .name = "refresh",
       .summary = "ask Keepa what the balance is: its free /token request, once for all",
       .details =
           R"(One request in flight for the whole database, and at most one in 30 s (refreshed: false, with what is
known) unless the balance is unknown. Makes the account where it is new. The account remembers a hash of
the key it belongs to: another key is exit status 78 until --new-key accepts it, which makes the balance
unknown first. 69: Keepa cannot be reached or failed; 77: it refuses the key.
)",
       .options = {{.name = "--new-key",
                    .help = "the account belongs to the key in KEEPA_API_KEY from now on"}},
       .examples = {"purser keepa refresh", "purser --account second keepa refresh --json"},
       .run = run_keepa_refresh},
  };
}

}  // namespace purser::cli
