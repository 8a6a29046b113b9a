#include "spapi/tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "http/retry.h"
#include "spapi/credential_rows.h"

namespace purser::spapi {
namespace {

constexpr Duration kOneTry = std::chrono::seconds(30);
constexpr Duration kLookAgain = std::chrono::milliseconds(250);
// A second look at a refused refresh token, for what was wrong for a moment only.
constexpr Duration kSecondLook = std::chrono::seconds(1);
// Two holders may die one after the other; a third is no accident any more.
constexpr Duration kPatience = 2 * kRefreshLease;
// Left of the lease when the last answer is there, to store it.
constexpr Duration kTimeToStore = std::chrono::seconds(2);

ErrorCode error_of(State latch) {
  return latch == State::needs_authorization ? ErrorCode::needs_authorization
                                             : ErrorCode::credentials_refused;
}

State latch_for(lwa::Kind kind) {
  if (kind == lwa::Kind::invalid_grant) return State::needs_authorization;
  return kind == lwa::Kind::misconfigured ? State::misconfigured : State::ok;
}

[[noreturn]] void refuse(const Latched& latched) {
  throw Error(error_of(latched.state),
              fmt::format("{}; nobody asks Amazon again until `purser spapi set`, or `purser spapi token "
                          "--retry`",
                          latched.error));
}

[[noreturn]] void refuse(const BackOff& back_off) {
  throw Error(ErrorCode::rate_limited,
              fmt::format("the last request for a token failed, and the next goes out "
                          "at {}; it failed so: {}",
                          rfc3339(back_off.until), back_off.error));
}

}  // namespace

// What stands in the file, and the token among it that may be used as it is.
struct Tokens::Look {
  Subject subject;
  Access access;
  std::optional<AccessToken> usable;
  bool is_good = false;  // and nobody should refresh it

