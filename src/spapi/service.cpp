#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/environment.h"
#include "base/text.h"
#include "http/retry.h"
#include "spapi/request_runner.h"
#include "spapi/restrictions.h"

namespace purser::spapi {
namespace {

// In the middle of a run, how long to wait for a token that cannot be had: one to two minutes.
constexpr http::Backoff kTokenBackoff{8, std::chrono::seconds(1), std::chrono::seconds(60)};
constexpr RetryLimits kProbeTries{3, 1};

ServiceOptions checked(ServiceOptions options) {
  if (options.connect_deadline < Duration{1} || options.deadline < Duration{1}) {
    throw Error(ErrorCode::usage, "deadline: must be at least 1 ms");
  }
  options.lwa_url = http::base_address(std::move(options.lwa_url));
  options.spapi_url = http::base_address(std::move(options.spapi_url));
  options.sandbox_url = http::base_address(std::move(options.sandbox_url));
  return options;
}

// --- Probing -----------------------------------------------------------------------------------------

Operation participations_of(const ServiceOptions& options, Host host) {
  return {host == Host::sandbox ? kSandboxPlan : kParticipationsPlan,
          [&options, host](const TokenGrant& grant) {
            return participations_request(options, grant.subject.region, host, grant.token.token);
          },
          has_participations};
}

bool is_refused(const ParsedAnswer& parsed) {
  return parsed.meaning == Meaning::token_refused || parsed.meaning == Meaning::forbidden ||
         parsed.meaning == Meaning::wrong_region;
}

std::string in_words(const ParsedAnswer& parsed) {
  switch (parsed.meaning) {
    case Meaning::answered: return fmt::format("answers ({})", parsed.details);
    case Meaning::token_refused: return fmt::format("refuses the access token ({})", parsed.details);
    case Meaning::forbidden: return fmt::format("denies access ({})", parsed.details);
    case Meaning::wrong_region: return fmt::format("says that the region is wrong ({})", parsed.details);
    default: return fmt::format("does not tell ({})", parsed.details);
  }
}

std::string_view advice_for(const ParsedAnswer& production) {
  switch (production.meaning) {
    case Meaning::token_refused:
      return "the seller has to authorise the application again, and the new refresh token is stored with "
             "`purser spapi set`";
    case Meaning::wrong_region: return "set the seller's region with `purser spapi set`";
    default:
      return "the application lacks its roles, or the seller has to authorise it again since they were added";
  }
}

// A refusal may be an outage, so it does not take back what an answer of production has proved.
Probe inconclusive(const ParsedAnswer& production) {
  return {
      Environment::unknown,
      fmt::format("production has answered these credentials before, and now {}: an outage, or a role was "
                  "taken away; ask again later",
                  in_words(production))};
}

Probe conclude(const ParsedAnswer& production) {
  if (production.meaning == Meaning::answered) {
    return {Environment::production, fmt::format("production {}", in_words(production))};
  }
  return {Environment::unknown, fmt::format("production {}: ask again later", in_words(production))};
}

// The sandbox takes tokens of production too, and a refusal that is not in Amazon's own form may be an
// outage.
Probe conclude(const ParsedAnswer& production, const ParsedAnswer& sandbox) {
  std::string both = fmt::format("production {}, the sandbox {}", in_words(production), in_words(sandbox));
  if (sandbox.meaning == Meaning::answered && !production.is_amazon_error) {
    return {Environment::unknown, both + ": an outage, it seems; ask again later"};
  }
  if (sandbox.meaning == Meaning::answered) {
    return {
        Environment::sandbox,
        fmt::format("{}: these are a sandbox application's credentials, or production's roles are missing; "
                    "store a production application's with `purser spapi set`, or add the roles",
                    both)};
  }
  if (is_refused(sandbox)) return {Environment::neither, fmt::format("{}: {}", both, advice_for(production))};
  return {Environment::unknown, fmt::format("{}: ask again later", both)};
}

// --- Restrictions ------------------------------------------------------------------------------------

ErrorCode error_of(Meaning meaning) {
  switch (meaning) {
    case Meaning::token_refused:
    case Meaning::forbidden:
    case Meaning::wrong_region: return ErrorCode::credentials_refused;
    case Meaning::rejected: return ErrorCode::usage;
    case Meaning::throttled: return ErrorCode::rate_limited;
    case Meaning::unreachable:
    case Meaning::insecure: return ErrorCode::unreachable;
    case Meaning::no_answer: return ErrorCode::no_answer;
    case Meaning::answered:
    case Meaning::intercepted:
    case Meaning::redirected:
    case Meaning::failed: break;
  }
  return ErrorCode::service_failed;
}

Restriction unanswered(const std::string& asin, ErrorCode code, std::string why) {
  Restriction answer;
  answer.asin = asin;
  answer.error = std::move(why);
  answer.error_code = code;
  return answer;
}

Restriction malformed(const std::string& asin) {
  return unanswered(asin, ErrorCode::usage, "this is no ASIN: it has ten characters, A to Z and 0 to 9");
}

Restriction not_asked(const std::string& asin, const Restriction& refused, int stop_after) {
  return unanswered(
      asin, *refused.error_code,
      fmt::format("not asked, after {} in a row that were refused alike: {}", stop_after, *refused.error));
}

Restriction sandbox_only(const std::string& asin) {
  return unanswered(asin, ErrorCode::credentials_refused,
                    "these credentials are good for the sandbox only, as it seems, where every ASIN looks "
                    "restricted, so nothing is known of this one: store a production application's with "
                    "`purser spapi set`, or add the roles that are missing, then `purser spapi probe` looks "
                    "again");
}

std::string checked_condition(const std::string& word) {
  if (word.empty()) return "";
  if (auto condition = condition_named(word)) return *condition;
  throw Error(ErrorCode::usage,
              "condition: must be one of Amazon's, such as used_good, or a word for one: new, open_box, oem, "
              "refurbished, like_new, very_good, good, acceptable, club, collectible_good …");
}

const std::string& checked_marketplace(const std::string& marketplace) {
  if (!marketplace.empty() && !is_marketplace(marketplace)) {
    throw Error(ErrorCode::usage, "marketplace: must be an id of Amazon's, such as ATVPDKIKX0DER");
  }
  return marketplace;
}

// Whether the fault is that there is no token: then every ASIN fails in the same way.
bool is_token_error(const Error& fault) {
  return fault.code() == ErrorCode::rate_limited || fault.code() == ErrorCode::unreachable ||
         fault.code() == ErrorCode::no_answer || fault.code() == ErrorCode::service_failed ||
         fault.code() == ErrorCode::needs_authorization || fault.code() == ErrorCode::credentials_refused;
}

// The state of one run over a list of ASINs.
struct Run {
  RestrictionQuery query;  // an empty marketplace means the region's first
  int stop_after = 0;
  Environment environment = Environment::unknown;
  bool is_probed = false;
  bool has_asked_production = false;
  // The last refusals if they were equal: their kind, and how many in a row.
  struct Kind {
    Meaning meaning = Meaning::answered;
    int status = 0;
    ErrorCode code{};
    std::string said = {};  // of a rejected request: other words mean another input
    friend bool operator==(const Kind&, const Kind&) = default;
  };
  Kind refused_as;
  int refused_alike = 0;
  bool is_token_late = false, is_amazon_down = false;  // then the next ASIN gets one try

