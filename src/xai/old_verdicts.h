// The verdicts of the cache that are old: found and removed a portion at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/portion.h"
#include "store/transaction.h"

namespace purser::xai {

class OldVerdicts {
 public:
  // Stored before that and, where it is said, by that model.
  OldVerdicts(store::Connection& connection, Instant before, std::optional<std::string> model = {})
      : connection_(&connection), before_(before), model_(std::move(model)) {}

  std::int64_t count() const;  // reads the whole cache
  // Looks at the next ones and removes those that are old, in one small transaction where there are any;
  // nullopt where it has seen all.
  std::optional<std::int64_t> remove_some(Portion& portion);

 private:
  store::Connection* connection_;
  Instant before_;
  std::optional<std::string> model_;
  std::int64_t seen_ = -1;  // up to that id; none is negative
};

}  // namespace purser::xai
