#include "json/services.h"

#include "json/exit_status.h"
#include "json/keepa.h"

namespace purser::json {
namespace {

int exit_status_of(xai::JudgeFailure failure) {
  switch (failure) {
    case xai::JudgeFailure::limit:
    case xai::JudgeFailure::no_credits:
    case xai::JudgeFailure::paused:
    case xai::JudgeFailure::rate_limited: return kRefused;
    case xai::JudgeFailure::refused_content: return kImpossible;
    case xai::JudgeFailure::wrong_key:
    case xai::JudgeFailure::no_permission: return kPermission;
    case xai::JudgeFailure::unknown_model: return kConfiguration;
    case xai::JudgeFailure::rejected:
    case xai::JudgeFailure::unreachable:
    case xai::JudgeFailure::timeout:
    case xai::JudgeFailure::unparsable: return kService;
  }
  return kBug;
}

}  // namespace

Object encode(const keepa::Refresh& refresh) {
  Object object;
  object.add("refreshed", refresh.refreshed).add("observed_at", refresh.observed_at);
  add_observed(object, refresh.observed);
  return object;
}

bool has_verdict(const xai::Judgement& judgement, Fallback fallback) {
  return judgement.source != xai::Source::fallback || fallback == Fallback::allowed;
}

Object encode(const xai::Judgement& judgement, Fallback fallback) {
  Object object;
  if (has_verdict(judgement, fallback)) {
    object.add("verdict", judgement.verdict).add("source", xai::name_of(judgement.source));
  } else {
    object.add_null("verdict").add_null("source");
  }
  std::optional<std::string_view> reason;
  if (judgement.failure) reason = xai::name_of(*judgement.failure);
  return object.add("reason", reason).add("retry_at", judgement.retry_at);
}

int exit_status(const xai::Judgement& judgement, Fallback fallback) {
  if (has_verdict(judgement, fallback)) return kYes;
  return judgement.failure ? exit_status_of(*judgement.failure) : kBug;
}

Object encode(const xai::QueryReply& reply, std::int64_t bypass_calls) {
  const xai::Usage& usage = reply.usage;
  Object object;
  object.add("text", reply.text)
      .add("cut", reply.cut)
      .add("model", reply.model)
      .add("prompt_tokens", usage.prompt_tokens)
      .add("completion_tokens", usage.completion_tokens)
      .add("reasoning_tokens", usage.reasoning_tokens)
      .add("total_tokens", usage.total_tokens);
  bool cost_is_known = usage.calls_without_cost == 0;
  object.add("cost_usd_ticks", cost_is_known ? std::optional(usage.cost_usd_ticks) : std::nullopt);
  return object.add("bypass_calls", bypass_calls);
}

Object encode(const spapi::AccessToken& token) {
  return Object()
      .add("token", token.token)
      .add("token_id", token.token_id)
      .add("expires_at", token.expires_at)
      .add("refreshed", token.refreshed);
}

Object encode(const spapi::Probe& probe) {
  return Object().add("environment", spapi::name_of(probe.environment)).add("reason", probe.reason);
}

int exit_status(const spapi::Probe& probe) {
  switch (probe.environment) {
    case spapi::Environment::production:
    case spapi::Environment::sandbox: return kYes;
    case spapi::Environment::neither: return kPermission;
    case spapi::Environment::unknown: return kService;
  }
  return kBug;
}

Object encode(const spapi::Restriction& restriction) {
  Object object;
  object.add("asin", restriction.asin)
      .add("restricted", restriction.restricted)
      .add("approval_url", restriction.approval_url)
      .add("reasons", restriction.reasons)
      .add("error", restriction.error);
  if (restriction.note) object.add("note", restriction.note);
  return object;
}

}  // namespace purser::json
