#include "frame/service_text.h"

#include <fmt/format.h>

#include "keepa/text.h"
#include "spapi/text.h"
#include "xai/text.h"

namespace purser::cli {
namespace {

std::string_view where_from(xai::Source source) {
  switch (source) {
    case xai::Source::cache: return "from the cache";
    case xai::Source::xai: return "xAI's answer";
    case xai::Source::fallback: return "assumed";
  }
  return "";
}

std::string reason_text(const xai::Judgement& judgement, const Reader& reader) {
  if (!judgement.failure) return "";
  std::string text = fmt::format(": {}", xai::name_of(*judgement.failure));
  if (judgement.retry_at) {
    text += fmt::format("; ask again {}, at {}", from_now(*judgement.retry_at, reader.now),
                        rfc3339(*judgement.retry_at));
  }
  return text;
}

}  // namespace

std::string text_of(const keepa::Refresh& refresh, const Reader& reader) {
  std::string what = "refreshed" + drift_text(refresh.observed);
  if (!refresh.refreshed) {
    // That request may have failed: what is known can be much older.
    what = fmt::format("not refreshed: asked less than 30 s ago, observed {}",
                       refresh.observed_at ? from_now(*refresh.observed_at, reader.now) : "never");
  }
  return what + "\n" + text_of(refresh.observed.state);
}

std::string text_of(const xai::Judgement& judgement, json::Fallback fallback, const Reader& reader) {
  std::string reason = reason_text(judgement, reader);
  if (!json::has_verdict(judgement, fallback)) {
    return fmt::format("{}{}\n", decision_word("no verdict", Mood::bad, reader.colour), reason);
  }
  Mood mood = judgement.source == xai::Source::fallback ? Mood::patient : Mood::good;
  return fmt::format("{}  {}{}\n", decision_word(verdict_word(judgement.verdict), mood, reader.colour),
                     where_from(judgement.source), reason);
}

std::string text_of(const spapi::Probe& probe, const Reader& reader) {
  bool is_production = probe.environment == spapi::Environment::production;
  bool is_sandbox = probe.environment == spapi::Environment::sandbox;
  Mood mood = is_production ? Mood::good : is_sandbox ? Mood::patient : Mood::bad;
  return fmt::format("{}  {}\n", decision_word(spapi::name_of(probe.environment), mood, reader.colour),
                     one_line(probe.reason));
}

std::string text_of(const spapi::Restriction& restriction, const Reader& reader) {
  std::string text = one_line(restriction.asin) + "  ";
  auto word = [&](std::string_view what, Mood mood) { text += decision_word(what, mood, reader.colour); };
  if (!restriction.restricted) {
    word("unknown", Mood::bad);
    return text + "  " + one_line(restriction.error.value_or("no answer")) + "\n";
  }
  if (!*restriction.restricted) {
    word("may be listed", Mood::good);
    return text + "\n";
  }
  word("restricted", Mood::patient);
  if (!restriction.reasons.empty()) {
    text += one_line(fmt::format("  {}", fmt::join(restriction.reasons, ", ")));
  }
  if (restriction.approval_url) text += "  apply at " + one_line(*restriction.approval_url);
  if (restriction.note) text += "  " + one_line(*restriction.note);
  return text + "\n";
}

}  // namespace purser::cli
