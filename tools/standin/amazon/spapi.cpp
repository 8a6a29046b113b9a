#include "standin/amazon/spapi.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>
#include <vector>

#include "standin/amazon/marketplaces.h"
#include "standin/wire/encoding.h"
#include "standin/wire/faults.h"
#include "standin/wire/random.h"

namespace standin {
namespace {

using nlohmann::json;

constexpr char kRestrictions[] = "/listings/2021-08-01/restrictions";
constexpr char kParticipations[] = "/sellers/v1/marketplaceParticipations";
constexpr char kTokenHeader[] = "x-amz-access-token";
constexpr std::size_t kLongestUserAgent = 500;

std::vector<std::string> separated(const std::string& list) {
  std::vector<std::string> parts;
  std::istringstream stream(list);
  for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  return parts;
}

Response ok(const json& body) {
  Response response;
  response.body = body.dump();
  return response;
}

std::vector<std::string> names_of_answers() {
  std::vector<std::string> all = {"normal"};
  all.insert(all.end(), names_of_spapi_errors().begin(), names_of_spapi_errors().end());
  return all;
}

void set_case(Response& response, const std::string& wanted) {
  if (wanted == "mixed") return;
  for (auto& [name, value] : response.headers) {
    std::transform(name.begin(), name.end(), name.begin(), [&](unsigned char c) {
      return static_cast<char>(wanted == "lower" ? std::tolower(c) : std::toupper(c));
    });
  }
}

// 0 if `text` is not a number from 0.001 to 1000.
std::int64_t rate_in_1000_s(const std::string& text) {
  double rate = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
  bool is_one = error == std::errc() && end == text.data() + text.size() && rate >= 0.001 && rate <= 1000;
  return is_one ? std::llround(rate * 1000) : 0;
}

void declare_checks(Switches& switches) {
  switches.declare({"spapi.role",
                    "granted",
                    {"granted", "missing", "missing_everywhere"},
                    "whether the application has the roles: missing is a 403 with details \"\" for "
                    "restrictions in production, missing_everywhere for all requests, the sandbox's too",
                    {},
                    {},
                    false});
  switches.declare({"spapi.valid_for",
                    "both",
                    {"production", "sandbox", "neither", "both"},
                    "where an access token is good; elsewhere it is \"revoked, malformed or invalid\"",
                    {},
                    {},
                    false});
  switches.declare({"spapi.region",
                    "na",
                    {"na", "eu", "fe"},
                    "the region that is served: a marketplace of another one is a 403",
                    {},
                    {},
                    false});
  switches.declare({"spapi.expired_status",
                    "403",
                    {"403", "401"},
                    "the status of the answer to an expired access token, at both hosts",
                    {},
                    {},
                    false});
  switches.declare({"spapi.plan",
                    "enforced",
                    {"enforced", "off"},
                    "whether the usage plans hold, at both hosts: restrictions 5 a second and 10 at once, "
                    "participations 0.016 and 15, at the sandbox 5 and 15 for each",
                    {},
                    {},
                    false});
  switches.declare({"spapi.rate",
                    "5.0",
                    {},
                    "how many requests a second production's plan for restrictions allows and says "
                    "(x-amzn-RateLimit-Limit)",
                    "a number from 0.001 to 1000",
                    [](const std::string& text) { return rate_in_1000_s(text) > 0; },
                    false});
}

}  // namespace

void declare_spapi(Switches& switches) {
  declare_faults(switches, "spapi");
  declare_faults(switches, "sandbox");
  declare_checks(switches);
  switches.declare({"spapi.answer", "normal", names_of_answers(),
                    "the answer to a request to production that passes all checks and the usage plan"});
  switches.declare({"spapi.error_form",
                    "errors",
                    {"errors", "bare_array", "gateway", "xml", "html", "empty"},
                    "the shape of production's errors: gateway is {\"message\":...} without a code"});
  switches.declare({"spapi.forbid_asin",
                    "none",
                    {},
                    "the ASIN whose restrictions are answered with 403 and details \"\"",
                    "none or an ASIN",
                    [](const std::string& text) { return text == "none" || is_asin(text); },
                    false});
  switches.declare({"spapi.header_case",
                    "mixed",
                    {"mixed", "lower", "upper"},
                    "the case of the names of the headers that SP-API adds to HTTP's own, at both hosts",
                    {},
                    {},
                    false});
  switches.declare({"spapi.revoke",
                    "",
                    {"now"},
                    "revokes all access tokens that were issued so far, at once",
                    {},
                    {},
                    false});
  switches.declare({"spapi.expire",
                    "",
                    {"now"},
                    "expires all access tokens that were issued so far, at once",
                    {},
                    {},
                    false});
}

Spapi::Spapi(SpapiHost host, std::string seller_id, Now now, Switches& switches, AccessTokens& tokens)
    : host_(host),
      name_(host == SpapiHost::sandbox ? "sandbox" : "spapi"),
      seller_id_(std::move(seller_id)),
      now_(std::move(now)),
      switches_(switches),
      tokens_(tokens),
      in_flight_(std::make_shared<int>()) {
  operations_ = {
      {kRestrictions, {UsagePlan(5000, is_sandbox() ? 15 : 10), "5.0", &Spapi::restrictions}},
      {kParticipations,
       {UsagePlan(is_sandbox() ? 5000 : 16, 15), is_sandbox() ? "5.0" : "0.016", &Spapi::participations}}};
  if (is_sandbox()) return;
  switches_.on_set("spapi.revoke", [this](const std::string&) { tokens_.revoke(); });
  switches_.on_set("spapi.expire", [this](const std::string&) { tokens_.expire(now_()); });
}

Response Spapi::respond(const Request& request) {
  Response response;
  {
    std::lock_guard lock(mutex_);
    if (request.path == kRedirectTarget) return redirected(request);
    note_request(request);
    const std::string fault = switches_.use(name_ + ".fault");
    const int fault_status = std::stoi(switches_.value(name_ + ".fault_status"));
    if (auto instead = fault_response(fault, request, fault_status)) {
      response = std::move(*instead);
    } else {
      response = respond_without_fault(request);
      note_response(response);
      spoil(response, fault, std::chrono::milliseconds(std::stoll(switches_.value(name_ + ".slow_ms"))),
            fault_status);
    }
    response.date_ms = now_() + skew_ms(fault);
    response.in_flight = in_flight_;
  }
  if (!response.has_header("Retry-After")) add_retry_after(response, switches_, name_);
  response.headers.emplace_back("x-amzn-RequestId", random_id());
  compress(response, request, switches_.value(name_ + ".gzip"));
  set_case(response, switches_.value("spapi.header_case"));
  return response;
}

Response Spapi::respond_without_fault(const Request& request) {
  if (auto refusal = find_client_error(request)) return refuse(*refusal);
  if (auto refusal = find_token_error(request.header(kTokenHeader))) return refuse(*refusal);
  if (operations_.count(request.path) == 0) return refuse(no_such_operation());
  if (request.method != "GET") return refuse(malformed_call());
  if (auto refusal = find_role_error(request.path)) return refuse(*refusal);
  return run_operation(request);
}

Response Spapi::run_operation(const Request& request) {
  Operation& operation = operations_.at(request.path);
  if (!is_sandbox() && request.path == kRestrictions) {
    operation.rate = switches_.value("spapi.rate");
    operation.plan.change_rate(rate_in_1000_s(operation.rate));
  }
  if (!operation.plan.take(now_()) && switches_.value("spapi.plan") == "enforced") {
    ++counts_.throttled;
    return refuse(quota_exceeded());
  }
  const std::string how = is_sandbox() ? "normal" : switches_.use("spapi.answer");
  const auto error = find_spapi_error(how);
  Response response = error ? refuse(*error) : (this->*operation.respond)(request);
  if (how == "429_retry_after") response.headers.emplace_back("Retry-After", "2");
  // Amazon says that this header never comes with a 401, a 403 or a 429.
  if (response.status == 200 || response.status == 400 || response.status == 404) {
    response.headers.emplace_back("x-amzn-RateLimit-Limit", operation.rate);
  }
  return response;
}

Response Spapi::restrictions(const Request& request) {
  const std::string asin = request.parameter("asin");
  if (is_sandbox()) {
    if (asin == "BAD_ASIN") return refuse({400, "BAD_REQUEST", "Invalid 'asin' provided."});
    return ok(sandbox_restrictions());
  }
  if (auto refusal = find_parameter_error(request)) return refuse(*refusal);
  asins_.insert(asin);
  return ok(restrictions_of(asin, request.parameter("conditionType"),
                            separated(request.parameter("marketplaceIds"))));
}

Response Spapi::participations(const Request&) {
  return ok(is_sandbox() ? sandbox_participations() : participations_in(switches_.value("spapi.region")));
}

Response Spapi::redirected(const Request& request) {
  ++counts_.redirects_followed;
  if (!request.header(kTokenHeader).empty()) ++counts_.redirects_with_token;
  Response response = ok(json::object());
  response.date_ms = now_();
  return response;
}

std::optional<SpapiError> Spapi::find_client_error(const Request& request) const {
  const std::string user_agent = request.header("user-agent");
  if (user_agent.empty()) return no_user_agent();
  if (user_agent.size() > kLongestUserAgent) return too_long_user_agent();
  return std::nullopt;
}

std::optional<SpapiError> Spapi::find_token_error(const std::string& token) const {
  if (token.empty()) return access_denied("Access token is missing in the request header.");
  const std::string good_for = switches_.value("spapi.valid_for");
  const bool is_for_here = good_for == "both" || good_for == (is_sandbox() ? "sandbox" : "production");
  const TokenState state = tokens_.state_of(token, now_());
  if (state == TokenState::unknown || !is_for_here) {
    return access_denied("The access token you provided is revoked, malformed or invalid.");
  }
  if (state == TokenState::valid) return std::nullopt;
  SpapiError error = access_denied("The access token you provided has expired.");
  error.status = std::stoi(switches_.value("spapi.expired_status"));
  return error;
}

std::optional<SpapiError> Spapi::find_role_error(const std::string& path) const {
  const std::string role = switches_.value("spapi.role");
  const bool lacks =
      role == "missing_everywhere" || (role == "missing" && !is_sandbox() && path == kRestrictions);
  if (lacks) return access_denied("");
  return std::nullopt;
}

// The wording of the 400s is our own, modelled on "Invalid 'asin' provided.". Nobody has published what comes
// for another seller's id: this is the worst case, a 403 that explains nothing.
std::optional<SpapiError> Spapi::find_parameter_error(const Request& request) const {
  const auto given = [&](const std::string& name) { return request.parameter(name); };
  for (const char* name : {"asin", "sellerId", "marketplaceIds"}) {
    if (given(name).empty()) return invalid_input(std::string("Missing required parameter '") + name + "'.");
  }
  if (!is_asin(given("asin"))) return invalid_input("Invalid 'asin' provided.");
  const std::string condition = given("conditionType");
  if (!condition.empty() && !is_condition(condition)) {
    return invalid_input("Invalid 'conditionType' provided.");
  }
  for (const std::string& marketplace : separated(given("marketplaceIds"))) {
    const MarketplaceKind known = kind_of_marketplace(marketplace, switches_.value("spapi.region"));
    if (known == MarketplaceKind::unknown) return invalid_input("Invalid 'marketplaceIds' provided.");
    if (known == MarketplaceKind::of_another_region) {
      return access_denied("The marketplaces you provided are not valid for region.");
    }
  }
  const bool is_forbidden = given("asin") == switches_.value("spapi.forbid_asin");
  if (given("sellerId") != seller_id_ || is_forbidden) return access_denied("");
  return std::nullopt;
}

// The sandbox's own 400s are a bare array; what the gateway in front of it refuses has the usual form.
Response Spapi::refuse(const SpapiError& error) {
  if (is_sandbox()) return error_response(error, error.code == "BAD_REQUEST" ? "bare_array" : "errors");
  return error_response(error, switches_.use("spapi.error_form"));
}

void Spapi::note_request(const Request& request) {
  ++counts_.requests;
  if (const std::string token = request.header(kTokenHeader); !token.empty()) tokens_seen_.insert(token);
  if (request.path != kRestrictions) return;
  const std::int64_t now_ms = now_();
  last_second_.push_back(now_ms);
  while (last_second_.front() <= now_ms - 1000) last_second_.pop_front();
  counts_.most_in_one_second =
      std::max(counts_.most_in_one_second, static_cast<std::int64_t>(last_second_.size()));
}

void Spapi::note_response(const Response& response) {
  if (response.status == 200) ++counts_.answered;
  if (response.status == 401 || response.status == 403) ++counts_.forbidden;
}

json Spapi::state() {
  std::lock_guard lock(mutex_);
  return {{"requests", counts_.requests},
          {"answered", counts_.answered},
          {"throttled", counts_.throttled},
          {"forbidden", counts_.forbidden},
          {"most_in_one_second", counts_.most_in_one_second},
          {"tokens_seen", tokens_seen_.size()},
          {"distinct_asins", asins_.size()},
          {"in_flight", in_flight_.use_count() - 1},
          {"redirects_followed", counts_.redirects_followed},
          {"redirects_with_token", counts_.redirects_with_token}};
}

void Spapi::reset() {
  std::lock_guard lock(mutex_);
  counts_ = Counts{};
  last_second_.clear();
  tokens_seen_.clear();
  asins_.clear();
}

}  // namespace standin
