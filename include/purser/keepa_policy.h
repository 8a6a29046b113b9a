// The policies that Ledger::acquire (keepa.h) decides by: rows of the database, one set for all accounts.
//
//   purser::keepa::set_policy(db, "backfiller", {.threshold = purser::tokens(60)});
//   purser::keepa::set_policy(db, "backfiller", {.max_deficit = purser::keepa::DeficitChange::none()});
//
// A task without a policy of its own follows `standard`. A policy has a threshold and a margin (the task may
// go into debt), or a buffer (it never goes below it). Errors: purser::Error.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "purser/amount.h"
#include "purser/clock.h"
#include "purser/database.h"

namespace purser::keepa {

struct Policy {
  std::string name;
  std::optional<Millitokens> threshold, margin;  // either these two
  std::optional<Millitokens> buffer;             // or this one
  std::optional<Millitokens> max_deficit;        // only with a threshold
  Duration patience{};  // how long a place in the queue outlives the wait that its task was given
};

// How set_policy changes max_deficit.
struct DeficitChange {
  enum class Kind { keep, none, at_most };
  Kind kind = Kind::keep;
  Millitokens limit = {};  // of at_most

  static constexpr DeficitChange none() { return {Kind::none, {}}; }
  static constexpr DeficitChange at_most(Millitokens limit) { return {Kind::at_most, limit}; }
};

// An absent field stays as it is; in a new policy it starts with the value of the standard policy.
struct PolicyChange {
  std::optional<Millitokens> threshold = {}, margin = {}, buffer = {};
  DeficitChange max_deficit = {};
  std::optional<Duration> patience = {};
};

std::vector<Policy> policies(Database& database);  // by name
Policy set_policy(Database& database, const std::string& name, const PolicyChange& change);

}  // namespace purser::keepa
