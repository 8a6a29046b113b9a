// xAI, from a question to a verdict: purser::services, on top of the quota, the cache and the
// flights (xai_quota.h, xai_verdicts.h).
//
//   purser::xai::Service xai(db, purser::xai::ServiceOptions::from_environment());
//   auto judgement = xai.judge({.title = title, .category = category, .season = "Sep", .price = {4990}});
//   if (judgement.verdict) list_it();           // from the cache, from xAI, or what is assumed
//   if (judgement.failure) log(judgement.message);
//
// `judge`: the cache, else the flight and a unit of the quota in one transaction, else the call, else
// the fallback: what the caller assumes where there is no verdict, which is never stored. Who finds
// another asking waits for that answer; when the other has died, one of those who wait takes over once
// its flight has lapsed.
//
// One unit of the quota is one question answered, whatever repeats it takes: a rate limit, a 5xx (also 408,
// 409 and 425) and what was never sent are repeated with back-off within the deadline. A call that was sent
// and not answered has been billed, so it is not repeated, and its unit stays consumed; what was never sent
// gives the unit back, and so does what xAI refused at the door: a rate limit, used-up credits, a wrong key,
// a missing permission, an unknown model.
//
// When xAI says that the credits are used up, the day is stopped for all workers (`purser xai limit N`
// ends it). After a rate limit that says it lasts more than 5 s or outlasts the repeats, a wrong key, a
// missing permission or an unknown model all workers with that key and model pause (xai_quota.h; `purser xai
// resume` ends it). What xAI refuses for its content is remembered with the question.
//
// The answer must be the JSON that was asked for, {"answer": true or false}, whole (finish_reason "stop"):
// anything else is refused and nothing is cached. What a call used (tokens, USD ticks; 10^10 are a dollar) is
// added to the day's usage, also where its answer is refused.
//
// What xAI answered is handed out whatever the database says: while that is busy, storing is tried
// until the flight lapses, and what cannot be stored is a warning in the log; then who needs the
// verdict next asks again.
//
// `query` sends a prompt straight to xAI, outside the quota: never denied, counted apart (bypass_calls).
//
// Threads, processes, ownership: as the Database, which must outlive these and may be moved meanwhile. Waits
// are on the Database's Clock, the deadlines of a request are real time. Errors of the state: purser::Error.
// No key and no part of one stands in a message, nor does anything that xAI's error texts quote.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "purser/xai_verdicts.h"

namespace purser::xai {

// The answer itself has five tokens; the rest is for what a reasoning model thinks unseen, which counts
// against the same limit. With 50, as the Python program before had it, an answer may end before it begins.
inline constexpr int kVerdictTokens = 2048;
inline constexpr int kMinTokens = 1;
inline constexpr int kMaxTokens = 1'000'000;

struct ServiceOptions {
  std::string api_key;
  // Models are retired within months (grok-4-fast-reasoning was on 2026-05-15): this is configuration.
  std::string model = "grok-4.3";
  std::string base_url = "https://api.x.ai";
  Duration connect_deadline = std::chrono::seconds(5);
  Duration deadline = kDefaultDeadline;  // of a verdict's call with its repeats, and of a query
  int tries = 4;                         // requests in all, where a repeat is safe
  // The most tokens of an answer, with what a reasoning model thinks unseen: kMinTokens to kMaxTokens. Unless
  // said, kVerdictTokens for a verdict, and for a query xAI's own limit.
  std::optional<int> max_tokens = {};

  // XAI_API_KEY or XAI_TOKEN, XAI_MODEL, XAI_MAX_TOKENS and, for stand-ins and proxies, PURSER_XAI_URL,
  // without the blanks and line ends that pasting leaves. Without a key, or with one that no header can
  // carry, the cache answers, and what needs a call throws no_api_key. Throws usage for an XAI_MAX_TOKENS
  // that is no such number.
  static ServiceOptions from_environment();
};

enum class Source { cache, xai, fallback };

// Why there is no verdict of xAI's.
enum class JudgeFailure {
  limit,            // the day's quota is used up: `retry_at`
  no_credits,       // xAI's credits are: `retry_at`
  wrong_key,        // xAI refuses the key
  no_permission,    // the key may not do this, or is blocked
  unknown_model,    // the model does not exist, or not for this key: set XAI_MODEL
  rate_limited,     // still, after the repeats
  rejected,         // the request as such is refused, or the base address is wrong
  unreachable,      // nothing was sent, or 5xx after the repeats, or a redirect, which is not followed
  timeout,          // sent and not answered whole; or another worker's answer did not come within `wait`
  unparsable,       // answered, with no whole JSON boolean
  paused,           // another found out that xAI is not to be asked now: `retry_at`
  refused_content,  // xAI refuses this question for its content; so it did when it was asked before
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
  bool assume = true;           // false: the caller takes xAI's verdict or none, and no assumption is counted
  std::string purpose = {};     // of the unit; else the question's name
  // The longest wait for another worker's answer. Default: its flight and a take-over's.
  std::optional<Duration> wait = {};
  std::optional<Duration> max_age = {};  // an older verdict of the cache is asked for anew
};

struct QueryReply {
  std::string text;
  bool cut = false;   // at the limit of tokens: `text` is the part that there is
  std::string model;  // that answered
  Usage usage;
};

class Service {
 public:
  // Throws usage for a model, a deadline or a number of tries that cannot be.
  Service(Database& database, ServiceOptions options);
  ~Service();
  Service(Service&&) noexcept;
  Service& operator=(Service&&) = delete;

  // Throws no_api_key where a call is needed and there is no key; faults of the database, but none that would
  // lose what xAI answered; usage and
  // invalid_text for a question that cannot be one; usage for a base address that is none, or not safe.
  // Everything else is a Judgement.
  [[nodiscard]] Judgement judge(const Question& question, const JudgeOptions& options = {});

  // Throws no_api_key, unreachable, no_answer, service_failed, request_refused, refused_content,
  // rate_limited, no_credits (which stops the day for `judge` too), credentials_refused, unknown_model; what
  // makes a verdict pause does so after a query too. `prompt` is valid UTF-8 of 1 byte to 1 MiB.
  [[nodiscard]] QueryReply query(const std::string& prompt, const std::string& purpose = "guided_learning");

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

std::string_view name_of(Source source);         // "cache", "xai", "fallback"
std::string_view name_of(JudgeFailure failure);  // "limit", "no_credits", ...

}  // namespace purser::xai
