// The flow of a question: the cache, else the flight and its unit, else xAI, else the fallback.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "base/names.h"
#include "base/text.h"
#include "store/busy.h"
#include "xai/exchange.h"
#include "xai/judgement.h"
#include "xai/pauses.h"
#include "xai/quota_writer.h"
#include "xai/refusal.h"
#include "xai/service_options.h"
#include "xai/usage.h"

namespace purser::xai {
namespace {

constexpr std::size_t kMaxPromptBytes = std::size_t{1024} * 1024;

// Another's answer may come at any moment; the first look after a flight lapsed takes over.
constexpr Duration kShortestLook = std::chrono::milliseconds(10);
constexpr Duration kLongestLook = std::chrono::seconds(1);
constexpr Duration kLongestWait = std::chrono::hours(24);

constexpr std::string_view kNoCredits = "that xAI's credits are used up";

// For what an answer to a query says to all: the text is there, and its asker waits for it.
constexpr Duration kLongestStoring = std::chrono::seconds(10);

// What is xAI's doing holds for all; a deadline is the asker's own, and used-up credits, pauses and refusals
// of the content are told by the claim, with the instant at which they end.
constexpr std::array kSharedFailures = {JudgeFailure::unreachable, JudgeFailure::unparsable,
                                        JudgeFailure::rejected};

// How a flight ended whose connection broke in mid-answer, which is no deadline of the asker's.
constexpr std::string_view kBroken = "broken";

std::string ending_of(JudgeFailure failure, bool is_shared) {
  return std::string(is_shared && failure == JudgeFailure::timeout ? kBroken : name_of(failure));
}

std::optional<JudgeFailure> shared_by(const std::string& ending) {
  if (ending == kBroken) return JudgeFailure::timeout;
  return value_named(kSharedFailures, ending);
}

}  // namespace

struct Service::Inside {
  // A flight of ours, and until when nobody takes it over.
  struct Call {
    std::string flight;
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
  std::string model_of(const Reading& reading) const {
    return stored_model(reading.model.empty() ? options.model : reading.model);
  }

  Judgement judge(const Question& question, const JudgeOptions& how);
  void wait_for(const InFlight& flight, SteadyInstant give_up) const;
  std::optional<JudgeFailure> failed_for(const InFlight& awaited) const;
  ClaimOutcome claim(const Question& question, const ClaimOptions& wanted, const InFlight& awaited,
                     SteadyInstant give_up);
  Judgement ask(const Call& call, const Question& question, const JudgeOptions& how);
  Judgement conclude(const Call& call, const Exchange& told, const JudgeOptions& how);
  Judgement failed(const Call& call, const Exchange& told, const JudgeOptions& how);
  void end(const Call& call, const Abandonment& how);
  std::optional<Instant> tell_pause() const;
  void abandon_quietly(const Call& call, const Exchange& told) noexcept;

