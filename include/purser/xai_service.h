// Calls to xAI, from a question to a verdict: part of the library purser::services, on top of the quota and
// the verdicts (xai_quota.h, xai_verdicts.h).
//
//   purser::xai::Service xai(db, purser::xai::ServiceOptions::from_environment());
//   auto judgement = xai.judge({.title = title, .category = category, .season = "Sep", .price = {4990}});
//   if (judgement.verdict) list_it();           // from the cache, from xAI, or what is assumed
//   if (judgement.failure) log(judgement.message);
//
// `judge` tries in this order: the cache; a flight with a unit of the quota, taken in one transaction; the
// call; the fallback, which is the verdict that the caller assumes where there is none, and is never stored.
// A worker that finds another one asking waits for that answer. When the other has died, one of the waiting
// workers takes over once its flight has lapsed.
//
// One unit of the quota is one question answered, however many repeats it takes. The Service repeats, with
// back-off and within the deadline, a request that met a rate limit or a 5xx (also 408, 409 and 425), or was
// never sent. A request that was sent and not answered has been billed: it is not repeated, and its unit
// stays consumed. The unit is given back for a call that was never sent, and for one that xAI refused before
// it did any work: for a rate limit, used-up credits, a wrong key, a missing permission or an unknown model.
//
// When xAI says that the credits are used up, the day is stopped for all workers (`purser xai limit N` ends
// it). After a rate limit that outlasts the repeats or says it lasts more than 5 s, a wrong key, a missing
// permission or an unknown model, all workers with that key and model pause (xai_quota.h; `purser xai
// resume` ends it). A question that xAI refuses for its content is remembered as refused.
//
// The answer must be the JSON that was asked for, {"answer": true or false}, whole (finish_reason "stop"):
// anything else is refused and nothing is cached. What a call used (tokens, USD ticks; 10^10 are a dollar) is
// added to the day's usage, also where its answer is refused.
//
// The caller gets xAI's answer even if the database fails: while the database is busy, the Service tries to
// store the answer until the flight lapses. An answer that cannot be stored becomes a warning in the log, and
// the next worker that needs the verdict asks again.
//
// `query` sends a prompt straight to xAI, outside the quota: never denied, counted apart (bypass_calls).
//
// Threads, processes, ownership: as the Database, which must outlive a Service and may be moved meanwhile.
// Waits are on the Database's Clock, the deadlines of a request are real time. Errors of the database:
// purser::Error. No message holds the key or a part of it, nor anything that xAI's error texts quote.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "purser/xai_verdicts.h"

namespace purser::xai {

// The answer itself has five tokens; the rest is for the hidden reasoning of a reasoning model, which counts
// against the same limit. With a limit of 50 an answer may end before it begins.
inline constexpr int kVerdictTokens = 2048;
inline constexpr int kMinTokens = 1;
inline constexpr int kMaxTokens = 1'000'000;

struct ServiceOptions {
  std::string api_key;
  // xAI retires models within months (grok-4-fast-reasoning on 2026-05-15), so this is configuration.
  std::string model = "grok-4.3";
  std::string base_url = "https://api.x.ai";
  Duration connect_deadline = std::chrono::seconds(5);
  Duration deadline = kDefaultDeadline;  // of a call with its repeats, for a verdict or a query
  int tries = 4;                         // requests in all, where a repeat is safe
  // The most tokens of an answer, hidden reasoning included: kMinTokens to kMaxTokens. nullopt:
  // kVerdictTokens for a verdict, xAI's own limit for a query.
  std::optional<int> max_tokens = {};

  // XAI_API_KEY or XAI_TOKEN, XAI_MODEL, XAI_MAX_TOKENS and, for stand-ins and proxies, PURSER_XAI_URL,
  // without the blanks and line ends that pasting leaves. Throws usage for an impossible XAI_MAX_TOKENS.
  // Without a key, or with one that no header can carry, only the cache answers.
  static ServiceOptions from_environment();
};

enum class Source { cache, xai, fallback };

// Why there is no verdict from xAI.
enum class JudgeFailure {
  limit,            // the day's quota is used up: `retry_at`
  no_credits,       // xAI's credits are used up: `retry_at`
  wrong_key,        // xAI refuses the key
  no_permission,    // the key may not do this, or is blocked
  unknown_model,    // the model does not exist, or not for this key: set XAI_MODEL
  rate_limited,     // too many requests, even after the repeats
  rejected,         // the request as such is refused, or the base address is wrong
  unreachable,      // nothing was sent, or 5xx after the repeats, or a redirect, which is not followed
  timeout,          // sent and not answered whole; or another worker's answer did not come within `wait`
  unparsable,       // answered, but with no whole JSON boolean
  paused,           // another worker found out that xAI is not to be asked now: `retry_at`
  refused_content,  // xAI refuses this question for its content, now or when it was asked before
};

struct Judgement {
  bool verdict = true;
  Source source = Source::fallback;
  std::optional<JudgeFailure> failure;  // with Source::fallback
  std::optional<Instant> retry_at;      // where it is known when to ask again: a new day, the end of a pause
  std::string message;                  // of a failure: one sentence that says what to do
};

struct JudgeOptions {
  bool safe_assumption = true;  // the price is reasonable
  bool assume = true;           // false: the caller uses no assumed verdict, and none is counted
  std::string purpose = {};     // of the unit; empty: the question's name
  // The longest wait for another worker's answer. nullopt: that flight, and one that takes over.
  std::optional<Duration> wait = {};
  std::optional<Duration> max_age = {};  // an older verdict of the cache is a miss
};

struct QueryReply {
  std::string text;
  bool cut = false;   // `text` was cut off at the limit of tokens
  std::string model;  // the model that answered
  Usage usage;
};

class Service {
 public:
  // Throws usage for impossible options, also for a base address that is malformed or not safe.
  Service(Database& database, ServiceOptions options);
  ~Service();
  Service(Service&&) noexcept;
  Service& operator=(Service&&) = delete;

  // Throws no_api_key where a call is needed and there is no usable key; usage and invalid_text for an
  // impossible question; faults of the database, unless throwing would lose an answer of xAI's. Every other
  // result is a Judgement.
  [[nodiscard]] Judgement judge(const Question& question, const JudgeOptions& options = {});

  // `prompt` is valid UTF-8 of 1 byte to 1 MiB. Throws no_api_key, unreachable, no_answer, service_failed,
  // request_refused, refused_content, rate_limited, no_credits, credentials_refused, unknown_model. Used-up
  // credits stop the day, and a refusal begins a pause, as with `judge`.
  [[nodiscard]] QueryReply query(const std::string& prompt, const std::string& purpose = "guided_learning");

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

std::string_view name_of(Source source);         // "cache", "xai", "fallback"
std::string_view name_of(JudgeFailure failure);  // "limit", "no_credits", ...

}  // namespace purser::xai
