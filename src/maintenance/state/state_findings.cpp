#include "maintenance/state/state_findings.h"

#include <fmt/format.h>

#include "base/words.h"
#include "keepa/maintenance.h"
#include "maintenance/state/sums.h"
#include "spapi/maintenance.h"
#include "store/lease.h"
#include "store/schema/schema_version.h"
#include "xai/maintenance.h"

namespace purser::maintenance {
namespace {

std::string advice_for(const Check& check) {
  if (check.name == "keepa_ledger")
    return "somebody wrote with another program: restore a backup, or ask for help";
  if (check.name == "xai_days")
    return "the present day: purser xai set-day DATE --calls N --yes, with the calls that xAI's console "
           "shows; an older one changes nothing any more";
  if (check.name == "spapi_secrets")
    return "purser key rotate moves them all to one key; those that do not open (purser key check) are "
           "stored anew: purser spapi set";
  return "restore a backup";
}

Finding leases(store::Snapshot& view) {
  store::StaleLeases stale = store::stale_leases(view);
  if (stale.count == 0) return {"leases", Level::ok, "none that lapsed", ""};
  return {"leases", Level::warning,
          fmt::format("{} lapsed and nobody ended them: the oldest is '{}' of {}, {} ago", stale.count,
                      stale.name, stale.holder, in_words(view.now() - *stale.lapsed_at)),
          "they hold nobody up: whoever asks next takes over. Look why these workers died"};
}

}  // namespace

Findings state_findings(store::Snapshot& view) {
  Findings all;
  attempt(all, "sums", [&] { return findings_of(verify_sums(view), advice_for); });
  if (view.schema_version() < store::newest_version()) return all;
  attempt(all, "keepa", [&] { return keepa::findings(view); });
  attempt(all, "xai", [&] { return xai::findings(view); });
  attempt(all, "spapi", [&] { return spapi::findings(view); });
  attempt(all, "leases", [&] { return Findings{leases(view)}; });
  return all;
}

}  // namespace purser::maintenance