  RetryLimits limits() const { return is_amazon_down ? RetryLimits{1, 1} : RetryLimits{}; }
  int tries_for_token() const { return is_token_late ? 1 : kTokenBackoff.tries; }
  bool is_over() const { return stop_after > 0 && refused_alike >= stop_after; }
  void note_refusal(const Kind& kind) {
    refused_alike = kind == refused_as ? refused_alike + 1 : 1;
    refused_as = kind;
  }
};

}  // namespace

struct Service::Inside {
  Inside(Database& database, ServiceOptions options_in, std::string account)
      : connection(database.connection()),
        options(checked(std::move(options_in))),
        tokens(connection, options, std::move(account), transport),
        runner(connection, options, tokens, transport) {}

  Clock& clock() const { return connection.clock(); }
  void warn(const std::string& text) const { connection.log(LogLevel::warning, text); }

  Probe probe();
  void answer_all(const std::vector<std::string>& asins, Run& run,
                  const std::function<void(const Restriction&)>& on_answer);
  Restriction answer_for(const std::string& asin, Run& run);
  Restriction answer_in(const RequestResult& result, const std::string& asin, Run& run);
  RequestResult run_awaiting_token(const Operation& operation, Run& run);
  Operation restrictions_of(const std::string& asin, const RestrictionQuery& query) const;
  // Whether the refused credentials are the sandbox's; probes once in a run where that is unknown.
  bool are_sandbox_only(const RequestResult& refused, Run& run);

