// xAI: how many paid calls today still has, and what was answered already. Shared by every worker.
//
//   purser::xai::Verdicts verdicts(db);
//   purser::xai::Question book{.title = title, .category = category, .season = "Sep", .price = {4990}};
//
//   auto outcome = verdicts.claim(book, std::chrono::seconds(90));
//
//   if (auto* hit = std::get_if<purser::xai::Hit>(&outcome)) return hit->verdict;  // false is a hit too
//
//   if (auto* claimed = std::get_if<purser::xai::Claimed>(&outcome)) {
//     bool reasonable = ...;                         // your call to xAI; the unit is consumed
//     verdicts.answer(claimed->flight, reasonable);  // or verdicts.abandon(claimed->flight)
//   }                                                // else InFlight: another asks; or Denied
//
// The quota is a number of calls a day (1000) in one time zone (UTC), both rows of the file. A unit is
// consumed when it is granted, whatever becomes of the call; only a call that was never sent may be released,
// once, on its own day. The day only moves forward: a clock that goes back gives no second quota. A call
// outside the quota (`bypass`) is never denied, and is counted apart, in bypass_calls.
//
// One call for one question: a miss, the unit and the *flight* (who asks, until when) are taken in one
// transaction, in the order hit, live flight, quota. Another worker meanwhile gets InFlight, or takes over
// once the flight has lapsed (its call's deadline + 10 s). A late answer is stored while there is no newer
// one. What a fallback answered is never stored: who is denied decides by what he assumes himself. A
// question that xAI refuses for its content is remembered for 30 days, and denied (`refused_content`).
//
// A *pause* is one for all: when xAI limits the rate, refuses the key or does not know the model, one worker
// finds out, and until the pause is over all others are denied (`paused`), without a request and without a
// unit. Then one claim probes while the others wait on: an answer ends the pause, a refusal begins a longer
// one. Who asks with another address, key or model is not held up. Whoever does not say with which key he
// asks is held up by any pause, but what a person has to put right only until somebody is answered.
//
// Threads, processes, ownership: as the Database, which must outlive these and may be moved meanwhile.
// Errors: purser::Error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "purser/amount.h"
#include "purser/database.h"

namespace purser::xai {

class QuotaWriter;

inline constexpr std::int64_t kMaxDailyLimit = 1'000'000'000;
inline constexpr Duration kDefaultDeadline =
    std::chrono::seconds(150);  // the longest call that xAI's users measured
inline constexpr Duration kMaxDeadline = std::chrono::hours(1);
inline constexpr Duration kLapseMargin = std::chrono::seconds(10);

// --- The quota -------------------------------------------------------------------------------------

enum class DenyReason {
  limit,            // the day's quota is used up
  no_credits,       // xAI's credits are
  paused,           // one found out for all that xAI is not to be asked now: `quota.pause` says why
  refused_content,  // xAI refused this very question for its content
};

enum class PauseReason { rate_limited, wrong_key, no_permission, unknown_model };

inline constexpr Duration kLongestPause = std::chrono::hours(1);
inline constexpr Duration kRefusalMemory = std::chrono::hours(24 * 30);

struct Pause {
  PauseReason reason;
  Instant until_at;              // or, while somebody probes, when to look again
  std::string model;             // that was asked
  std::string worker;            // who found out
  bool others_answered = false;  // with another key or model: it holds up only who asks with this one
};

// What begins one.
struct PauseCall {
  PauseReason reason;
  std::optional<Duration> retry_after =
      {};                  // as xAI said; the pause is no shorter, and never above kLongestPause
  std::string asker = {};  // 32 hex digits that stand for the address, the key and the model
  std::string model = {};
};

struct QuotaState {
  std::string date;  // the day that is counted: "2026-11-24"
  std::int64_t calls_today = 0, daily_limit = 0;
  std::int64_t remaining = 0;  // 0 where the limit is below calls_today
  std::int64_t bypass_calls = 0;
  std::string time_zone;
  Instant day_ends_at{};            // when the next quota begins
  bool no_credits = false;          // xAI said so: nothing is granted until then
  std::int64_t assumed = 0;         // verdicts of the day that were only assumed
  std::optional<Pause> pause = {};  // of status, and of who is denied for it
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
  bool released = false;  // false: released before, or not of the day that is counted
  QuotaState quota;
};

// What calls used, as xAI's answers say it; without calls it is none. 10,000,000,000 USD ticks are a dollar
// (xai-proto usage.proto).
struct Usage {
  std::int64_t calls = 0;
  std::int64_t prompt_tokens = 0, cached_prompt_tokens = 0, completion_tokens = 0, reasoning_tokens = 0;
  std::int64_t total_tokens = 0;  // as given: whether completion_tokens includes reasoning is not settled
  std::int64_t cost_usd_ticks = 0;
  std::int64_t calls_without_cost = 0;  // whose answers gave no cost: it is more than cost_usd_ticks
};

inline constexpr std::int64_t kUsdTicksADollar = 10'000'000'000;

struct Day {
  std::string date;
  std::int64_t calls = 0, bypass_calls = 0, cache_hits = 0, cache_misses = 0, assumed = 0;
};

class Quota {
 public:
  explicit Quota(Database& database) : database_(database) {}

