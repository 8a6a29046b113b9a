#include "standin/amazon/lwa.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "standin/amazon/lwa_responses.h"
#include "standin/wire/encoding.h"
#include "standin/wire/faults.h"
#include "standin/wire/random.h"

namespace standin {
namespace {

using nlohmann::json;

constexpr char kPath[] = "/auth/o2/token";

std::vector<std::string> names_of_answers() {
  std::vector<std::string> all = {"normal"};
  all.insert(all.end(), names_of_lwa_errors().begin(), names_of_lwa_errors().end());
  all.insert(all.end(), {"no_refresh_token", "other_refresh_token", "no_expires_in", "no_access_token"});
  return all;
}

// Ignores values that are not strings.
std::optional<std::map<std::string, std::string>> decoded_json(const std::string& body) {
  const json object = json::parse(body, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  std::map<std::string, std::string> fields;
  for (const auto& [name, value] : object.items()) {
    if (value.is_string()) fields.emplace(name, value.get<std::string>());
  }
  return fields;
}

std::optional<std::map<std::string, std::string>> parameters_of(const Request& request) {
  const std::string type = request.header("content-type");
  if (type.rfind("application/x-www-form-urlencoded", 0) == 0) return decoded_form(request.body);
  if (type.rfind("application/json", 0) == 0) return decoded_json(request.body);
  return std::nullopt;
}

std::string value_of(const std::map<std::string, std::string>& parameters, const std::string& name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? "" : found->second;
}

Response empty(int status) {
  Response response;
  response.status = status;
  response.content_type.clear();
  return response;
}

}  // namespace

void declare_lwa(Switches& switches) {
  declare_faults(switches, "lwa");
  switches.declare({"lwa.answer", "normal", names_of_answers(),
                    "the answer to an exchange with the right secret and refresh token: an error, and no "
                    "token is issued, or (the last four) a 200 that lacks a field or has another refresh "
                    "token, which is valid from then on beside the old one"});
  switches.declare({"lwa.expires_in",
                    "3600",
                    {},
                    "for how many seconds the access tokens that are issued are valid",
                    "a whole number up to 86400",
                    [](const std::string& text) { return is_whole_number(text, 0, 86'400); }});
}

Lwa::Lwa(const AmazonSeller& seller, Now now, Switches& switches, AccessTokens& tokens)
    : client_id_(seller.client_id),
      client_secret_(seller.client_secret),
      now_(std::move(now)),
      switches_(switches),
      tokens_(tokens),
      refresh_tokens_{seller.refresh_token},
      in_flight_(std::make_shared<int>()) {}

Response Lwa::respond(const Request& request) {
  Response response;
  {
    std::lock_guard lock(mutex_);
    if (request.path == kRedirectTarget) return redirected(request);
    ++counts_.requests;
    const std::string fault = switches_.use("lwa.fault");
    const int fault_status = std::stoi(switches_.value("lwa.fault_status"));
    if (auto instead = fault_response(fault, request, fault_status)) {
      response = std::move(*instead);
    } else {
      response = respond_without_fault(request);
      ++(response.status == 200 ? counts_.exchanges : counts_.refused);
      spoil(response, fault, std::chrono::milliseconds(std::stoll(switches_.value("lwa.slow_ms"))),
            fault_status);
    }
    response.date_ms = now_() + skew_ms(fault);
    response.in_flight = in_flight_;
  }
  add_retry_after(response, switches_, "lwa");
  response.headers.emplace_back("x-amzn-RequestId", random_id());
  compress(response, request, switches_.value("lwa.gzip"));
  return response;
}

// Only refresh tokens are exchanged: a worker uses none of Amazon's other grants.
Response Lwa::respond_without_fault(const Request& request) {
  if (request.path != kPath) return empty(404);
  if (request.method != "POST") return empty(405);
  const auto given = parameters_of(request);
  // The wording is our own: Amazon's is not published.
  if (!given) return lwa_invalid_request("The request is neither a form nor a JSON object");
  return exchange(*given);
}

Response Lwa::exchange(const Parameters& given) {
  if (auto refusal = find_error(given)) return *refusal;
  const std::string how = switches_.use("lwa.answer");
  if (auto error = find_lwa_error(how)) return *error;
  return access_token(value_of(given, "refresh_token"), how);
}

std::optional<Response> Lwa::find_error(const Parameters& given) const {
  const auto missing = [&](const std::string& name) { return value_of(given, name).empty(); };
  for (const char* name : {"grant_type", "refresh_token", "client_id", "client_secret"}) {
    const bool is_other_grant = !missing("grant_type") && value_of(given, "grant_type") != "refresh_token";
    if (is_other_grant) return lwa_unsupported_grant_type();
    if (missing(name)) {
      return lwa_invalid_request(std::string("The request is missing a required parameter : ") + name);
    }
  }
  const bool is_client =
      value_of(given, "client_id") == client_id_ && value_of(given, "client_secret") == client_secret_;
  if (!is_client) return lwa_invalid_client();
  if (refresh_tokens_.count(value_of(given, "refresh_token")) == 0) return lwa_invalid_grant();
  return std::nullopt;
}

Response Lwa::access_token(const std::string& refresh_token, const std::string& how) {
  const std::int64_t seconds = std::stoll(switches_.use("lwa.expires_in"));
  const std::string returned =
      how == "other_refresh_token" ? "Atzr|standin-other-" + random_characters(64) : refresh_token;
  refresh_tokens_.insert(returned);
  json body = {{"access_token", tokens_.issue(now_(), seconds * 1000)},
               {"refresh_token", returned},
               {"token_type", "bearer"},
               {"expires_in", seconds}};
  distort_tokens(body, how);
  return lwa_response(200, body);
}

Response Lwa::redirected(const Request& request) {
  ++counts_.redirects_followed;
  const bool has_form = request.body.find("client_secret") != std::string::npos;
  if (has_form || !request.parameter("client_secret").empty()) ++counts_.redirects_with_secret;
  Response response = lwa_response(200, json::object());
  response.date_ms = now_();
  return response;
}

json Lwa::state() {
  std::lock_guard lock(mutex_);
  return {{"requests", counts_.requests},
          {"exchanges", counts_.exchanges},
          {"refused", counts_.refused},
          {"in_flight", in_flight_.use_count() - 1},
          {"redirects_followed", counts_.redirects_followed},
          {"redirects_with_secret", counts_.redirects_with_secret}};
}

void Lwa::reset() {
  std::lock_guard lock(mutex_);
  counts_ = Counts{};
}

}  // namespace standin
