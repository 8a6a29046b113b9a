// The flow of a question: the cache, else the flight and its unit, else xAI, else the fallback.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "base/environment.h"
#include "base/names.h"
#include "base/text.h"
#include "xai/exchange.h"

namespace purser::xai {
namespace {

constexpr std::size_t kMaxPromptBytes = std::size_t{1024} * 1024;

// Another's answer may come at any moment; the first look after a flight lapsed takes over.
constexpr Duration kShortestLook = std::chrono::milliseconds(10);
constexpr Duration kLongestLook = std::chrono::seconds(1);
constexpr Duration kLongestWait = std::chrono::hours(24);

// What is xAI's doing holds for all; a key, a model or a deadline is the asker's own, and used-up credits are
// the quota's to tell, with the instant they return.
constexpr std::array kSharedFailures = {JudgeFailure::unreachable, JudgeFailure::rate_limited,
                                        JudgeFailure::unparsable, JudgeFailure::rejected};

ServiceOptions checked(ServiceOptions options) {
  require_name("model", options.model);
  if (options.tries < 1) throw Error(ErrorCode::usage, "tries: must be at least 1");
  if (options.connect_deadline < Duration{1}) {
    throw Error(ErrorCode::usage, "connect deadline: must be at least 1 ms");
  }
  if (options.deadline < Duration{1} || options.deadline > kMaxDeadline) {
    throw Error(ErrorCode::usage, "deadline: must be from 1 ms to 1 hour");
  }
  options.base_url = http::base_address(std::move(options.base_url));
  return options;
}

// --- Judgements without xAI --------------------------------------------------------------------------

Judgement fallback(const JudgeOptions& options, JudgeFailure failure, std::string message) {
  Judgement judgement;
  judgement.verdict = options.safe_assumption;
  judgement.source = Source::fallback;
  judgement.failure = failure;
  judgement.message = std::move(message);
  return judgement;
}

Judgement from_the_cache(bool verdict) {
  Judgement judgement;
  judgement.verdict = verdict;
  judgement.source = Source::cache;
  return judgement;
}

Judgement denied_judgement(const JudgeOptions& options, const Denied& denied) {
  bool credits = denied.reason == DenyReason::no_credits;
  std::string message =
      credits ? fmt::format(
                    "xAI's credits are used up: buy more, then `purser xai limit N` lets calls through "
                    "again; else they go on at {}",
                    rfc3339(denied.retry_at))
              : fmt::format(
                    "the day's limit of {} calls to xAI is reached: the next day begins at {}, and "
                    "`purser xai limit N` sets another limit",
                    denied.quota.daily_limit, rfc3339(denied.retry_at));
  Judgement judgement =
      fallback(options, credits ? JudgeFailure::no_credits : JudgeFailure::limit, std::move(message));
  judgement.retry_at = denied.retry_at;
  return judgement;
}

Judgement gave_up_waiting(const JudgeOptions& options, const InFlight& flight) {
  return fallback(
      options, JudgeFailure::timeout,
      fmt::format("{} asks xAI this already, and its answer did not come in time: ask again later",
                  flight.worker));
}

Judgement shared_failure(const JudgeOptions& options, const InFlight& flight, JudgeFailure failure) {
  return fallback(options, failure,
                  fmt::format("{} asked xAI the same just now and got no verdict ({}): ask again later",
                              flight.worker, name_of(failure)));
}

}  // namespace

struct Service::Inside {
  Inside(Database& file, ServiceOptions all)
      : database(file), options(checked(std::move(all))), verdicts(file), quota(file) {}

  Clock& clock() const { return database.connection().clock(); }
  bool has_usable_key() const { return is_usable_key(options.api_key); }
  void require_key() const;
  std::string model_of(const Reading& reading) const {
    return reading.model.empty() ? options.model : reading.model;
  }

  Judgement judge(const Question& question, const JudgeOptions& how);
  void wait_for(const InFlight& flight, SteadyInstant give_up) const;
  std::optional<JudgeFailure> failed_for(const InFlight& awaited) const;
  Judgement ask(const std::string& flight, const Question& question, const JudgeOptions& how);
  Judgement conclude(const std::string& flight, const Exchange& told, const JudgeOptions& how);
  void abandon_quietly(const std::string& flight, const Exchange& told) noexcept;

  void call(const http::Request& request, Exchange& told);
  void stop_for_today();