  // `purpose` says what for, and may be empty. Throws unknown_time_zone when a new day begins in a zone that
  // this machine does not know.
  [[nodiscard]] UnitOutcome acquire(const std::string& purpose = {});
  UnitGranted bypass(const std::string& purpose = {});
  ReleaseOutcome release(const std::string& grant);  // throws unknown_grant

  void stop_for_today();                           // xAI says that the credits are used up
  Pause pause(const PauseCall& call);              // returns the one that holds then
  QuotaState resume();                             // ends every pause
  void answered(const std::string& asker);         // xAI answers this asker: ends what that disproves
  QuotaState set_limit(std::int64_t calls_a_day);  // 0 to kMaxDailyLimit; ends a stop
  QuotaState set_time_zone(const std::string& iana_name);
  // Repairs a day that a wrong clock pinned: today is counted from now on, with `calls` used, and what later
  // days counted is taken back. Throws usage where `date` is not today in the quota's zone.
  QuotaState set_day(const std::string& date, std::int64_t calls);

  QuotaState status() const;              // no lock, no row
  std::vector<Day> days(int last) const;  // newest last
  // Adds what a call used to the day that is counted. `model` is the one that answered. A figure that is
  // negative or beyond belief (10^12 tokens, 10,000 dollars) counts as not given.
  void record_usage(const std::string& model, const Usage& usage);
  Usage usage_today() const;  // of all models
  bool verify() const;        // every day's calls are the sum of its units
 private:
  DatabaseLink database_;
};

// --- The verdicts ----------------------------------------------------------------------------------

// The key, by exact UTF-8 bytes: nothing is trimmed or normalised.
struct Question {
  std::string title = {}, category = {}, season = {};
  Cents price = {};
  std::string question = "price_reasonable";  // two questions about one book do not share an answer
};

struct Hit {
  bool verdict;
};

struct Claimed {
  std::string flight;  // id, for answer / abandon
  Instant lapses_at;   // from then another may ask
  QuotaState quota;
};

struct InFlight {
  std::string worker;  // who asks
  Instant retry_at;    // look again: soon, or when it lapses
  Instant lapses_at;
  std::int64_t number = 0;  // of the flight, for failure_of
};

// How a flight ends without a verdict.
struct Abandonment {
  bool never_sent = false;   // the call was not, or it was refused at the door: its unit is given back
  std::string failure = {};  // why, in a word, for those who waited; may be empty
  std::string model = {};    // it was answered, and so billed, with nothing that can be used: what it used
  Usage usage = {};
  bool refused_content = false;         // xAI refused the question for its content: remembered with it
  std::optional<PauseCall> pause = {};  // and this holds for all
  bool assumed = false;                 // the caller assumes a verdict instead: counted
};

struct Denied {
  DenyReason reason;
  Instant retry_at;  // as of a unit; of refused_content, when it may be asked again
  QuotaState quota;
};

struct ClaimOptions {
  Duration deadline = kDefaultDeadline;  // the call's: 1 ms to kMaxDeadline
  std::string purpose = {};              // of the unit; else the question's name
  std::optional<Duration> max_age = {};  // an older verdict is none
  std::string asker = {};                // as PauseCall::asker; empty: not said
  bool assumes = false;                  // who is denied assumes a verdict: counted
};

// A question as the cache keeps it.
struct CachedVerdict {
  Question question;
  std::optional<bool> verdict;       // nullopt: there is only a refusal
  std::optional<std::string> model;  // that gave it, or refused; nullopt: imported, or nobody said
  Instant stored_at{};
  std::optional<Instant> refused_at;  // for its content
};

struct CacheFilter {
  std::optional<std::string> model = {}, question = {};
  int last = 20;  // the newest ones
};

// What fits all that is said; nothing said is a usage error.
struct PruneFilter {
  std::optional<Duration> older_than = {};
  std::optional<std::string> model = {};
};

using ClaimOutcome = std::variant<Hit, Claimed, InFlight, Denied>;

struct CacheStats {
  std::int64_t entries = 0;
  std::optional<Instant> oldest_at, newest_at;
  std::int64_t hits = 0, misses = 0;  // today's, as far as counted
};

// Counts hits and misses in memory and adds them to the day with its next write (or `store_counts`): a hit
// takes no lock and writes nothing.
class Verdicts {
 public:
  explicit Verdicts(Database& database) : database_(database) {}

