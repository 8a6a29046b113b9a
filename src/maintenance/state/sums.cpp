#include "maintenance/state/sums.h"

#include <iterator>

#include "keepa/maintenance.h"
#include "spapi/maintenance.h"
#include "xai/maintenance.h"

namespace purser::maintenance {

std::vector<Check> verify_sums(store::Snapshot& view) {
  std::vector<Check> all = keepa::verify(view);
  for (auto* verify : {&xai::verify, &spapi::verify}) {
    std::vector<Check> checks = verify(view);
    std::move(checks.begin(), checks.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace purser::maintenance