  void send(const http::Request& request, Exchange& told);
  template <typename Act>
  void keep(SteadyInstant give_up, std::string_view what, Act&& act);
  void warn_unstored(std::string_view what, const Error& fault) const;
  bool is_paused() const;
  void stop_for_today();
  void take_in(const Exchange& told);
  std::optional<PauseCall> pause_for(const Exchange& told) const;
  Judgement assumed(Judgement judgement, const JudgeOptions& how);

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

void Service::Inside::send(const http::Request& request, Exchange& told) {
  if (!transport) transport.emplace();
  exchange(*transport, database.connection(), options, request, told, [this] { return !is_paused(); });
}

// Another worker may have found out while this one waited to ask again, or be about to; and who probes
// himself asks once.
bool Service::Inside::is_paused() const {
  store::Snapshot view(database.connection());
  return load_quota(view).paused && pause_of(view, asker).has_value();
}

void Service::Inside::stop_for_today() {
  quota.stop_for_today();
  database.connection().log(
      LogLevel::warning,
      "xAI's credits are used up: no worker calls it before the next day, or `purser xai limit N`");
}

std::optional<PauseCall> Service::Inside::pause_for(const Exchange& told) const {
  auto reason = told.failure ? std::nullopt : pause_reason_of(told.reading.kind);
  if (!reason) return std::nullopt;
  PauseCall pause{.reason = *reason, .asker = asker, .model = options.model};
  if (*reason == PauseReason::rate_limited) pause.retry_after = told.retry_after;
  return pause;
}

// --- judge -------------------------------------------------------------------------------------------

Judgement Service::judge(const Question& question, const JudgeOptions& options) {
  if (!inside_->has_usable_key()) {
    if (auto verdict = inside_->verdicts.get(question, options.max_age)) return from_the_cache(*verdict);
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
    // What another was told while this one waited for it is young enough.
    if (how.max_age) {
      auto waited = std::chrono::floor<Duration>(clock().steady_now() - began);
      wanted.max_age = std::min(*how.max_age, Duration::max() - waited) + waited;
    }
    if (auto failure = failed_for(awaited)) return assumed(shared_failure(how, awaited, *failure), how);
    auto outcome = claim(question, wanted, awaited, give_up);
    if (const auto* hit = std::get_if<Hit>(&outcome)) return from_the_cache(hit->verdict);
    if (const auto* denied = std::get_if<Denied>(&outcome)) return denied_judgement(how, *denied);
    if (const auto* claimed = std::get_if<Claimed>(&outcome)) {
      Call call{claimed->flight, clock().steady_now() + options.deadline + kLapseMargin};
      auto failure = failed_for(awaited);  // it may have ended while this worker waited for the lock
      if (!failure) return ask(call, question, how);
      end(call, {.never_sent = true, .failure = ending_of(*failure, true), .assumed = how.assume});
      return shared_failure(how, awaited, *failure);
    }
    awaited = std::get<InFlight>(outcome);
    if (clock().steady_now() >= give_up) return assumed(gave_up_waiting(how, awaited), how);
    wait_for(awaited, give_up);
  }
}

// Who may wait for another's answer may wait for the database too.
ClaimOutcome Service::Inside::claim(const Question& question, const ClaimOptions& wanted,
                                    const InFlight& awaited, SteadyInstant give_up) {
  if (awaited.number == 0) return verdicts.claim(question, wanted);
  return store::retried_while_busy(clock(), give_up, [&] { return verdicts.claim(question, wanted); });
}

// Of one who waited in vain, and so has nothing else to write.
Judgement Service::Inside::assumed(Judgement judgement, const JudgeOptions& how) {
  if (!how.assume) return judgement;
  verdicts.count_assumed();
  keep(clock().steady_now(), "that a verdict was assumed", [&] { verdicts.store_counts(); });
  return judgement;
}

// What failed for the one who asked has failed for all who waited for him: an outage costs one call for each
// question and not one for each worker.
std::optional<JudgeFailure> Service::Inside::failed_for(const InFlight& awaited) const {
  if (awaited.number == 0) return std::nullopt;
  return shared_by(verdicts.failure_of(awaited.number).value_or(""));
}

// `retry_at` is of the wall clock, which may jump: it only says how soon within the usual.
void Service::Inside::wait_for(const InFlight& flight, SteadyInstant give_up) const {
  Duration look = std::clamp(flight.retry_at - clock().now(), kShortestLook, kLongestLook);
  clock().sleep_until(std::min(clock().steady_now() + look, give_up));
}

Judgement Service::Inside::ask(const Call& call, const Question& question, const JudgeOptions& how) {
  Exchange told;
  told.max_tokens = tokens_of_a_verdict(options);
  try {
    send(judge_request(options, question), told);
    return conclude(call, told, how);
  } catch (...) {
    abandon_quietly(call, told);
    throw;
  }
}

// What is paid for is handed out, whatever the database says: a busy one passes, and after that the next one
// who needs the verdict asks again.
Judgement Service::Inside::conclude(const Call& call, const Exchange& told, const JudgeOptions& how) {
  auto verdict = told.answered() ? verdict_in(told.reading.content) : std::nullopt;
  if (!verdict) return failed(call, told, how);
  try {
    store::retried_while_busy(clock(), call.lapses_at, [&] {
      verdicts.answer(call.flight, *verdict, model_of(told.reading), told.reading.usage, asker);
    });
  } catch (const Error& fault) {
    warn_unstored("xAI's verdict", fault);
    if (fault.code() != ErrorCode::busy) abandon_quietly(call, told);
  }
  Judgement judgement;
  judgement.verdict = *verdict;
  judgement.source = Source::xai;
  return judgement;
}

Judgement Service::Inside::failed(const Call& call, const Exchange& told, const JudgeOptions& how) {
  Judgement judgement = fallback(how, failure_of(told), told.message);
  if (judgement.failure == JudgeFailure::no_credits) {
    // Before the flight ends, so that nobody claims in between.
    keep(call.lapses_at, kNoCredits, [this] { stop_for_today(); });
    judgement.retry_at = quota.status().day_ends_at;
  }
  if (judgement.failure == JudgeFailure::refused_content) {
    judgement.message += "; nobody asks it again for 30 days, or before `purser xai cache delete`";
    judgement.retry_at = clock().now() + kRefusalMemory;
  }
  auto pause = pause_for(told);
  end(call, {.never_sent = told.at_no_cost,
             .failure = ending_of(*judgement.failure, !told.is_late()),
             .model = model_of(told.reading),
             .usage = told.reading.usage,
             .refused_content = told.is(Kind::refused_content),
             .pause = pause,
             .assumed = how.assume});
  if (pause) judgement.retry_at = tell_pause();
  return judgement;
}

void Service::Inside::end(const Call& call, const Abandonment& how) {
  keep(call.lapses_at, "what became of the call", [&] { verdicts.abandon(call.flight, how); });
}

// What the caller is told does not hang on it: a database that stays busy is a line in the log.
template <typename Act>
void Service::Inside::keep(SteadyInstant give_up, std::string_view what, Act&& act) {
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

// Until when every worker is told so from now on.
std::optional<Instant> Service::Inside::tell_pause() const {
  store::Snapshot view(database.connection());
  auto pause = pause_of(view, asker);
  if (!pause) return std::nullopt;
  database.connection().log(
      LogLevel::warning,
      fmt::format("no worker asks xAI with this key and model before {}, or before `purser xai resume` ({})",
                  rfc3339(pause->until_at), name_of(pause->reason)));
  return pause->until_at;
}

// The error that is on its way says more than that this failed too; the flight lapses by itself. What was
// answered was billed, also where the verdict could not be stored.
void Service::Inside::abandon_quietly(const Call& call, const Exchange& told) noexcept {
  try {
    end(call, {.never_sent = told.at_no_cost, .model = model_of(told.reading), .usage = told.reading.usage});
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
  Exchange told;
  told.max_tokens = inside_->options.max_tokens;
  inside_->send(query_request(inside_->options, prompt), told);
  inside_->take_in(told);
  const Reading& reading = told.reading;
  const bool is_cut = told.is(Kind::unparsable) && reading.cut;
  if ((!told.answered() && !is_cut) || reading.content.empty()) throw Error(error_of(told), told.message);
  return {reading.content, is_cut, inside_->model_of(reading), reading.usage};
}

// What it used, and what it says to all: used-up credits, a pause or its end. The text is paid for, so it is
// handed out, whatever the database says.
void Service::Inside::take_in(const Exchange& told) {
  const Reading& reading = told.reading;
  const SteadyInstant give_up = clock().steady_now() + kLongestStoring;
  try {
    if (reading.usage.calls > 0) {
      keep(give_up, "what a query used", [&] { quota.record_usage(model_of(reading), reading.usage); });
      keep(give_up, "that xAI answers", [&] { quota.record_answer(asker); });
    }
    if (told.is(Kind::no_credits)) keep(give_up, kNoCredits, [this] { stop_for_today(); });
    if (auto pause = pause_for(told)) {
      keep(give_up, "that xAI is not to be asked now", [&] { quota.pause(*pause); });
      tell_pause();
    }
  } catch (const Error& fault) {
    warn_unstored("what a query came to", fault);
  }
}

}  // namespace purser::xai
