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
  // The verdicts stored before `before` and, unless nullopt, by that model.
  OldVerdicts(store::Connection& connection, Instant before, std::optional<std::string> model = {})
      : connection_(&connection), before_(before), model_(std::move(model)) {}

  std::int64_t count() const;  // reads the whole cache
  // Looks at the next verdicts and removes the old ones, in one small transaction where there are any.
  // nullopt once it has seen all.
  std::optional<std::int64_t> remove_some(Portion& portion);

 private:
  store::Connection* connection_;
  Instant before_;
  std::optional<std::string> model_;
  std::int64_t seen_ = -1;  // the last id looked at; no id is negative
};

}  // namespace purser::xai
