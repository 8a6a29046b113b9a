// Old entries of the ledger, folded into an opening line (`carry`), and the reservations that ended with
// them.
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

  // Looks, in all accounts, and changes nothing.
  OldEntries(store::Connection& connection, Instant before);

  const Count& found() const { return found_; }
  // One small transaction; nullopt where nothing is left. Throws corrupt where the entries do not add up.
  std::optional<Count> remove_some(Portion& portion);

 private:
  // Of one account: from its first entry (or where the work stands) up to the last one that is old.
  struct Beginning {
    std::int64_t account = 0, first_id = 0, last_id = 0;
    std::string name;
  };
  void look_at(store::Snapshot& view, const std::string& name);
  std::vector<std::int64_t> look_further(Beginning& old, int most) const;
  Count fold(store::Transaction& change, const Beginning& old, const std::vector<std::int64_t>& ids) const;

  store::Connection* connection_;
  Instant before_;
  std::deque<Beginning> left_;
  Count found_;
};

}  // namespace purser::keepa
