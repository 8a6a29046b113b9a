#include "xai/old_verdicts.h"

#include "xai/sql.h"

namespace purser::xai {

std::int64_t OldVerdicts::count() const {
  store::Snapshot view(*connection_);
  auto row = view.rows(sql::kCountOldVerdicts, before_);
  row.step();
  return row.get<std::int64_t>(0);
}

// A look takes no lock; so a large cache in which little is old is not gone through behind the gate.
std::optional<std::int64_t> OldVerdicts::remove_some(Portion& portion) {
  std::optional<std::int64_t> last;
  std::int64_t old = 0;
  {
    store::Snapshot view(*connection_);
    auto row = view.rows(sql::kNextVerdicts, seen_, before_, portion.rows(), model_);
    row.step();
    last = row.get<std::optional<std::int64_t>>(0);
    old = row.get<std::int64_t>(1);
  }
  if (!last) return std::nullopt;
  std::int64_t removed = 0;
  if (old > 0) {
    store::Transaction change(*connection_);
    portion.begin();
    removed = change.count_rows(sql::kForgetVerdicts, seen_, *last, before_, model_);
    portion.end();
    change.commit();
  }
  seen_ = *last;
  return removed;
}

}  // namespace purser::xai
