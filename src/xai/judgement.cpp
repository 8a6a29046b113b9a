#include "xai/judgement.h"

#include <fmt/format.h>

#include <utility>

namespace purser::xai {
namespace {

std::string_view what_happened(PauseReason reason) {
  switch (reason) {
    case PauseReason::rate_limited: return "xAI was asked too often";
    case PauseReason::wrong_key: return "xAI refused the API key: set XAI_API_KEY to a valid one";
    case PauseReason::no_permission:
      return "xAI said that the API key may not do this, or that it is blocked: "
             "look at its permissions at xAI";
    case PauseReason::unknown_model:
      return "xAI has no such model, or not for this API key: set XAI_MODEL to one that it has";
  }
  return "";
}

std::string message_for_pause(const std::optional<Pause>& pause, const std::string& until) {
  if (!pause) return fmt::format("xAI is not asked before {}", until);
  return fmt::format(
      "{} ({} found out, with the model {}): no worker asks it before {}, or before `purser xai resume`",
      what_happened(pause->reason), pause->worker, pause->model, until);
}

std::string message_for(const Denied& denied) {
  std::string at = rfc3339(denied.retry_at);
  switch (denied.reason) {
    case DenyReason::no_credits:
      return fmt::format(
          "xAI's credits are used up: buy more, then `purser xai limit N` lets calls through again; "
          "else they go on at {}",
          at);
    case DenyReason::limit:
      return fmt::format(
          "the day's limit of {} calls to xAI is reached: the next day begins at {}, and "
          "`purser xai limit N` sets another limit",
          denied.quota.daily_limit, at);
    case DenyReason::paused: return message_for_pause(denied.quota.pause, at);
    case DenyReason::refused_content:
      return fmt::format(
          "xAI refused this question for its content: it is not asked again before {}, or before "
          "`purser xai cache delete`",
          at);
  }
  return "";
}

JudgeFailure failure_of(DenyReason reason) {
  switch (reason) {
    case DenyReason::limit: return JudgeFailure::limit;
    case DenyReason::no_credits: return JudgeFailure::no_credits;
    case DenyReason::paused: return JudgeFailure::paused;
    case DenyReason::refused_content: return JudgeFailure::refused_content;
  }
  return JudgeFailure::paused;
}

}  // namespace

Judgement fallback_judgement(const JudgeOptions& options, JudgeFailure failure, std::string message) {
  Judgement judgement;
  judgement.verdict = options.safe_assumption;
  judgement.source = Source::fallback;
  judgement.failure = failure;
  judgement.message = std::move(message);
  return judgement;
}

Judgement cached_judgement(bool verdict) {
  Judgement judgement;
  judgement.verdict = verdict;
  judgement.source = Source::cache;
  return judgement;
}

Judgement denied_judgement(const JudgeOptions& options, const Denied& denied) {
  Judgement judgement = fallback_judgement(options, failure_of(denied.reason), message_for(denied));
  judgement.retry_at = denied.retry_at;
  return judgement;
}

Judgement timed_out_judgement(const JudgeOptions& options, const InFlight& flight) {
  return fallback_judgement(
      options, JudgeFailure::timeout,
      fmt::format("{} asks xAI this already, and its answer did not come in time: ask again later",
                  flight.worker));
}

Judgement shared_failure_judgement(const JudgeOptions& options, const InFlight& flight,
                                   JudgeFailure failure) {
  return fallback_judgement(
      options, failure,
      fmt::format("{} asked xAI the same just now and got no verdict ({}): ask again later", flight.worker,
                  name_of(failure)));
}

}  // namespace purser::xai