  // nullopt: a miss; an older verdict than `max_age` is one.
  std::optional<bool> get(const Question& question, const std::optional<Duration>& max_age = {});
  // Many at once, about three times as fast: one read transaction for each thousand of them.
  std::vector<std::optional<bool>> get_all(const std::vector<Question>& questions);
  void put(const Question& question, bool verdict, const std::string& model = {});
  bool remove(const Question& question);  // false: there was nothing
  // Newest last; reads the whole cache.
  std::vector<CachedVerdict> list(const CacheFilter& filter = {}) const;

  [[nodiscard]] ClaimOutcome claim(const Question& question, const ClaimOptions& options);
  [[nodiscard]] ClaimOutcome claim(const Question& question, Duration deadline = kDefaultDeadline,
                                   const std::string& purpose = {}) {
    return claim(question, ClaimOptions{.deadline = deadline, .purpose = purpose});
  }
  // True when stored: not where there is a newer answer, or the flight had ended. Throws unknown_flight.
  bool answer(const std::string& flight, bool verdict);
  // The same, with what the call used, in one transaction. `asker` is the one of the claim.
  bool answer(const std::string& flight, bool verdict, const std::string& model, const Usage& usage,
              const std::string& asker = {});
  // Nobody will answer. True when the unit was given back.
  bool abandon(const std::string& flight, const Abandonment& how = {});
  // Why the flight that was waited for was abandoned; nullopt: it was not, or nobody said.
  std::optional<std::string> failure_of(std::int64_t number) const;

  void count_assumed() { ++assumed_; }  // somebody assumed a verdict
  void store_counts();                  // for a worker that only reads, now and then
  CacheStats stats() const;
  std::int64_t prune(const PruneFilter& filter);  // how many were removed
  std::int64_t prune(Duration older_than) { return prune(PruneFilter{.older_than = older_than}); }

 private:
  void store_counts(QuotaWriter& writer) const;
  void forget_counts() { hits_ = misses_ = assumed_ = 0; }

  DatabaseLink database_;
  std::int64_t hits_ = 0, misses_ = 0, assumed_ = 0;
};

std::string_view name_of(DenyReason reason);   // "limit", "no_credits", ...
std::string_view name_of(PauseReason reason);  // "rate_limited", "wrong_key", ...

}  // namespace purser::xai
