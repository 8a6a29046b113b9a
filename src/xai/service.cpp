// From a question to a verdict: the cache, else the flight and its unit, else xAI, else the fallback.
#include "purser/xai_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "base/names.h"
#include "base/text.h"
#include "store/busy.h"
#include "xai/call.h"
#include "xai/judgement.h"
#include "xai/pauses.h"
#include "xai/quota_writer.h"
#include "xai/refusal.h"
#include "xai/service_options.h"
#include "xai/usage.h"

namespace purser::xai {
namespace {

constexpr std::size_t kMaxPromptBytes = std::size_t{1024} * 1024;

// While another worker asks, its answer may come at any moment; the first look after its flight
// lapsed takes over.
constexpr Duration kShortestLook = std::chrono::milliseconds(10);
constexpr Duration kLongestLook = std::chrono::seconds(1);
constexpr Duration kLongestWait = std::chrono::hours(24);

constexpr std::string_view kNoCredits = "that xAI's credits are used up";

// The time to store what a query means for all workers: its text is there, and the caller waits for it.
constexpr Duration kLongestStoring = std::chrono::seconds(10);

// Failures that xAI causes hold for every worker that waited for the call. A deadline is the worker's own;
// used-up credits, pauses and refused content are answered by the claim, which knows when they end.
constexpr std::array kSharedFailures = {JudgeFailure::unreachable, JudgeFailure::unparsable,
                                        JudgeFailure::rejected};

// The word for a connection that broke in mid-answer: a timeout, but not by the deadline of the worker.
constexpr std::string_view kBroken = "broken";

std::string failure_word(JudgeFailure failure, bool is_shared) {
  return std::string(is_shared && failure == JudgeFailure::timeout ? kBroken : name_of(failure));
}

std::optional<JudgeFailure> shared_failure_named(const std::string& word) {
  if (word == kBroken) return JudgeFailure::timeout;
  return value_named(kSharedFailures, word);
}

}  // namespace

struct Service::Inside {
  // A flight that this worker claimed; from `lapses_at` on another may take over.
  struct OwnFlight {
    std::string id;
    SteadyInstant lapses_at;
  };

  Inside(Database& file, ServiceOptions all)
      : database(file),
        options(checked(std::move(all))),
        asker(asker_of(options)),
        verdicts(file),
        quota(file) {}

  Clock& clock() const { return database.connection().clock(); }
  bool has_usable_key() const { return is_usable_key(options.api_key); }
  void require_key() const;
  std::string model_of(const ParsedResponse& response) const {
    return stored_model(response.model.empty() ? options.model : response.model);
  }

  Judgement judge(const Question& question, const JudgeOptions& how);
  void wait_for(const InFlight& flight, SteadyInstant give_up) const;
  std::optional<JudgeFailure> shared_failure_of(const InFlight& awaited) const;
  ClaimOutcome claim(const Question& question, const ClaimOptions& wanted, const InFlight& awaited,
                     SteadyInstant give_up);
  Judgement ask_xai(const OwnFlight& flight, const Question& question, const JudgeOptions& how);
  Judgement conclude(const OwnFlight& flight, const CallResult& result, const JudgeOptions& how);
  Judgement conclude_failure(const OwnFlight& flight, const CallResult& result, const JudgeOptions& how);
  void abandon(const OwnFlight& flight, const Abandonment& how);
  std::optional<Instant> announce_pause() const;
  void abandon_quietly(const OwnFlight& flight, const CallResult& result) noexcept;

  void send(const http::Request& request, CallResult& result);
  template <typename Act>
  void store_or_warn(SteadyInstant give_up, std::string_view what, Act&& act);
  void warn_unstored(std::string_view what, const Error& fault) const;
  bool is_paused() const;
  void stop_for_today();
  void store_query_result(const CallResult& result);
  std::optional<PauseCall> pause_after(const CallResult& result) const;
  Judgement count_assumed(Judgement judgement, const JudgeOptions& how);

