// xAI's daily quota, shared by every worker: how many paid calls are left today, and whether xAI may be
// asked at all.
//
//   purser::xai::Quota quota(db);
//   auto outcome = quota.acquire("review");
//
//   if (auto* granted = std::get_if<purser::xai::UnitGranted>(&outcome)) {
//     ...                             // your call to xAI; the unit is consumed
//     quota.release(granted->grant);  // only if the call was never sent
//   }                                 // else UnitDenied: why, and when to try again
//
// The quota is a number of calls (units) a day (1000 at first) in one time zone (UTC at first); the database
// holds both. A unit is consumed when it is granted, whether or not the call succeeds; only the unit of a
// call that was never sent may be released, once, on the day that it was taken from. The day only moves
// forward: a clock set back gives no second quota. A call outside the quota (`bypass`) is never denied, and
// is counted apart, in bypass_calls.
//
// A *pause* holds for all workers. The worker that xAI refuses for its rate, its key or its model stores
// one, and until it is over the others are denied (`paused`): they spend no request and no unit. Then
// one claim (xai_verdicts.h) probes while the others still wait. An answer ends the pause, a refusal
// begins a longer one.
//
// An *asker* is the address, the key and the model that a worker asks with. A pause holds up only its own
// asker. A caller that names no asker is held up by every pause. One that a person has to end (key,
// permission, model) stops such a caller only until xAI answers another asker.
//
// Threads, processes, ownership: as the Database, which must outlive a Quota and may be moved
// meanwhile. Errors: purser::Error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "purser/database.h"

namespace purser::xai {

inline constexpr std::int64_t kMaxDailyLimit = 1'000'000'000;
inline constexpr Duration kLongestPause = std::chrono::hours(1);

enum class DenyReason {
  limit,            // the day's quota is used up
  no_credits,       // xAI's credits are used up
  paused,           // another worker found out that xAI is not to be asked now: `quota.pause` says why
  refused_content,  // xAI refused this very question for its content
};

enum class PauseReason { rate_limited, wrong_key, no_permission, unknown_model };

struct Pause {
  PauseReason reason;
  Instant until_at;              // or, while a claim probes, when to look again
  std::string model;             // the model that was asked
  std::string worker;            // the worker that xAI refused
  bool others_answered = false;  // xAI has answered another asker: the pause holds up only its own asker
};

// What begins a pause: xAI refused a call.
struct PauseCall {
  PauseReason reason;
  std::optional<Duration> retry_after = {};  // from xAI: the least length of the pause, up to kLongestPause
  std::string asker = {};                    // 32 hex digits: a hash of the address, the key and the model
  std::string model = {};
};

struct QuotaState {
  std::string date;  // the day that is counted: "2026-11-24"
  std::int64_t calls_today = 0, daily_limit = 0;
  std::int64_t remaining = 0;  // never negative: 0 where the limit is below calls_today
  std::int64_t bypass_calls = 0;
  std::string time_zone;
  Instant day_ends_at{};            // when the next quota begins
  bool no_credits = false;          // xAI's credits are used up: nothing is granted until day_ends_at
  std::int64_t assumed = 0;         // how often a caller used an assumed verdict that day
  std::optional<Pause> pause = {};  // in a status, and where a pause is the reason of a denial
};

struct UnitGranted {
  std::string grant;  // id, for release
  QuotaState quota;
};

struct UnitDenied {
  DenyReason reason;
  Instant retry_at;  // the first instant of the next day, or when the pause is over
  QuotaState quota;
};

using UnitOutcome = std::variant<UnitGranted, UnitDenied>;

struct ReleaseOutcome {
  bool released = false;  // false: it was released before, or is not of the day that is counted
  QuotaState quota;
};

// What calls used, as xAI's answers report it; with `calls` 0 there is nothing to record.
struct Usage {
  std::int64_t calls = 0;
  std::int64_t prompt_tokens = 0, cached_prompt_tokens = 0, completion_tokens = 0, reasoning_tokens = 0;
  std::int64_t total_tokens = 0;  // as given: whether completion_tokens includes reasoning is not settled
  std::int64_t cost_usd_ticks = 0;
  std::int64_t calls_without_cost = 0;  // calls whose answers gave no cost: the true cost is higher
};

inline constexpr std::int64_t kUsdTicksPerDollar = 10'000'000'000;  // xai-proto, usage.proto

struct Day {
  std::string date;
  std::int64_t calls = 0, bypass_calls = 0, cache_hits = 0, cache_misses = 0, assumed = 0;
};

class Quota {
 public:
  explicit Quota(Database& database) : database_(database) {}

  // `purpose` says what the call is for, and may be empty. Throws unknown_time_zone when a new day begins in
  // a zone that this machine does not know.
  [[nodiscard]] UnitOutcome acquire(const std::string& purpose = {});
  UnitGranted bypass(const std::string& purpose = {});
  ReleaseOutcome release(const std::string& grant);  // throws unknown_grant

  void stop_for_today();                           // xAI says that the credits are used up
  Pause pause(const PauseCall& call);              // returns the pause that holds then
  QuotaState resume();                             // ends every pause
  void record_answer(const std::string& asker);    // xAI answered this asker: ends the pauses this disproves
  QuotaState set_limit(std::int64_t calls_a_day);  // 0 to kMaxDailyLimit; ends a stop for used-up credits
  QuotaState set_time_zone(const std::string& iana_name);
  // Repairs a day that a wrong clock left behind: today is counted from now on, with `calls` used, and what
  // later days counted is taken back. Throws usage where `date` is not today in the quota's zone.
  QuotaState set_day(const std::string& date, std::int64_t calls);

  QuotaState status() const;              // takes no lock, writes nothing
  std::vector<Day> days(int last) const;  // newest last
  // Adds what a call used to the day that is counted. `model` is the one that answered. A figure that is
  // negative or implausibly high (10^12 tokens, 10,000 dollars) counts as not given.
  void record_usage(const std::string& model, const Usage& usage);
  Usage usage_today() const;  // of all models
  bool verify() const;        // every day's calls are the sum of its units

 private:
  DatabaseLink database_;
};

std::string_view name_of(DenyReason reason);   // "limit", "no_credits", ...
std::string_view name_of(PauseReason reason);  // "rate_limited", "wrong_key", ...

}  // namespace purser::xai
