// Amazon SP-API, from a refresh token to an answer: purser::services, on top of the credentials (spapi.h).
//
//   purser::spapi::Service amazon(db, purser::spapi::ServiceOptions::from_environment());
//   std::string token = amazon.token().token;                                      // one line
//
//   amazon.restrictions({"B000000001", "B000000002"}, {.condition = "used_good"},   // three
//                       [](const purser::spapi::Restriction& answer) { use(answer); });
//
// A token is used until 60 s before its expiry; from 5 minutes before, whoever comes first refreshes it while
// the others go on with it. One refresh is in flight for all processes (a lease of 45 s, one try of at most
// 30 s); its result, success or error, is stored only while the lease and the credentials' version still
// hold. A failure sets the next try for all (1, 2, 4 … 60 s). `invalid_grant` is looked at twice (another may
// have stored a new refresh token meanwhile), then it is needs_authorization; `invalid_client` and
// `unauthorized_client` are misconfigured; until `spapi set` or Retry::yes nobody asks Amazon again.
//
// Requests are paced by their usage plan for all processes together (5 a second, burst 10, for restrictions);
// a 429 moves the pace of all. A 403 because of the token is one refresh and one more try; any other 403 is
// an answer with an error. Wire facts: Amazon's SP-API models and developer guide.
//
// Threads, processes, ownership: as the Database, which must outlive the Service and may be moved meanwhile.
// Waits are on the Database's Clock; deadlines of a request are real time. No token, no secret and no part of
// one stands in a message or a log line.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "purser/error.h"
#include "purser/spapi.h"

namespace purser::spapi {

struct ServiceOptions {
  // Empty: Amazon's own, by region. PURSER_LWA_URL, PURSER_SPAPI_URL, PURSER_SPAPI_SANDBOX_URL.
  std::string lwa_url, spapi_url, sandbox_url;
  Duration connect_deadline = std::chrono::seconds(5);
  Duration deadline = std::chrono::seconds(30);  // of one request

  static ServiceOptions from_environment();
};

inline constexpr Duration kAdvisoryWindow = std::chrono::minutes(5);
inline constexpr Duration kMandatoryWindow = std::chrono::seconds(60);
inline constexpr Duration kRefreshLease = std::chrono::seconds(45);

enum class Retry { no, yes };  // yes: the latch of a refused token is cleared first

struct AccessToken {
  std::string token;     // "Atza|…"
  std::string token_id;  // for `rejected`; no part of the token
  Instant expires_at;
  bool refreshed = false;  // by this call
};

struct Probe {
  Environment environment = Environment::unknown;
  std::string reason;  // one sentence: what both answered, and what to do
};

struct RestrictionOptions {
  // A condition of Amazon's (used_good, new_new, …) or a word for one (new, like_new, very_good, good,
  // acceptable, collectible…, refurbished). Empty: any.
  std::string condition = {};
  // Empty: the region's first in Amazon's list (na: ATVPDKIKX0DER, eu: A1RKKUPIHCS9HS, fe: A1VC38T7YXB528).
  std::string marketplace = {};
  // So many in a row that Amazon refuses alike end the run: the rest is answered as not asked. 0: none do.
  int stop_after = 20;
};

struct Restriction {
  std::string asin;
  std::optional<bool> restricted;  // nullopt: `error` says why
  std::optional<std::string>
      approval_url;                     // where one may apply, as Amazon says it: https, a host of Amazon's
  std::vector<std::string> reasons;     // APPROVAL_REQUIRED, ASIN_NOT_FOUND, NOT_ELIGIBLE
  std::optional<std::string> error;     // one sentence
  std::optional<ErrorCode> error_code;  // of `error`: credentials_refused for a 403, unreachable, ...
  std::optional<std::string> note;      // one sentence: the answer's link leads elsewhere
};

class Service {
 public:
  // The key ring is read from the environment where it is needed.
  Service(Database& database, ServiceOptions options, std::string account = "default");
  ~Service();
  Service(Service&&) noexcept;
  Service& operator=(Service&&) = delete;

  // `rejected`: the token_id of a token that Amazon refused; another one comes only where that is still the
  // current one, and at least a minute old: a younger one is not the cause, and is given again. Throws
  // no_credentials, no_master_key, wrong_master_key, needs_authorization, credentials_refused
  // (misconfigured), unreachable, no_answer, service_failed, rate_limited (the shared back-off: the message
  // says until when).
  AccessToken token(const std::string& rejected = {}, Retry retry = Retry::no);

  // Production, then the sandbox; remembered. Production's 403 with the sandbox's 200 is a suspicion only,
  // and believed for an hour; once production has answered, no refusal is stored any more. Throws as token().
  Probe probe();

  // One answer for each ASIN, in order, as it comes; the token is renewed on the way. A sandbox that says
  // that every ASIN is restricted is no truth: its answers carry the error. Throws as token(), where no token
  // can be had at all. What `on_answer` throws ends the run and comes out of it: the answers before it have
  // been given, and no further request is sent.
  void restrictions(const std::vector<std::string>& asins, const RestrictionOptions& options,
                    const std::function<void(const Restriction&)>& on_answer);

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

// The Amazon condition for a word; nullopt for none. "good" -> "used_good", "new" -> "new_new".
std::optional<std::string> condition_named(std::string_view word);

}  // namespace purser::spapi
