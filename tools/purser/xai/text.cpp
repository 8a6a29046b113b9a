#include "xai/text.h"

#include <fmt/format.h>

#include "frame/printable.h"

namespace purser::cli {
namespace {

using xai::Claimed;
using xai::DenyReason;
using xai::Hit;
using xai::InFlight;
using xai::QuotaState;

// No day is that long: the clock was wrong when it began.
constexpr Duration kLongerThanADay = std::chrono::hours(50);

bool is_pinned(const QuotaState& quota, Instant now) { return quota.day_ends_at - now > kLongerThanADay; }

std::string repair_text(const QuotaState& quota) {
  return fmt::format(
      "{} is counted, a day that has not come yet: a clock was wrong\n"
      "repair it: purser xai set-day DATE --calls {}, DATE being today in {} (that many are counted now)\n",
      one_line(quota.date), quota.calls_today, one_line(quota.time_zone));
}

std::string day_text(const QuotaState& quota) {
  return one_line(fmt::format("{} ({})", quota.date, quota.time_zone));
}

// "in 3 h 12 min, at 2026-11-25T00:00:00.000Z"
std::string at_text(Instant at, const Reader& reader) {
  return fmt::format("{}, at {}", from_now(at, reader.now), rfc3339(at));
}

// "US dollars by 12 answers, 3400 tokens; 2 of them told no cost"
std::string usage_text(const xai::Usage& usage) {
  std::string text = fmt::format("US dollars by {}, {}", counted(usage.calls, "answer"),
                                 counted(usage.total_tokens, "token"));
  if (usage.calls_without_cost > 0)
    text += fmt::format("; {} of them told no cost", usage.calls_without_cost);
  return text;
}

// --- acquire -------------------------------------------------------------------------------------------

std::string grant_text(const xai::UnitGranted& granted, std::string_view what, const Reader& reader) {
  return fmt::format("{}  {}\ngrant {}\n", decision_word("granted", Mood::good, reader.colour), what,
                     granted.grant);
}

std::string decision(const xai::UnitGranted& granted, const Reader& reader) {
  const QuotaState& quota = granted.quota;
  std::string what = fmt::format("call {} of {} on {}: {} remain", quota.calls_today, quota.daily_limit,
                                 day_text(quota), quota.remaining);
  return grant_text(granted, what, reader) +
         fmt::format("never sent? purser xai release {}\n", granted.grant);
}

std::string text_of(xai::PauseReason reason) {
  switch (reason) {
    case xai::PauseReason::rate_limited: return "xAI was asked too often";
    case xai::PauseReason::wrong_key: return "xAI refuses the API key: set XAI_API_KEY to a valid one";
    case xai::PauseReason::no_permission:
      return "xAI says that the API key may not do this, or that it is blocked: "
             "look at its permissions at xAI";
    case xai::PauseReason::unknown_model:
      return "xAI has no such model, or not for this API key: set XAI_MODEL to one that it has";
  }
  return "";
}

std::string pause_text(const xai::Pause& pause) {
  return fmt::format("{} ({} found out, with the model {})", text_of(pause.reason), in_quotes(pause.worker),
                     in_quotes(pause.model));
}

std::string text_of(DenyReason reason, const QuotaState& quota) {
  switch (reason) {
    case DenyReason::no_credits: return "xAI says that its credits are used up";
    case DenyReason::paused: return quota.pause ? pause_text(*quota.pause) : "xAI is not to be asked now";
    case DenyReason::refused_content: return "xAI refused this question for its content";
    case DenyReason::limit: break;
  }
  return fmt::format("{} used on {}, and the limit is {}", counted(quota.calls_today, "call"),
                     day_text(quota), quota.daily_limit);
}

std::string_view retry_text(DenyReason reason) {
  switch (reason) {
    case DenyReason::paused: return "look again";
    case DenyReason::refused_content: return "it may be asked again";
    default: return "the next day begins";
  }
}

std::string denial_text(DenyReason reason, const QuotaState& quota, Instant retry_at, const Reader& reader) {
  std::string text = fmt::format("{}  {}\n{} {}\n", decision_word("denied", Mood::patient, reader.colour),
                                 text_of(reason, quota), retry_text(reason), at_text(retry_at, reader));
  if (reason == DenyReason::paused) text += "sooner: purser xai resume\n";
  if (reason == DenyReason::refused_content) text += "sooner: purser xai cache delete, with the same key\n";
  if (is_pinned(quota, reader.now)) text += repair_text(quota);
  if (reason == DenyReason::no_credits) text += "bought some? purser xai limit N asks again\n";
  return text;
}

std::string decision(const xai::UnitDenied& denied, const Reader& reader) {
  return denial_text(denied.reason, denied.quota, denied.retry_at, reader);
}

// --- claim ---------------------------------------------------------------------------------------------

std::string claim(const Hit& hit, const Reader& reader) {
  return text_of(std::optional(hit.verdict), reader);
}

std::string claim(const Claimed& claimed, const Reader& reader) {
  const QuotaState& quota = claimed.quota;
  return fmt::format(
      "{}  ask xAI: call {} of {} on {}\n"
      "flight {}, until {} ({}): then another may ask\n"
      "afterwards: purser xai answer {} --verdict true|false   (no answer: purser xai abandon {})\n",
      decision_word("claimed", Mood::good, reader.colour), quota.calls_today, quota.daily_limit,
      day_text(quota), claimed.flight, rfc3339(claimed.lapses_at), from_now(claimed.lapses_at, reader.now),
      claimed.flight, claimed.flight);
}

std::string claim(const InFlight& other, const Reader& reader) {
  return fmt::format("{}  {} asks already: look again {}; another may ask {}\n",
                     decision_word("in flight", Mood::patient, reader.colour), in_quotes(other.worker),
                     from_now(other.retry_at, reader.now), from_now(other.lapses_at, reader.now));
}

std::string claim(const xai::Denied& denied, const Reader& reader) {
  return denial_text(denied.reason, denied.quota, denied.retry_at, reader);
}

}  // namespace

std::string_view verdict_word(bool verdict) { return verdict ? "true" : "false"; }

std::string counted(std::int64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string text_of(const json::XaiStatus& status, const Reader& reader) {
  const QuotaState& quota = status.quota;
  Table table({"xAI quota", ">", ""});
  table.add({"  day", quota.date,
             fmt::format("{}; the next begins {}", quota.time_zone, at_text(quota.day_ends_at, reader))});
  table.add({"  calls", std::to_string(quota.calls_today),
             fmt::format("of {}: {} remain", quota.daily_limit, quota.remaining)});
  table.add({"  bypass", std::to_string(quota.bypass_calls), "calls outside the quota"});
  table.add({"  used", json::dollars(status.usage.cost_usd_ticks), usage_text(status.usage)});
  table.add({"  verdicts", std::to_string(status.cache_entries), "in the cache"});
  table.add({"  assumed", std::to_string(quota.assumed), "verdicts of the day that xAI did not give"});
  std::string text = table.text();
  if (is_pinned(quota, reader.now)) text += repair_text(quota);
  if (quota.no_credits)
    text +=
        "xAI says that its credits are used up: "
        "until the next day, or purser xai limit N, nothing is granted\n";
  if (quota.pause) {
    text += fmt::format("paused: {}\nit is not asked before {}, or before purser xai resume\n",
                        pause_text(*quota.pause), rfc3339(quota.pause->until_at));
  }
  return text;
}

std::string text_of(const xai::UnitOutcome& outcome, const Reader& reader) {
  return std::visit([&](const auto& decided) { return decision(decided, reader); }, outcome);
}

std::string text_of(const xai::UnitGranted& bypass, const Reader& reader) {
  std::string what = fmt::format("outside the quota: bypass call {} on {}", bypass.quota.bypass_calls,
                                 day_text(bypass.quota));
  return grant_text(bypass, what, reader);
}

std::string text_of(const xai::ReleaseOutcome& outcome) {
  const QuotaState& quota = outcome.quota;
  std::string_view what =
      outcome.released ? "released" : "nothing to give back: released before, a bypass, or of another day";
  return fmt::format("{}\n{} used on {}: {} remain\n", what, counted(quota.calls_today, "call"),
                     day_text(quota), quota.remaining);
}

std::string text_of(const xai::ClaimOutcome& outcome, const Reader& reader) {
  return std::visit([&](const auto& claimed) { return claim(claimed, reader); }, outcome);
}

std::string text_of(const std::optional<bool>& hit, const Reader& reader) {
  if (!hit) return fmt::format("{}  not known yet\n", decision_word("miss", Mood::patient, reader.colour));
  return fmt::format("{}  {}\n", decision_word("hit", Mood::good, reader.colour), verdict_word(*hit));
}

std::string text_of(const xai::CacheStats& stats, const Reader& reader) {
  std::string text = counted(stats.entries, "verdict");
  if (stats.oldest_at && stats.newest_at) {
    text += fmt::format(", the oldest {}, the newest {}", from_now(*stats.oldest_at, reader.now),
                        from_now(*stats.newest_at, reader.now));
  }
  return fmt::format("{}\ntoday, as far as counted: {}, {} missed\n", text, counted(stats.hits, "hit"),
                     stats.misses);
}

std::string text_of(const std::vector<xai::CachedVerdict>& verdicts, const Reader& reader) {
  Table table({"STORED", "VERDICT", "MODEL", ">PRICE", "SEASON", "TITLE", "CATEGORY", "QUESTION"});
  for (const xai::CachedVerdict& cached : verdicts) {
    const xai::Question& key = cached.question;
    std::string verdict(cached.verdict ? verdict_word(*cached.verdict) : "-");
    if (cached.refused_at) verdict += fmt::format(", refused {}", from_now(*cached.refused_at, reader.now));
    table.add({rfc3339(cached.stored_at), verdict, one_line(cached.model.value_or("-")), to_string(key.price),
               one_line(key.season), one_line(key.title), one_line(key.category), one_line(key.question)});
  }
  return verdicts.empty() ? "the cache has no such verdict\n" : table.text();
}

}  // namespace purser::cli
