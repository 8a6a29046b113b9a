#include "frame/service_answers.h"

#include "keepa/json.h"

namespace purser::cli {

bool has_verdict(const xai::Judgement& judgement, Fallback fallback) {
  return judgement.source != xai::Source::fallback || fallback == Fallback::allowed;
}

Answer answer_of(const keepa::Refresh& refresh) {
  Answer answer;
  answer.add("refreshed", refresh.refreshed).add("observed_at", refresh.observed_at);
  add_observed(answer, refresh.observed);
  return answer;
}

Answer answer_of(const xai::Judgement& judgement, Fallback fallback) {
  Answer answer;
  if (has_verdict(judgement, fallback)) {
    answer.add("verdict", judgement.verdict).add("source", xai::name_of(judgement.source));
  } else {
    answer.add_null("verdict").add_null("source");
  }
  std::optional<std::string_view> reason;
  if (judgement.failure) reason = xai::name_of(*judgement.failure);
  return answer.add("reason", reason).add("retry_at", judgement.retry_at);
}

Answer answer_of(const xai::QueryReply& reply, std::int64_t bypass_calls) {
  const xai::Usage& usage = reply.usage;
  Answer answer;
  answer.add("text", reply.text)
      .add("cut", reply.cut)
      .add("model", reply.model)
      .add("prompt_tokens", usage.prompt_tokens)
      .add("completion_tokens", usage.completion_tokens)
      .add("reasoning_tokens", usage.reasoning_tokens)
      .add("total_tokens", usage.total_tokens);
  bool cost_is_known = usage.calls_without_cost == 0;
  answer.add("cost_usd_ticks", cost_is_known ? std::optional(usage.cost_usd_ticks) : std::nullopt);
  return answer.add("bypass_calls", bypass_calls);
}

Answer answer_of(const spapi::AccessToken& token) {
  return Answer()
      .add("token", token.token)
      .add("token_id", token.token_id)
      .add("expires_at", token.expires_at)
      .add("refreshed", token.refreshed);
}

Answer answer_of(const spapi::Probe& probe) {
  return Answer().add("environment", spapi::name_of(probe.environment)).add("reason", probe.reason);
}

Answer answer_of(const spapi::Restriction& restriction) {
  Answer answer;
  answer.add("asin", restriction.asin)
      .add("restricted", restriction.restricted)
      .add("approval_url", restriction.approval_url)
      .add("reasons", restriction.reasons)
      .add("error", restriction.error);
  if (restriction.note) answer.add("note", restriction.note);
  return answer;
}

}  // namespace purser::cli