  DatabaseLink database;
  ServiceOptions options;
  Verdicts verdicts;
  Quota quota;
  std::optional<http::Transport> transport;  // made with the first request: a hit needs no libcurl
};

ServiceOptions ServiceOptions::from_environment() {
  ServiceOptions options;
  options.api_key = environment("XAI_API_KEY");
  if (options.api_key.empty()) options.api_key = environment("XAI_TOKEN");
  if (auto model = environment("XAI_MODEL"); !model.empty()) options.model = model;
  if (auto url = environment("PURSER_XAI_URL"); !url.empty()) options.base_url = url;
  return options;
}

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

void Service::Inside::call(const http::Request& request, Exchange& told) {
  if (!transport) transport.emplace();
  exchange(*transport, database.connection(), options, request, told);
}

void Service::Inside::stop_for_today() {
  quota.stop_for_today();
  database.connection().log(
      LogLevel::warning,
      "xAI's credits are used up: no worker calls it before the next day, or `purser xai limit N`");
}

// --- judge -------------------------------------------------------------------------------------------

Judgement Service::judge(const Question& question, const JudgeOptions& options) {
  if (!inside_->has_usable_key()) {
    if (auto verdict = inside_->verdicts.get(question)) return from_the_cache(*verdict);
    inside_->require_key();
  }
  return inside_->judge(question, options);
}

Judgement Service::Inside::judge(const Question& question, const JudgeOptions& how) {
  const Duration wait = how.wait.value_or(2 * (options.deadline + kLapseMargin));
  const SteadyInstant give_up = clock().steady_now() + std::min(wait, kLongestWait);
  for (InFlight awaited;;) {
    if (auto failure = failed_for(awaited)) return shared_failure(how, awaited, *failure);
    auto outcome = verdicts.claim(question, options.deadline, how.purpose);
    if (const auto* hit = std::get_if<Hit>(&outcome)) return from_the_cache(hit->verdict);
    if (const auto* denied = std::get_if<Denied>(&outcome)) return denied_judgement(how, *denied);
    if (const auto* claimed = std::get_if<Claimed>(&outcome)) {
      auto failure = failed_for(awaited);  // it may have ended while this worker waited for the lock
      if (!failure) return ask(claimed->flight, question, how);
      verdicts.abandon(claimed->flight, {.never_sent = true, .failure = std::string(name_of(*failure))});
      return shared_failure(how, awaited, *failure);
    }
    awaited = std::get<InFlight>(outcome);
    if (clock().steady_now() >= give_up) return gave_up_waiting(how, awaited);
    wait_for(awaited, give_up);
  }
}

// What failed for the one who asked has failed for all who waited for him: an outage costs one call for each
// question and not one for each worker.
std::optional<JudgeFailure> Service::Inside::failed_for(const InFlight& awaited) const {
  if (awaited.number == 0) return std::nullopt;
  return value_named(kSharedFailures, verdicts.failure_of(awaited.number).value_or(""));
}

// `retry_at` is of the wall clock, which may jump: it only says how soon within the usual.
void Service::Inside::wait_for(const InFlight& flight, SteadyInstant give_up) const {
  Duration look = std::clamp(flight.retry_at - clock().now(), kShortestLook, kLongestLook);
  clock().sleep_until(std::min(clock().steady_now() + look, give_up));
}

Judgement Service::Inside::ask(const std::string& flight, const Question& question, const JudgeOptions& how) {
  Exchange told;
  try {
    call(judge_request(options, question), told);
    return conclude(flight, told, how);
  } catch (...) {
    abandon_quietly(flight, told);
    throw;
  }
}

Judgement Service::Inside::conclude(const std::string& flight, const Exchange& told,
                                    const JudgeOptions& how) {
  if (auto verdict = told.answered() ? verdict_in(told.reading.content) : std::nullopt) {
    verdicts.answer(flight, *verdict, model_of(told.reading), told.reading.usage);
    Judgement judgement;
    judgement.verdict = *verdict;
    judgement.source = Source::xai;
    return judgement;
  }
  Judgement judgement = fallback(how, failure_of(told), told.message);
  if (judgement.failure == JudgeFailure::no_credits) {
    stop_for_today();  // before the flight ends, so that nobody claims in between
    judgement.retry_at = quota.status().day_ends_at;
  }
  verdicts.abandon(flight, {.never_sent = told.never_sent,
                            .failure = std::string(name_of(*judgement.failure)),
                            .model = model_of(told.reading),
                            .usage = told.reading.usage});
  return judgement;
}

// The error that is on its way says more than that this failed too; the flight lapses by itself. What was
// answered was billed, also where the verdict could not be stored.
void Service::Inside::abandon_quietly(const std::string& flight, const Exchange& told) noexcept {
  try {
    verdicts.abandon(
        flight,
        {.never_sent = told.never_sent, .model = model_of(told.reading), .usage = told.reading.usage});
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
  inside_->call(query_request(inside_->options, prompt), told);
  const Reading& reading = told.reading;
  if (reading.usage.calls > 0) inside_->quota.record_usage(inside_->model_of(reading), reading.usage);
  if (!told.failure && reading.kind == Kind::no_credits) inside_->stop_for_today();
  if (!told.answered() || reading.content.empty()) throw Error(error_of(told), told.message);
  return {reading.content, inside_->model_of(reading), reading.usage};
}

// --- Names -------------------------------------------------------------------------------------------

std::string_view name_of(Source source) {
  switch (source) {
    case Source::cache: return "cache";
    case Source::xai: return "xai";
    case Source::fallback: return "fallback";
  }
  return "";
}

std::string_view name_of(JudgeFailure failure) {
  switch (failure) {
    case JudgeFailure::limit: return "limit";
    case JudgeFailure::no_credits: return "no_credits";
    case JudgeFailure::wrong_key: return "wrong_key";
    case JudgeFailure::no_permission: return "no_permission";
    case JudgeFailure::unknown_model: return "unknown_model";
    case JudgeFailure::rate_limited: return "rate_limited";
    case JudgeFailure::rejected: return "rejected";
    case JudgeFailure::unreachable: return "unreachable";
    case JudgeFailure::timeout: return "timeout";
    case JudgeFailure::unparsable: return "unparsable";
  }
  return "";
}

}  // namespace purser::xai