  Granted granted(AccessToken token) const { return {subject, std::move(token), access.environment}; }
};

KeyRing& Tokens::ring() {
  if (!ring_) ring_.emplace(ring_for(connection_));
  return *ring_;
}

Tokens::Look Tokens::look(const std::string& rejected) {
  Look seen;
  seen.subject = load_subject(connection_, account_);
  seen.access = load_access(connection_, seen.subject, ring());
  const auto& token = seen.access.token;
  if (!token || (!rejected.empty() && token->token_id == rejected)) return seen;
  Freshness freshness = freshness_of(*token, clock().now());
  if (freshness != Freshness::expired) seen.usable = token;
  seen.is_good = freshness == Freshness::good;
  return seen;
}

Granted Tokens::obtain(const std::string& rejected, Retry retry) {
  const SteadyInstant give_up = clock().steady_now() + kPatience;
  for (;;) {
    std::optional<Turn> turn;
    // Before the look: what a person clears may be a token that does not open.
    if (std::exchange(retry, Retry::no) == Retry::yes) {
      turn = take_turn(connection_, load_subject(connection_, account_), ring(), rejected, Retry::yes);
    }
    Look seen = look(rejected);
    if (!turn && seen.is_good) return seen.granted(*seen.usable);
    if (!turn) turn = take_turn(connection_, seen.subject, ring(), rejected, Retry::no);
    if (auto granted = go_on(seen, *turn)) return *granted;
    if (clock().steady_now() >= give_up) {
      throw Error(ErrorCode::no_answer,
                  "another worker's refresh of the access token does not end: try again");
    }
    if (const auto* another = std::get_if<AnothersTurn>(&*turn)) {
      Duration until_lapse = another->lapses_at - clock().now();
      clock().sleep_until(clock().steady_now() + std::clamp(until_lapse, Duration{1}, kLookAgain));
    }
  }
}

// While the old token lasts, whoever does not refresh it goes on with it.
std::optional<Granted> Tokens::go_on(const Look& seen, const Turn& turn) {
  if (const auto* token = std::get_if<AccessToken>(&turn)) return seen.granted(*token);
  if (const auto* ours = std::get_if<OurTurn>(&turn)) return refresh(seen, *ours);
  if (seen.usable) return seen.granted(*seen.usable);
  if (const auto* latched = std::get_if<Latched>(&turn)) refuse(*latched);
  if (const auto* back_off = std::get_if<BackOff>(&turn)) refuse(*back_off);
  return std::nullopt;
}

std::optional<Granted> Tokens::refresh(const Look& seen, const OurTurn& turn) {
  auto credentials = opened(seen.subject, turn);
  if (!credentials) return std::nullopt;
  Exchange told;
  try {
    told = exchange(seen.subject, *credentials);
  } catch (const std::exception& fault) {
    end_quietly([&] { store_failure(connection_, seen.subject, turn, State::ok, fault.what()); });
    throw;
  }
  if (told.answer.kind == lwa::Kind::granted) {
    AccessToken token{told.answer.access_token, {}, told.sent_at + told.answer.life, true};
    if (!store_success(connection_, seen.subject, turn, ring(), token)) return std::nullopt;
    return seen.granted(std::move(token));
  }
  State latch = told.is_of_others ? State::ok : latch_for(told.answer.kind);
  bool stored = store_failure(connection_, seen.subject, turn, latch, told.answer.message, told.answer.pause);
  // The credentials changed meanwhile, or the lease lapsed and another has it: what was answered is no news.
  if (!stored || told.is_of_others) return std::nullopt;
  return in_spite_of(told.answer, seen);
}

Granted Tokens::in_spite_of(const lwa::Answer& failed, const Look& seen) {
  if (!seen.usable) throw Error(failed.code, failed.message);
  connection_.log(LogLevel::warning, fmt::format("{}; the old token is used until {}", failed.message,
                                                 rfc3339(seen.usable->expires_at - kMandatoryWindow)));
  return seen.granted(*seen.usable);
}

std::optional<Credentials> Tokens::opened(const Subject& subject, const OurTurn& turn) {
  std::optional<Credentials> credentials;
  try {
    credentials = credentials_of(connection_, subject, ring());
  } catch (...) {
    end_quietly([&] { give_up_turn(connection_, subject, turn); });
    throw;
  }
  if (!credentials) give_up_turn(connection_, subject, turn);
  return credentials;
}

// A refused refresh token is looked at twice, but for one that has been replaced meanwhile.
Tokens::Exchange Tokens::exchange(const Subject& subject, const Credentials& credentials) {
  const SteadyInstant lapses_at = clock().steady_now() + kRefreshLease - kTimeToStore;
  Exchange told{clock().now(), exchange_once(credentials, lapses_at)};
  if (told.answer.kind != lwa::Kind::invalid_grant) return told;
  told.is_of_others = has_changed(subject);
  if (told.is_of_others) return told;
  clock().sleep_until(clock().steady_now() + kSecondLook);
  return {clock().now(), exchange_once(credentials, lapses_at)};
}

lwa::Answer Tokens::exchange_once(const Credentials& credentials, SteadyInstant lapses_at) {
  auto left = std::chrono::floor<Duration>(lapses_at - clock().steady_now());
  Duration deadline = std::max(std::min({options_.deadline, kOneTry, left}), Duration{1});
  auto result =
      transport_.send(lwa::exchange_request(options_, credentials),
                      {.connect = std::min(options_.connect_deadline, deadline), .total = deadline});
  lwa::Answer answer = lwa::read_answer(result);
  if (const auto* response = std::get_if<http::Response>(&result))
    answer.pause = http::retry_after_of(*response, clock().now());
  return answer;
}

bool Tokens::has_changed(const Subject& subject) {
  Subject now = load_subject(connection_, account_);
  return now.name != subject.name || now.version != subject.version;
}

// Else the others would wait for the lease to lapse.
template <typename End>
void Tokens::end_quietly(End&& end) noexcept {
  try {
    end();
  } catch (const std::exception&) {
    return;  // the error that is on its way says more, and the lease lapses by itself
  }
}

}  // namespace purser::spapi
