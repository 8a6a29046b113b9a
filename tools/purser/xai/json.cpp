#include "xai/json.h"

#include <fmt/format.h>

#include <algorithm>

namespace purser::cli {
namespace {

void add_day(Answer& answer, const xai::QuotaState& quota) {
  answer.add("calls_today", quota.calls_today)
      .add("daily_limit", quota.daily_limit)
      .add("remaining", quota.remaining)
      .add("date", quota.date);
}

// Decisions and outcomes have the same fields each, so that a script can ask for them without looking first.
Answer decision(const xai::UnitGranted& granted) {
  Answer answer;
  answer.add("decision", "granted").add_null("reason").add("grant", granted.grant);
  add_day(answer, granted.quota);
  return answer.add_null("retry_at");
}

Answer decision(const xai::UnitDenied& denied) {
  Answer answer;
  answer.add("decision", "denied").add("reason", xai::name_of(denied.reason)).add_null("grant");
  add_day(answer, denied.quota);
  return answer.add("retry_at", denied.retry_at);
}

Answer claim(const xai::Hit& hit) {
  return Answer()
      .add("outcome", "hit")
      .add("verdict", hit.verdict)
      .add_null("flight")
      .add_null("retry_at")
      .add_null("lapses_at")
      .add_null("reason");
}

Answer claim(const xai::Claimed& claimed) {
  return Answer()
      .add("outcome", "claimed")
      .add_null("verdict")
      .add("flight", claimed.flight)
      .add_null("retry_at")
      .add("lapses_at", claimed.lapses_at)
      .add_null("reason");
}

// The flight is its holder's alone.
Answer claim(const xai::InFlight& other) {
  return Answer()
      .add("outcome", "in_flight")
      .add_null("verdict")
      .add_null("flight")
      .add("retry_at", other.retry_at)
      .add("lapses_at", other.lapses_at)
      .add_null("reason");
}

Answer claim(const xai::Denied& denied) {
  return Answer()
      .add("outcome", "denied")
      .add_null("verdict")
      .add_null("flight")
      .add("retry_at", denied.retry_at)
      .add_null("lapses_at")
      .add("reason", xai::name_of(denied.reason));
}

std::optional<Answer> pause(const std::optional<xai::Pause>& found) {
  if (!found) return std::nullopt;
  return Answer().add("reason", xai::name_of(found->reason)).add("until_at", found->until_at);
}

Answer usage(const xai::Usage& used) {
  return Answer()
      .add("calls", used.calls)
      .add("prompt_tokens", used.prompt_tokens)
      .add("cached_prompt_tokens", used.cached_prompt_tokens)
      .add("completion_tokens", used.completion_tokens)
      .add("reasoning_tokens", used.reasoning_tokens)
      .add("total_tokens", used.total_tokens)
      .add("cost_usd_ticks", used.cost_usd_ticks)
      .add("cost_usd", dollars(used.cost_usd_ticks))
      .add("calls_without_cost", used.calls_without_cost);
}

}  // namespace

XaiStatus xai_status_of(Database& database) {
  xai::Quota quota(database);
  return {quota.status(), xai::Verdicts(database).stats().entries, quota.usage_today()};
}

std::string dollars(std::int64_t usd_ticks) {
  std::string text =
      fmt::format("{}.{:010}", usd_ticks / xai::kUsdTicksPerDollar, usd_ticks % xai::kUsdTicksPerDollar);
  std::size_t cents = text.size() - 8;
  text.erase(std::max(text.find_last_not_of('0') + 1, cents));
  return text;
}

Answer answer_of(const XaiStatus& status) {
  Answer answer;
  add_day(answer, status.quota);
  return answer.add("time_zone", status.quota.time_zone)
      .add("bypass_calls", status.quota.bypass_calls)
      .add("cache_entries", status.cache_entries)
      .add("day_ends_at", status.quota.day_ends_at)
      .add("no_credits", status.quota.no_credits)
      .add("pause", pause(status.quota.pause))
      .add("assumed", status.quota.assumed)
      .add("usage", usage(status.usage));
}

Answer answer_of(const xai::UnitOutcome& outcome) {
  return std::visit([](const auto& decided) { return decision(decided); }, outcome);
}

Answer answer_of(const xai::UnitGranted& granted) { return decision(granted); }

Answer answer_of(const xai::ReleaseOutcome& outcome) {
  return Answer().add("released", outcome.released).add("calls_today", outcome.quota.calls_today);
}

Answer answer_of(const xai::ClaimOutcome& outcome) {
  return std::visit([](const auto& claimed) { return claim(claimed); }, outcome);
}

Answer answer_of(const std::optional<bool>& hit) {
  return Answer().add("hit", hit.has_value()).add("verdict", hit);
}

Answer answer_of(const xai::CachedVerdict& cached) {
  return Answer()
      .add("title", cached.question.title)
      .add("category", cached.question.category)
      .add("season", cached.question.season)
      .add("price", to_string(cached.question.price))
      .add("question", cached.question.question)
      .add("verdict", cached.verdict)
      .add("model", cached.model)
      .add("stored_at", cached.stored_at)
      .add("refused_at", cached.refused_at);
}

Answer answer_of(const xai::CacheStats& stats) {
  return Answer()
      .add("entries", stats.entries)
      .add("oldest_at", stats.oldest_at)
      .add("newest_at", stats.newest_at)
      .add("hits", stats.hits)
      .add("misses", stats.misses);
}

}  // namespace purser::cli
