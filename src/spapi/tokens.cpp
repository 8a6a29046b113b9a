#include "spapi/tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "http/retry.h"
#include "spapi/credential_rows.h"
#include "store/lease_wait.h"

namespace purser::spapi {
namespace {

constexpr Duration kRequestDeadline = std::chrono::seconds(30);
// Before a refused refresh token is tried a second time, since the refusal may have been momentary.
constexpr Duration kRecheckDelay = std::chrono::seconds(1);
// Two lease holders may die one after the other; a third is no accident.
constexpr Duration kMaxWait = 2 * kRefreshLease;
// What must be left of the lease when the last response comes, to store it.
constexpr Duration kTimeToStore = std::chrono::seconds(2);

ErrorCode error_of(State latch) {
  return latch == State::needs_authorization ? ErrorCode::needs_authorization
                                             : ErrorCode::credentials_refused;
}

State latch_for(lwa::Outcome outcome) {
  if (outcome == lwa::Outcome::invalid_grant) return State::needs_authorization;
  return outcome == lwa::Outcome::misconfigured ? State::misconfigured : State::ok;
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

// The stored state, and its token if that may be used now.
struct Tokens::Stored {
  Subject subject;
  Access access;
  std::optional<AccessToken> usable;
  bool is_good = false;  // `usable` is there and needs no refresh

  TokenGrant grant(AccessToken token) const { return {subject, std::move(token), access.environment}; }
};

KeyRing& Tokens::ring() {
  if (!ring_) ring_.emplace(ring_for(connection_));
  return *ring_;
}

Tokens::Stored Tokens::load(const std::string& rejected) {
  Stored stored;
  stored.subject = load_subject(connection_, account_);
  stored.access = load_access(connection_, stored.subject, ring());
  const auto& token = stored.access.token;
  if (!token || (!rejected.empty() && token->token_id == rejected)) return stored;
  Freshness freshness = freshness_of(*token, clock().now());
  if (freshness != Freshness::expired) stored.usable = token;
  stored.is_good = freshness == Freshness::good;
  return stored;
}

TokenGrant Tokens::obtain(const std::string& rejected, Retry retry) {
  store::LeaseWait refresh_of_another(clock(), clock().steady_now() + kMaxWait,
                                      "refresh of the access token");
  for (;;) {
    std::optional<RefreshClaim> claim;
    // Before the file is read: the token that Retry::yes drops may be one that does not open.
    if (std::exchange(retry, Retry::no) == Retry::yes) {
      claim = claim_refresh(connection_, load_subject(connection_, account_), ring(), rejected, Retry::yes);
    }
    Stored stored = load(rejected);
    if (!claim && stored.is_good) return stored.grant(*stored.usable);
    if (!claim) claim = claim_refresh(connection_, stored.subject, ring(), rejected, Retry::no);
    if (auto grant = act_on(stored, *claim)) return *grant;
    if (const auto* another = std::get_if<RefreshInFlight>(&*claim)) {
      refresh_of_another.look_again(another->lapses_at);
    } else {
      refresh_of_another.require_patience();
    }
  }
}

// While the old token lasts, a worker that does not refresh it keeps using it.
std::optional<TokenGrant> Tokens::act_on(const Stored& stored, const RefreshClaim& claim) {
  if (const auto* token = std::get_if<AccessToken>(&claim)) return stored.grant(*token);
  if (const auto* ours = std::get_if<RefreshLease>(&claim)) return refresh(stored, *ours);
  if (stored.usable) return stored.grant(*stored.usable);
  if (const auto* latched = std::get_if<Latched>(&claim)) refuse(*latched);
  if (const auto* back_off = std::get_if<BackOff>(&claim)) refuse(*back_off);
  return std::nullopt;
}

std::optional<TokenGrant> Tokens::refresh(const Stored& stored, const RefreshLease& lease) {
  auto credentials = open_or_abandon(stored.subject, lease);
  if (!credentials) return std::nullopt;
  RefreshAttempt attempt;
  try {
    attempt = request_with_recheck(stored.subject, *credentials);
  } catch (const std::exception& fault) {
    run_quietly([&] { store_failure(connection_, stored.subject, lease, State::ok, fault.what()); });
    throw;
  }
  if (attempt.response.outcome == lwa::Outcome::granted) {
    AccessToken token{attempt.response.access_token, {}, attempt.sent_at + attempt.response.lifetime, true};
    if (!store_success(connection_, stored.subject, lease, ring(), token)) return std::nullopt;
    return stored.grant(std::move(token));
  }
  State latch = attempt.are_replaced ? State::ok : latch_for(attempt.response.outcome);
  bool was_stored = store_failure(connection_, stored.subject, lease, latch, attempt.response.message,
                                  attempt.response.retry_after);
  // The credentials have changed, or another worker has the lease: the answer is out of date, so start again.
  if (!was_stored || attempt.are_replaced) return std::nullopt;
  return fall_back(attempt.response, stored);
}

TokenGrant Tokens::fall_back(const lwa::TokenResponse& failed, const Stored& stored) {
  if (!stored.usable) throw Error(failed.code, failed.message);
  connection_.log(LogLevel::warning, fmt::format("{}; the old token is used until {}", failed.message,
                                                 rfc3339(stored.usable->expires_at - kMandatoryWindow)));
  return stored.grant(*stored.usable);
}

std::optional<Credentials> Tokens::open_or_abandon(const Subject& subject, const RefreshLease& lease) {
  std::optional<Credentials> credentials;
  try {
    credentials = credentials_of(connection_, subject, ring());
  } catch (...) {
    run_quietly([&] { abandon_refresh(connection_, subject, lease); });
    throw;
  }
  if (!credentials) abandon_refresh(connection_, subject, lease);
  return credentials;
}

// Tries a refused refresh token a second time, unless it was replaced meanwhile.
Tokens::RefreshAttempt Tokens::request_with_recheck(const Subject& subject, const Credentials& credentials) {
  const SteadyInstant lapses_at = clock().steady_now() + kRefreshLease - kTimeToStore;
  RefreshAttempt attempt{clock().now(), request_token(credentials, lapses_at)};
  if (attempt.response.outcome != lwa::Outcome::invalid_grant) return attempt;
  attempt.are_replaced = has_changed(subject);
  if (attempt.are_replaced) return attempt;
  clock().sleep_until(clock().steady_now() + kRecheckDelay);
  return {clock().now(), request_token(credentials, lapses_at)};
}

lwa::TokenResponse Tokens::request_token(const Credentials& credentials, SteadyInstant lapses_at) {
  auto left = std::chrono::floor<Duration>(lapses_at - clock().steady_now());
  Duration deadline = std::max(std::min({options_.deadline, kRequestDeadline, left}), Duration{1});
  auto result =
      transport_.send(lwa::token_request(options_, credentials),
                      {.connect = std::min(options_.connect_deadline, deadline), .total = deadline});
  lwa::TokenResponse token = lwa::read_response(result);
  if (const auto* response = std::get_if<http::Response>(&result))
    token.retry_after = http::retry_after_of(*response, clock().now());
  return token;
}

bool Tokens::has_changed(const Subject& subject) {
  Subject now = load_subject(connection_, account_);
  return now.name != subject.name || now.version != subject.version;
}

// For ending the lease while an exception is on its way: without that the others wait until it lapses.
template <typename End>
void Tokens::run_quietly(End&& end) noexcept {
  try {
    end();
  } catch (const std::exception&) {
    return;  // the error that is on its way says more, and the lease lapses by itself
  }
}

}  // namespace purser::spapi