  DatabaseLink database;
  ServiceOptions options;
  std::string asker;
  Verdicts verdicts;
  Quota quota;
  std::optional<http::Transport> transport;  // made with the first request: a hit needs no libcurl
};

Service::Service(Database& database, ServiceOptions options)
    : inside_(std::make_unique<Inside>(database, std::move(options))) {}
Service::~Service() = default;
Service::Service(Service&&) noexcept = default;

void Service::Inside::require_key() const {
  if (options.api_key.empty()) {
    throw Error(ErrorCode::no_api_key, "a call to xAI needs an API key: set XAI_API_KEY or XAI_TOKEN");
  }
  if (!has_usable_key()) {
    throw Error(ErrorCode::no_api_key,
                "the API key of xAI holds blanks or characters that no key has: set XAI_API_KEY anew");
  }
}

void Service::Inside::send(const http::Request& request, CallResult& result) {
  if (!transport) transport.emplace();
  call_xai(*transport, database.connection(), options, request, result, [this] { return !is_paused(); });
}

// While this worker waited to ask again, another may have begun a pause or be probing one. A worker that
// probes asks once.
bool Service::Inside::is_paused() const {
  store::Snapshot view(database.connection());
  return load_quota(view).paused && find_pause(view, asker).has_value();
}

void Service::Inside::stop_for_today() {
  quota.stop_for_today();
  database.connection().log(
      LogLevel::warning,
      "xAI's credits are used up: no worker calls it before the next day, or `purser xai limit N`");
}

std::optional<PauseCall> Service::Inside::pause_after(const CallResult& result) const {
  auto reason = result.failure ? std::nullopt : pause_reason_of(result.response.kind);
  if (!reason) return std::nullopt;
  PauseCall pause{.reason = *reason, .asker = asker, .model = options.model};
  if (*reason == PauseReason::rate_limited) pause.retry_after = result.retry_after;
  return pause;
}

// --- judge -------------------------------------------------------------------------------------------

Judgement Service::judge(const Question& question, const JudgeOptions& options) {
  if (!inside_->has_usable_key()) {
    if (auto verdict = inside_->verdicts.get(question, options.max_age)) return cached_judgement(*verdict);
    inside_->require_key();
  }
  return inside_->judge(question, options);
}

Judgement Service::Inside::judge(const Question& question, const JudgeOptions& how) {
  const Duration wait = how.wait.value_or(2 * (options.deadline + kLapseMargin));
  const SteadyInstant give_up = clock().steady_now() + std::min(wait, kLongestWait);
  const SteadyInstant began = clock().steady_now();
  ClaimOptions wanted{.deadline = options.deadline,
                      .purpose = how.purpose,
                      .max_age = {},
                      .asker = asker,
                      .assumes = how.assume};
  for (InFlight awaited;;) {
    // An answer that came to another worker while this one waited for it is young enough.
    if (how.max_age) {
      auto waited = std::chrono::floor<Duration>(clock().steady_now() - began);
      wanted.max_age = std::min(*how.max_age, Duration::max() - waited) + waited;
    }
    if (auto failure = shared_failure_of(awaited))
      return count_assumed(shared_failure_judgement(how, awaited, *failure), how);
    auto outcome = claim(question, wanted, awaited, give_up);
    if (const auto* hit = std::get_if<Hit>(&outcome)) return cached_judgement(hit->verdict);
    if (const auto* denied = std::get_if<Denied>(&outcome)) return denied_judgement(how, *denied);
    if (const auto* claimed = std::get_if<Claimed>(&outcome)) {
      OwnFlight flight{claimed->flight, clock().steady_now() + options.deadline + kLapseMargin};
      auto failure = shared_failure_of(awaited);  // it may have ended while this worker waited for the lock
      if (!failure) return ask_xai(flight, question, how);
      abandon(flight, {.never_sent = true, .failure = failure_word(*failure, true), .assumed = how.assume});
      return shared_failure_judgement(how, awaited, *failure);
    }
    awaited = std::get<InFlight>(outcome);
    if (clock().steady_now() >= give_up) return count_assumed(timed_out_judgement(how, awaited), how);
    wait_for(awaited, give_up);
  }
}

// A worker that may wait for another's answer may wait for the database too.
ClaimOutcome Service::Inside::claim(const Question& question, const ClaimOptions& wanted,
                                    const InFlight& awaited, SteadyInstant give_up) {
  if (awaited.number == 0) return verdicts.claim(question, wanted);
  return store::retried_while_busy(clock(), give_up, [&] { return verdicts.claim(question, wanted); });
}

// For a judgement without a transaction of its own: this worker waited in vain.
Judgement Service::Inside::count_assumed(Judgement judgement, const JudgeOptions& how) {
  if (!how.assume) return judgement;
  verdicts.count_assumed();
  store_or_warn(clock().steady_now(), "that a verdict was assumed", [&] { verdicts.store_counts(); });
  return judgement;
}

// A failure that xAI caused is one for every worker that waited for the call: an outage costs one call a
// question, not one a worker.
std::optional<JudgeFailure> Service::Inside::shared_failure_of(const InFlight& awaited) const {
  if (awaited.number == 0) return std::nullopt;
  return shared_failure_named(verdicts.failure_of(awaited.number).value_or(""));
}

// `retry_at` is of the wall clock, which may jump, so it only says how soon within the shortest
// and longest look.
void Service::Inside::wait_for(const InFlight& flight, SteadyInstant give_up) const {
  Duration look = std::clamp(flight.retry_at - clock().now(), kShortestLook, kLongestLook);
  clock().sleep_until(std::min(clock().steady_now() + look, give_up));
}

Judgement Service::Inside::ask_xai(const OwnFlight& flight, const Question& question,
                                   const JudgeOptions& how) {
  CallResult result;
  result.max_tokens = tokens_of_a_verdict(options);
  try {
    send(judge_request(options, question), result);
    return conclude(flight, result, how);
  } catch (...) {
    abandon_quietly(flight, result);
    throw;
  }
}

// A verdict that is paid for is handed out, whatever the database says. While that is busy, storing is tried
// until the flight lapses; then the next worker that needs the verdict asks again.
Judgement Service::Inside::conclude(const OwnFlight& flight, const CallResult& result,
                                    const JudgeOptions& how) {
  auto verdict = result.is_answered() ? verdict_in(result.response.content) : std::nullopt;
  if (!verdict) return conclude_failure(flight, result, how);
  try {
    store::retried_while_busy(clock(), flight.lapses_at, [&] {
      verdicts.answer(flight.id, *verdict, model_of(result.response), result.response.usage, asker);
    });
  } catch (const Error& fault) {
    warn_unstored("xAI's verdict", fault);
    if (fault.code() != ErrorCode::busy) abandon_quietly(flight, result);
  }
  Judgement judgement;
  judgement.verdict = *verdict;
  judgement.source = Source::xai;
  return judgement;
}

Judgement Service::Inside::conclude_failure(const OwnFlight& flight, const CallResult& result,
                                            const JudgeOptions& how) {
  Judgement judgement = fallback_judgement(how, failure_of(result), result.message);
  if (judgement.failure == JudgeFailure::no_credits) {
    // Before the flight ends, so that no worker claims in between.
    store_or_warn(flight.lapses_at, kNoCredits, [this] { stop_for_today(); });
    judgement.retry_at = quota.status().day_ends_at;
  }
  if (judgement.failure == JudgeFailure::refused_content) {
    judgement.message += "; nobody asks it again for 30 days, or before `purser xai cache delete`";
    judgement.retry_at = clock().now() + kRefusalMemory;
  }
  auto pause = pause_after(result);
  abandon(flight, {.never_sent = result.at_no_cost,
                   .failure = failure_word(*judgement.failure, !result.has_timed_out()),
                   .model = model_of(result.response),
                   .usage = result.response.usage,
                   .refused_content = result.is(ResponseKind::refused_content),
                   .pause = pause,
                   .assumed = how.assume});
  if (pause) judgement.retry_at = announce_pause();
  return judgement;
}

void Service::Inside::abandon(const OwnFlight& flight, const Abandonment& how) {
  store_or_warn(flight.lapses_at, "what became of the call", [&] { verdicts.abandon(flight.id, how); });
}

// The caller's answer does not depend on what is stored here: a database that stays busy is a warning.
template <typename Act>
void Service::Inside::store_or_warn(SteadyInstant give_up, std::string_view what, Act&& act) {
  try {
    store::retried_while_busy(clock(), give_up, act);
  } catch (const Error& fault) {
    if (fault.code() != ErrorCode::busy) throw;
    warn_unstored(what, fault);
  }
}

void Service::Inside::warn_unstored(std::string_view what, const Error& fault) const {
  database.connection().log(LogLevel::warning, fmt::format("{} could not be stored: {}", what, fault.what()));
}

// Warns that all workers with this key and model pause. The end of the pause, where one holds.
std::optional<Instant> Service::Inside::announce_pause() const {
  store::Snapshot view(database.connection());
  auto pause = find_pause(view, asker);
  if (!pause) return std::nullopt;
  database.connection().log(
      LogLevel::warning,
      fmt::format("no worker asks xAI with this key and model before {}, or before `purser xai resume` ({})",
                  rfc3339(pause->until_at), name_of(pause->reason)));
  return pause->until_at;
}

// For use while an error is on its way, which says more than a second one would; the flight lapses by itself.
// An answer was billed, so its usage is recorded also where its verdict could not be stored.
void Service::Inside::abandon_quietly(const OwnFlight& flight, const CallResult& result) noexcept {
  try {
    abandon(flight, {.never_sent = result.at_no_cost,
                     .model = model_of(result.response),
                     .usage = result.response.usage});
  } catch (const std::exception&) {
    return;
  }
}

// --- query -------------------------------------------------------------------------------------------

QueryReply Service::query(const std::string& prompt, const std::string& purpose) {
  if (prompt.empty() || prompt.size() > kMaxPromptBytes) {
    throw Error(ErrorCode::usage, "prompt: must have from 1 byte to 1 MiB");
  }
  if (!is_storable_text(prompt)) {
    throw Error(ErrorCode::invalid_text, "prompt: this is not valid UTF-8 text without NUL");
  }
  inside_->require_key();
  inside_->quota.bypass(purpose);
  CallResult result;
  result.max_tokens = inside_->options.max_tokens;
  inside_->send(query_request(inside_->options, prompt), result);
  inside_->store_query_result(result);
  const ParsedResponse& response = result.response;
  const bool is_cut = result.is(ResponseKind::unparsable) && response.cut;
  if ((!result.is_answered() && !is_cut) || response.content.empty())
    throw Error(error_of(result), result.message);
  return {response.content, is_cut, inside_->model_of(response), response.usage};
}

// Stores what a query used and what it means for all workers: used-up credits, a pause, or the end of one.
// The text is paid for, so it is handed out, whatever the database says.
void Service::Inside::store_query_result(const CallResult& result) {
  const ParsedResponse& response = result.response;
  const SteadyInstant give_up = clock().steady_now() + kLongestStoring;
  try {
    if (response.usage.calls > 0) {
      store_or_warn(give_up, "what a query used",
                    [&] { quota.record_usage(model_of(response), response.usage); });
      store_or_warn(give_up, "that xAI answers", [&] { quota.record_answer(asker); });
    }
    if (result.is(ResponseKind::no_credits)) store_or_warn(give_up, kNoCredits, [this] { stop_for_today(); });
    if (auto pause = pause_after(result)) {
      store_or_warn(give_up, "that xAI is not to be asked now", [&] { quota.pause(*pause); });
      announce_pause();
    }
  } catch (const Error& fault) {
    warn_unstored("what a query came to", fault);
  }
}

}  // namespace purser::xai