  store::Connection& connection;
  ServiceOptions options;
  http::Transport transport;
  Tokens tokens;
  RequestRunner runner;
};

ServiceOptions ServiceOptions::from_environment() {
  ServiceOptions options;
  options.lwa_url = environment("PURSER_LWA_URL");
  options.spapi_url = environment("PURSER_SPAPI_URL");
  options.sandbox_url = environment("PURSER_SPAPI_SANDBOX_URL");
  return options;
}

Service::Service(Database& database, ServiceOptions options, std::string account)
    : inside_((require_name("account", account),
               std::make_unique<Inside>(database, std::move(options), std::move(account)))) {}
Service::~Service() = default;
Service::Service(Service&&) noexcept = default;

AccessToken Service::token(const std::string& rejected, Retry retry) {
  AccessToken token = inside_->tokens.obtain(rejected, retry).token;
  if (token.token_id == rejected) {
    inside_->warn(
        "the token that Amazon refused is less than a minute old, so it is not the cause: see what Amazon "
        "said of the role, the region or the marketplace; from a minute on another token is taken");
  }
  return token;
}

Probe Service::probe() { return inside_->probe(); }

Probe Service::Inside::probe() {
  RequestResult production = runner.run(participations_of(options, Host::production), kProbeTries);
  const ParsedAnswer& parsed = production.answer;
  bool has_answered_before = production.grant.environment == Environment::production;
  if (has_answered_before && parsed.meaning != Meaning::answered) return inconclusive(parsed);
  Probe probe =
      is_refused(parsed)
          ? conclude(parsed, runner.run(participations_of(options, Host::sandbox), kProbeTries).answer)
          : conclude(parsed);
  // A probe without a result does not overwrite an earlier one.
  if (probe.environment != Environment::unknown) store_probe(connection, production.grant.subject, probe);
  return probe;
}

// --- Restrictions ------------------------------------------------------------------------------------

void Service::restrictions(const std::vector<std::string>& asins, const RestrictionOptions& options,
                           const std::function<void(const Restriction&)>& on_answer) {
  Run run;
  run.query = {checked_marketplace(options.marketplace), checked_condition(options.condition)};
  if (asins.empty()) return;
  run.stop_after = options.stop_after;
  run.environment = inside_->tokens.obtain().environment;
  inside_->answer_all(asins, run, on_answer);
}

void Service::Inside::answer_all(const std::vector<std::string>& asins, Run& run,
                                 const std::function<void(const Restriction&)>& on_answer) {
  Restriction last;
  std::size_t done = 0;
  for (; done < asins.size() && !run.is_over(); ++done) {
    last = answer_for(asins[done], run);
    on_answer(last);
  }
  if (done == asins.size()) return;
  warn(
      fmt::format("after {} in a row that were refused alike the last {} of {} ASINs are not asked: see to "
                  "the cause, or say --stop-after 0 to ask them all",
                  run.stop_after, asins.size() - done, asins.size()));
  for (; done < asins.size(); ++done) on_answer(not_asked(asins[done], last, run.stop_after));
}

Operation Service::Inside::restrictions_of(const std::string& asin, const RestrictionQuery& query) const {
  auto request = [this, &asin, &query](const TokenGrant& grant) {
    RestrictionQuery complete = query;
    if (complete.marketplace.empty()) complete.marketplace = default_marketplace(grant.subject.region);
    return restrictions_request(options, grant.subject.region, grant.subject.seller_id, grant.token.token,
                                asin, complete);
  };
  auto is_answer = [&asin, &query](const std::string& body) {
    return parse_restriction(body, asin, query.condition).has_value();
  };
  return {kRestrictionsPlan, request, is_answer};
}

Restriction Service::Inside::answer_for(const std::string& asin, Run& run) {
  if (!is_asin(asin)) return malformed(asin);
  if (run.environment == Environment::sandbox && run.has_asked_production) return sandbox_only(asin);
  try {
    return answer_in(run_awaiting_token(restrictions_of(asin, run.query), run), asin, run);
  } catch (const Error& fault) {
    if (!is_token_error(fault)) throw;
    if (!fault.retryable()) run.note_refusal({Meaning::token_refused, 0, fault.code()});
    warn(fmt::format("{}: {}", asin, fault.what()));
    return unanswered(asin, fault.code(), fault.what());
  }
}

Restriction Service::Inside::answer_in(const RequestResult& result, const std::string& asin, Run& run) {
  const ParsedAnswer& parsed = result.answer;
  run.is_amazon_down = is_transient(parsed.meaning);
  if (parsed.meaning == Meaning::answered) {
    run.refused_alike = 0;
    run.has_asked_production = true;
    run.environment = Environment::production;
    if (result.grant.environment != Environment::production)
      store_probe(connection, result.grant.subject, conclude(parsed));
    return *parse_restriction(parsed.body, asin, run.query.condition);
  }
  ErrorCode code = error_of(parsed.meaning);
  if (is_refused(parsed)) run.has_asked_production = true;
  if (is_refused(parsed) && are_sandbox_only(result, run)) return sandbox_only(asin);
  if (is_refused(parsed)) {
    run.note_refusal({parsed.meaning, parsed.status, code});
  } else if (parsed.meaning == Meaning::rejected) {
    run.note_refusal({parsed.meaning, parsed.status, code, parsed.said});
  } else {
    run.refused_alike = 0;
  }
  warn(fmt::format("{}: {}", asin, parsed.message));
  return unanswered(asin, code, parsed.message);
}

RequestResult Service::Inside::run_awaiting_token(const Operation& operation, Run& run) {
  http::Backoff backoff = kTokenBackoff;
  backoff.tries = run.tries_for_token();
  http::Repeats repeats(clock(), backoff);
  for (;;) {
    std::optional<Duration> pause;
    try {
      RequestResult result = runner.run(operation, run.limits());
      run.is_token_late = false;
      return result;
    } catch (const Error& fault) {
      if (is_token_error(fault) && fault.retryable()) pause = repeats.next_pause();
      run.is_token_late = run.is_token_late || (is_token_error(fault) && !pause);
      if (!pause) throw;
    }
    clock().sleep_until(clock().steady_now() + *pause);
  }
}

bool Service::Inside::are_sandbox_only(const RequestResult& refused, Run& run) {
  run.environment = refused.grant.environment;
  if (run.environment == Environment::unknown && !std::exchange(run.is_probed, true)) {
    try {
      run.environment = probe().environment;
    } catch (const Error& fault) {
      if (!is_token_error(fault)) throw;
      warn(fmt::format("{}; it is not known which environment the credentials are for", fault.what()));
    }
  }
  return run.environment == Environment::sandbox;
}

}  // namespace purser::spapi
