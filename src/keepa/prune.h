// Removes old entries of the ledger, leaving their sums in one opening entry (`carry`), and the reservations
// that ended with them.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/portion.h"
#include "store/transaction.h"

namespace purser::keepa {

class OldEntries {
 public:
  struct Count {
    std::int64_t entries = 0, reservations = 0;
  };

  // Counts the entries before `before` in all accounts; changes nothing.
  OldEntries(store::Connection& connection, Instant before);

  const Count& found() const { return found_; }
  // Removes some in one small transaction; nullopt where nothing is left. Throws corrupt where the entries do
  // not add up.
  std::optional<Count> remove_some(Portion& portion);

 private:
  // Of one account: from its first entry, or the first that is not removed yet, to the last old one.
  struct OldRange {
    std::int64_t account = 0, first_id = 0, last_id = 0;
    std::string name;
  };
  void count_in(store::Snapshot& view, const std::string& name);
  std::vector<std::int64_t> next_ids(OldRange& old, int most) const;
  Count fold(store::Transaction& change, const OldRange& old, const std::vector<std::int64_t>& ids) const;

  store::Connection* connection_;
  Instant before_;
  std::deque<OldRange> pending_;
  Count found_;
};

}  // namespace purser::keepa
