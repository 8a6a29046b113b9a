#include "xai/usage.h"

#include <algorithm>
#include <limits>

#include "base/text.h"

namespace purser::xai {
namespace {

constexpr std::size_t kMaxModelBytes = 200;

std::int64_t unless_absurd(std::int64_t count, std::int64_t most) {
  return count >= 0 && count <= most ? count : 0;
}

std::int64_t saturated(std::int64_t a, std::int64_t b) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  return a > kMost - b ? kMost : a + b;
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// At most `most_bytes`, and only whole characters.
std::string_view cut(std::string_view text, std::size_t most_bytes) {
  if (text.size() <= most_bytes) return text;
  while (most_bytes > 0 && is_continuation(text[most_bytes])) --most_bytes;
  return text.substr(0, most_bytes);
}

}  // namespace

bool is_possible(const Usage& usage) {
  return std::min({usage.calls, usage.prompt_tokens, usage.cached_prompt_tokens, usage.completion_tokens,
                   usage.reasoning_tokens, usage.total_tokens, usage.cost_usd_ticks,
                   usage.calls_without_cost}) >= 0;
}

Usage believed(const Usage& usage) {
  Usage all;
  all.calls = unless_absurd(usage.calls, kMaxDailyLimit);
  all.prompt_tokens = unless_absurd(usage.prompt_tokens, kMostTokens);
  all.cached_prompt_tokens = unless_absurd(usage.cached_prompt_tokens, kMostTokens);
  all.completion_tokens = unless_absurd(usage.completion_tokens, kMostTokens);
  all.reasoning_tokens = unless_absurd(usage.reasoning_tokens, kMostTokens);
  all.total_tokens = unless_absurd(usage.total_tokens, kMostTokens);
  all.cost_usd_ticks = unless_absurd(usage.cost_usd_ticks, kMostTicks);
  bool has_cost = all.cost_usd_ticks == usage.cost_usd_ticks;
  all.calls_without_cost = has_cost ? unless_absurd(usage.calls_without_cost, all.calls) : all.calls;
  return all;
}

Usage sum(const Usage& a, const Usage& b) {
  Usage all;
  all.calls = saturated(a.calls, b.calls);
  all.prompt_tokens = saturated(a.prompt_tokens, b.prompt_tokens);
  all.cached_prompt_tokens = saturated(a.cached_prompt_tokens, b.cached_prompt_tokens);
  all.completion_tokens = saturated(a.completion_tokens, b.completion_tokens);
  all.reasoning_tokens = saturated(a.reasoning_tokens, b.reasoning_tokens);
  all.total_tokens = saturated(a.total_tokens, b.total_tokens);
  all.cost_usd_ticks = saturated(a.cost_usd_ticks, b.cost_usd_ticks);
  all.calls_without_cost = saturated(a.calls_without_cost, b.calls_without_cost);
  return all;
}

std::string stored_model(std::string_view model) {
  bool printable = is_storable_text(model) && std::none_of(model.begin(), model.end(), is_control);
  return model.empty() || !printable ? "unknown" : std::string(cut(model, kMaxModelBytes));
}

}  // namespace purser::xai
