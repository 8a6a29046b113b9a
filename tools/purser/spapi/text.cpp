#include "spapi/text.h"

#include <fmt/format.h>

#include "json/spapi.h"
#include "purser/key_ring.h"

namespace purser::cli {
namespace {

using spapi::Environment;
using spapi::SecretUrgency;
using spapi::SellerStatus;
using spapi::State;

Mood mood_of(const SellerStatus& status) {
  if (status.state != State::ok || status.environment == Environment::neither) return Mood::bad;
  return status.environment == Environment::sandbox || status.last_error ? Mood::patient : Mood::good;
}

std::string environment_text(const SellerStatus& status) {
  std::string text(spapi::name_of(status.environment));
  if (status.environment_reason) return text + ": " + one_line(*status.environment_reason);
  if (status.environment == Environment::unknown) text += ": purser spapi probe finds out";
  return text;
}

std::string token_text(const SellerStatus& status, const Reader& reader) {
  if (!status.access_token_expires_at) return "none yet: purser spapi token gets one";
  Instant at = *status.access_token_expires_at;
  return fmt::format("{} {}, at {}", at > reader.now ? "expires" : "expired", from_now(at, reader.now),
                     rfc3339(at));
}

std::string error_text(const SellerStatus& status, const Reader& reader) {
  std::string text = one_line(*status.last_error);
  if (status.last_error_at) text += fmt::format(" ({})", from_now(*status.last_error_at, reader.now));
  if (status.next_try_at && *status.next_try_at > reader.now) {
    text += fmt::format("; the next try is {}", from_now(*status.next_try_at, reader.now));
  }
  return text;
}

// --- The age of the client secret ----------------------------------------------------------------------

std::string days(std::int64_t count) { return fmt::format("{} day{}", count, count == 1 ? "" : "s"); }

std::string secret_text(std::int64_t age, const Reader& reader) {
  std::string left = fmt::format("{} old, {} left; ", days(age), days(spapi::kSecretLifeDays - age));
  auto word = [&](std::string_view text, Mood mood) { return decision_word(text, mood, reader.colour); };
  switch (spapi::secret_urgency(age)) {
    case SecretUrgency::none: break;
    case SecretUrgency::plan: return left + word("plan for a new one", Mood::patient);
    case SecretUrgency::soon: return left + word("make a new one soon", Mood::bad);
    case SecretUrgency::now: return left + word("make a new one now", Mood::bad);
    case SecretUrgency::overdue:
      return fmt::format("{} old; {}", days(age), word("Amazon refuses it by now", Mood::bad));
  }
  return fmt::format("{} old, {} left", days(age), days(spapi::kSecretLifeDays - age));
}

std::string line(std::string_view name, std::string_view value) {
  return fmt::format("  {:<14}  {}\n", name, value);
}

// Says where the key is, since its id alone does not help to find it.
std::string key_text(const std::string& key_id) {
  try {
    KeyRing ring = KeyRing::from_environment();
    if (ring.has(key_id)) return fmt::format("key {}, which is in {}", key_id, one_line(ring.source()));
    return fmt::format("key {}, which is not on the ring of this environment", key_id);
  } catch (const Error&) {
    return fmt::format("key {}; this environment has no key that can be read: purser key check", key_id);
  }
}

}  // namespace

std::string text_of(const SellerStatus& status, const Reader& reader) {
  std::string text = fmt::format("SP-API account {}  {}\n", one_line(status.account),
                                 decision_word(spapi::name_of(status.state), mood_of(status), reader.colour));
  text += line("seller", fmt::format("{}, region {}, from the {}", one_line(status.seller_id),
                                     spapi::name_of(status.region), spapi::name_of(status.source)));
  text += line("environment", environment_text(status));
  text += line("access token", token_text(status, reader));
  if (status.secret_age_days) text += line("client secret", secret_text(*status.secret_age_days, reader));
  if (status.key_id) text += line("sealed under", key_text(one_line(*status.key_id)));
  if (status.last_error) text += line("last error", error_text(status, reader));
  std::string advice = one_line(spapi::what_to_do(status));
  return advice.empty() ? text : text + line("what to do", advice);
}

std::string text_of(const std::vector<SellerStatus>& sellers, const Reader& reader) {
  if (sellers.empty())
    return "SP-API has no credentials: purser spapi set, or SP_API_CLIENT_ID and its like\n";
  std::string text;
  for (const SellerStatus& seller : sellers) {
    if (!text.empty()) text += "\n";
    text += text_of(seller, reader);
  }
  return text;
}

std::string text_of(const spapi::KeyCheck& check, const KeyRing& ring, const Reader& reader) {
  bool is_good = !json::has_failures(check, ring);
  std::string text = decision_word(is_good ? "ok" : "wrong", is_good ? Mood::good : Mood::bad, reader.colour);
  if (!check.stored_key_id)
    return text + fmt::format("  nothing is sealed yet; key {} of {} would seal\n", ring.current(),
                              one_line(ring.source()));
  text += fmt::format("  {} sealed texts open, {} do not; the database seals under key {}", check.opened,
                      check.unopened.size(), *check.stored_key_id);
  text += ring.has(*check.stored_key_id) ? "\n" : ", which is not on the ring\n";
  for (const std::string& what : check.unopened) text += fmt::format("does not open: {}\n", one_line(what));
  text += fmt::format("keys of {}: {}\n", one_line(ring.source()), fmt::join(ring.ids(), ", "));
  if (!ring.has(*check.stored_key_id)) {
    text += fmt::format(
        "what to do: set PURSER_KEY_FILE to the file with key {}; "
        "only if it is lost: purser spapi remove for each account, then purser spapi set\n",
        *check.stored_key_id);
  }
  return text;
}

}  // namespace purser::cli
