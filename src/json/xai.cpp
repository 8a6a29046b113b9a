#include "json/xai.h"

#include <fmt/format.h>

#include <algorithm>

#include "json/exit_status.h"

namespace purser::json {
namespace {

void add_day(Object& object, const xai::QuotaState& quota) {
  object.add("calls_today", quota.calls_today)
      .add("daily_limit", quota.daily_limit)
      .add("remaining", quota.remaining)
      .add("date", quota.date);
}

std::optional<Object> encode_pause(const std::optional<xai::Pause>& found) {
  if (!found) return std::nullopt;
  return Object().add("reason", xai::name_of(found->reason)).add("until_at", found->until_at);
}

Object encode_usage(const xai::Usage& used) {
  return Object()
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

XaiStatus load_xai_status(Database& database) {
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

Object encode(const XaiStatus& status) {
  Object object;
  add_day(object, status.quota);
  return object.add("time_zone", status.quota.time_zone)
      .add("bypass_calls", status.quota.bypass_calls)
      .add("cache_entries", status.cache_entries)
      .add("day_ends_at", status.quota.day_ends_at)
      .add("no_credits", status.quota.no_credits)
      .add("pause", encode_pause(status.quota.pause))
      .add("assumed", status.quota.assumed)
      .add("usage", encode_usage(status.usage));
}

Object encode(const xai::UnitGranted& granted) {
  Object object;
  object.add("decision", "granted").add_null("reason").add("grant", granted.grant);
  add_day(object, granted.quota);
  return object.add_null("retry_at");
}

Object encode(const xai::UnitDenied& denied) {
  Object object;
  object.add("decision", "denied").add("reason", xai::name_of(denied.reason)).add_null("grant");
  add_day(object, denied.quota);
  return object.add("retry_at", denied.retry_at);
}

Object encode(const xai::UnitOutcome& outcome) {
  return std::visit([](const auto& decision) { return encode(decision); }, outcome);
}

int exit_status(const xai::UnitOutcome& outcome) {
  return std::holds_alternative<xai::UnitGranted>(outcome) ? kYes : kRefused;
}

Object encode(const xai::ReleaseOutcome& outcome) {
  return Object().add("released", outcome.released).add("calls_today", outcome.quota.calls_today);
}

Object encode(const xai::Hit& hit) {
  return Object()
      .add("outcome", "hit")
      .add("verdict", hit.verdict)
      .add_null("flight")
      .add_null("retry_at")
      .add_null("lapses_at")
      .add_null("reason");
}

Object encode(const xai::Claimed& claimed) {
  return Object()
      .add("outcome", "claimed")
      .add_null("verdict")
      .add("flight", claimed.flight)
      .add_null("retry_at")
      .add("lapses_at", claimed.lapses_at)
      .add_null("reason");
}

Object encode(const xai::InFlight& other) {
  return Object()
      .add("outcome", "in_flight")
      .add_null("verdict")
      .add_null("flight")
      .add("retry_at", other.retry_at)
      .add("lapses_at", other.lapses_at)
      .add_null("reason");
}

Object encode(const xai::Denied& denied) {
  return Object()
      .add("outcome", "denied")
      .add_null("verdict")
      .add_null("flight")
      .add("retry_at", denied.retry_at)
      .add_null("lapses_at")
      .add("reason", xai::name_of(denied.reason));
}

Object encode(const xai::ClaimOutcome& outcome) {
  return std::visit([](const auto& claim) { return encode(claim); }, outcome);
}

int exit_status(const xai::ClaimOutcome& outcome) {
  if (std::holds_alternative<xai::Hit>(outcome) || std::holds_alternative<xai::Claimed>(outcome)) return kYes;
  const auto* denied = std::get_if<xai::Denied>(&outcome);
  bool is_final = denied != nullptr && denied->reason == xai::DenyReason::refused_content;
  return is_final ? kImpossible : kRefused;
}

Object encode_answer(bool stored) { return Object().add("stored", stored); }
Object encode_abandon(bool released) { return Object().add("released", released); }

Object encode_cache_get(const std::optional<bool>& verdict) {
  return Object().add("hit", verdict.has_value()).add("verdict", verdict);
}

Object encode_cache_put(bool verdict) {
  return Object().add("hit", true).add("verdict", verdict).add("stored", true);
}

Object encode_cache_removal(bool removed) { return Object().add("removed", removed); }
Object encode_cache_prune(std::int64_t removed) { return Object().add("removed", removed); }

Object encode(const xai::CachedVerdict& cached) {
  return Object()
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

Object encode(const xai::CacheStats& stats) {
  return Object()
      .add("entries", stats.entries)
      .add("oldest_at", stats.oldest_at)
      .add("newest_at", stats.newest_at)
      .add("hits", stats.hits)
      .add("misses", stats.misses);
}

}  // namespace purser::json
