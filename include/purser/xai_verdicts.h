// xAI's verdicts, shared by every worker: the answers so far, and which worker is asking which question now.
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
//   }                                                // else InFlight: another worker asks; or Denied
//
// One call for one question: a miss, the unit of the quota (xai_quota.h) and the *flight* (which worker asks,
// until when) are taken in one transaction, in the order hit, live flight, quota. Another worker meanwhile
// gets InFlight, or takes over once the flight has lapsed (its call's deadline + 10 s). A late answer is
// stored unless there is a newer one. The verdict that a caller assumes when it is denied is never stored. A
// question that xAI refuses for its content is remembered for 30 days, and denied (`refused_content`).
//
// Threads, processes, ownership: as the Database, which must outlive a Verdicts and may be moved
// meanwhile. Errors: purser::Error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "purser/amount.h"
#include "purser/database.h"
#include "purser/xai_quota.h"

namespace purser::xai {

class QuotaWriter;

// The longest call that xAI's users measured.
inline constexpr Duration kDefaultDeadline = std::chrono::seconds(150);
inline constexpr Duration kMaxDeadline = std::chrono::hours(1);
inline constexpr Duration kLapseMargin = std::chrono::seconds(10);
inline constexpr Duration kRefusalMemory = std::chrono::hours(24 * 30);

// The key of a verdict, by exact UTF-8 bytes: nothing is trimmed or normalised.
struct Question {
  std::string title = {}, category = {}, season = {};
  Cents price = {};
  std::string question = "price_reasonable";  // its name: two questions about one book share no answer
};

struct Hit {
  bool verdict;
};

struct Claimed {
  std::string flight;  // id, for answer and abandon
  Instant lapses_at;   // from this instant on another worker may ask
  QuotaState quota;
};

struct InFlight {
  std::string worker;  // the worker that asks
  Instant retry_at;    // when to look again: soon, or when the flight lapses
  Instant lapses_at;
  std::int64_t number = 0;  // of the flight, for failure_of
};

// How a flight ends without a verdict.
struct Abandonment {
  bool never_sent = false;              // or refused by xAI before any work: the unit is given back
  std::string failure = {};             // why, in a word, for the workers that waited; may be empty
  std::string model = {};               // of an unusable answer, which is billed all the same
  Usage usage = {};                     // of that answer
  bool refused_content = false;         // xAI refused the question for its content: stored with the question
  std::optional<PauseCall> pause = {};  // begins this pause for all workers
  bool assumed = false;                 // the caller assumes a verdict instead: counted
};

struct Denied {
  DenyReason reason;
  Instant retry_at;  // as in UnitDenied; for refused_content, when the question may be asked again
  QuotaState quota;
};

struct ClaimOptions {
  Duration deadline = kDefaultDeadline;  // the call's: 1 ms to kMaxDeadline
  std::string purpose = {};              // of the unit; empty: the question's name
  std::optional<Duration> max_age = {};  // an older verdict is a miss
  std::string asker = {};                // as PauseCall::asker; empty: none is named
  bool assumes = false;                  // the caller assumes a verdict if it is denied: counted
};

// A question as the cache keeps it.
struct CachedVerdict {
  Question question;
  std::optional<bool> verdict;       // nullopt: there is only a refusal
  std::optional<std::string> model;  // that gave the verdict, or refused; nullopt: imported, or not recorded
  Instant stored_at{};
  std::optional<Instant> refused_at;  // when xAI refused the question for its content
};

struct CacheFilter {
  std::optional<std::string> model = {}, question = {};
  int last = 20;  // the newest ones
};

// Selects the verdicts that meet every condition given. Without any condition, prune throws usage.
struct PruneFilter {
  std::optional<Duration> older_than = {};
  std::optional<std::string> model = {};
};

using ClaimOutcome = std::variant<Hit, Claimed, InFlight, Denied>;

struct CacheStats {
  std::int64_t entries = 0;
  std::optional<Instant> oldest_at, newest_at;
  std::int64_t hits = 0, misses = 0;  // today's, as far as they are stored
};

// Counts hits and misses in memory, and adds them to the day with its next write or `store_counts`: a hit
// takes no lock and writes nothing.
class Verdicts {
 public:
  explicit Verdicts(Database& database) : database_(database) {}

  // nullopt: a miss; a verdict older than `max_age` is one.
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
  // True: stored. False: there is a newer answer, or the flight had ended. Throws unknown_flight.
  bool answer(const std::string& flight, bool verdict);
  // The same, with what the call used, in one transaction. `asker` is the one of the claim.
  bool answer(const std::string& flight, bool verdict, const std::string& model, const Usage& usage,
              const std::string& asker = {});
  // Ends the flight without an answer. True: the unit was given back. Throws unknown_flight.
  bool abandon(const std::string& flight, const Abandonment& how = {});
  // Why the flight that a worker waited for was abandoned; nullopt: it was not, or no reason was given.
  std::optional<std::string> failure_of(std::int64_t number) const;

  void count_assumed() { ++assumed_; }  // the caller assumed a verdict
  void store_counts();                  // a worker that only reads calls this now and then
  CacheStats stats() const;
  std::int64_t prune(const PruneFilter& filter);  // how many were removed
  std::int64_t prune(Duration older_than) { return prune(PruneFilter{.older_than = older_than}); }

 private:
  void commit(QuotaWriter& writer);  // stores the counts, too

  DatabaseLink database_;
  std::int64_t hits_ = 0, misses_ = 0, assumed_ = 0;
};

}  // namespace purser::xai
