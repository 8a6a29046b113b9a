// Calls to Amazon SP-API, from the refresh token to an answer: part of the library purser::services, on top
// of the credentials (spapi.h).
//
//   purser::spapi::Service amazon(db, purser::spapi::ServiceOptions::from_environment());
//   std::string token = amazon.token().token;  // refreshed where it is due
//
//   amazon.restrictions({"B000000001", "B000000002"}, {.condition = "used_good"},
//                       [](const purser::spapi::Restriction& answer) { use(answer); });
//
// A token is used until 60 s before its expiry. From 5 minutes before, the first worker that needs it
// refreshes it while the others keep using it. All processes share one refresh in flight (a lease of 45 s,
// each request at most 30 s); its result, success or error, is stored only if the lease and the version of
// the credentials still hold. A failure sets a back-off for all (1, 2, 4 … 60 s). `invalid_grant` is
// confirmed by a second request (unless a new refresh token was stored meanwhile) and then becomes
// needs_authorization; `invalid_client` and `unauthorized_client` become misconfigured. In both states no
// worker asks Amazon again until `spapi set` or Retry::yes.
//
// All processes together keep to the usage plan of an operation (5 requests a second, burst 10, for
// restrictions); a 429 delays all of them. A 403 because of the token leads to one refresh and one more try;
// any other 403 becomes an answer with an `error`. Source of the wire format: Amazon's SP-API models and
// developer guide.
//
// Threads, processes, ownership: as the Database, which must outlive the Service and may be moved meanwhile.
// Waits use the Database's Clock; deadlines of a request are real time. No message and no log line holds a
// token, a secret or a part of one.
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
  // Empty: Amazon's own, by region. From PURSER_LWA_URL, PURSER_SPAPI_URL and PURSER_SPAPI_SANDBOX_URL.
  std::string lwa_url, spapi_url, sandbox_url;
  Duration connect_deadline = std::chrono::seconds(5);
  Duration deadline = std::chrono::seconds(30);  // of one request

  static ServiceOptions from_environment();
};

inline constexpr Duration kAdvisoryWindow = std::chrono::minutes(5);
inline constexpr Duration kMandatoryWindow = std::chrono::seconds(60);
inline constexpr Duration kRefreshLease = std::chrono::seconds(45);

enum class Retry { no, yes };  // yes: first clears a latch or back-off that earlier failures left

struct AccessToken {
  std::string token;     // "Atza|…"
  std::string token_id;  // names the token for `rejected`; holds no part of it
  Instant expires_at;
  bool refreshed = false;  // by this call
};

struct Probe {
  Environment environment = Environment::unknown;
  std::string reason;  // one sentence: what production and the sandbox answered, and what to do
};

struct RestrictionOptions {
  // A condition of Amazon's (used_good, new_new, …) or a word for one (new, like_new, very_good, good,
  // acceptable, collectible…, refurbished). Empty: any.
  std::string condition = {};
  // Empty: the first of the region in Amazon's list (na: ATVPDKIKX0DER, eu: A1RKKUPIHCS9HS,
  // fe: A1VC38T7YXB528).
  std::string marketplace = {};
  // After this many equal refusals in a row the run ends: the remaining ASINs are answered as not asked.
  // 0: never.
  int stop_after = 20;
};

struct Restriction {
  std::string asin;
  std::optional<bool> restricted;  // nullopt: `error` says why
  // Where the seller may apply for approval, from Amazon's answer: https, on a host of Amazon's.
  std::optional<std::string> approval_url;
  std::vector<std::string> reasons;     // APPROVAL_REQUIRED, ASIN_NOT_FOUND, NOT_ELIGIBLE
  std::optional<std::string> error;     // one sentence
  std::optional<ErrorCode> error_code;  // of `error`: credentials_refused for a 403, unreachable, ...
  std::optional<std::string> note;      // one sentence, where the answer has a link that is not Amazon's
};

class Service {
 public:
  // Reads the key ring from the environment when it is first needed.
  Service(Database& database, ServiceOptions options, std::string account = "default");
  ~Service();
  Service(Service&&) noexcept;
  Service& operator=(Service&&) = delete;

  // A valid access token. `rejected` is the token_id of a token that Amazon refused: if that is still the
  // current token and at least a minute old, it is replaced; a younger one cannot be the cause, and is
  // returned again. Throws no_credentials, no_master_key, wrong_master_key, needs_authorization,
  // credentials_refused (misconfigured), unreachable, no_answer, service_failed and rate_limited (the shared
  // back-off: the message says until when).
  AccessToken token(const std::string& rejected = {}, Retry retry = Retry::no);

  // Asks production, and the sandbox where production refuses, and stores which of them accepts the
  // credentials. A 403 from production with a 200 from the sandbox is only a suspicion, which holds for an
  // hour; once production has answered, refusals are no longer stored. Throws as token().
  Probe probe();

  // Calls `on_answer` once for each ASIN, in order, as soon as its answer is there; refreshes the token on
  // the way. With credentials of the sandbox, where every ASIN looks restricted, each answer is an error.
  // Throws as token() where no token can be had at the start. If `on_answer` throws, no further request is
  // sent and the exception leaves this function.
  void restrictions(const std::vector<std::string>& asins, const RestrictionOptions& options,
                    const std::function<void(const Restriction&)>& on_answer);

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

// Amazon's name of a condition: "good" -> "used_good", "new" -> "new_new". nullopt: no condition has that
// name.
std::optional<std::string> condition_named(std::string_view word);

}  // namespace purser::spapi
