#include "spapi/lwa.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json_fields.h"
#include "http/body.h"

namespace purser::spapi::lwa {
namespace {

using http::member;
using http::text_of;
using nlohmann::json;

constexpr char kAmazon[] = "https://api.amazon.com";                  // one for all regions
constexpr std::int64_t kUsualLifetime = 3600, kMaxLifetime = 86'400;  // seconds
constexpr std::size_t kMaxTokenBytes = 8192;                          // Amazon says 2048

constexpr std::array<std::string_view, 10> kKnownCodes = {
    "invalid_grant",   "invalid_client", "unauthorized_client",
    "invalid_request", "invalid_scope",  "unsupported_grant_type",
    "access_denied",   "server_error",   "temporarily_unavailable",
    "slow_down",
};

std::string_view known(std::string_view code) {
  const auto* found = std::find(kKnownCodes.begin(), kKnownCodes.end(), code);
  return found == kKnownCodes.end() ? std::string_view() : *found;
}

bool passes_by_itself(std::string_view code) {
  return code == "server_error" || code == "temporarily_unavailable" || code == "slow_down";
}

// --- What went well ----------------------------------------------------------------------------------

std::int64_t whole_seconds(std::string_view digits) {
  std::int64_t seconds = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  if (error == std::errc::result_out_of_range) return digits.front() == '-' ? 1 : kMaxLifetime;
  return error == std::errc() && end == digits.data() + digits.size() ? seconds : kUsualLifetime;
}

// Clamped: an absurd value must neither make a token eternal nor unusable.
Duration lifetime_in(const json& expires_in) {
  std::int64_t seconds = kUsualLifetime;
  if (expires_in.is_number_unsigned()) {
    seconds =
        static_cast<std::int64_t>(std::min<std::uint64_t>(expires_in.get<std::uint64_t>(), kMaxLifetime));
  } else if (expires_in.is_number_integer()) {
    seconds = expires_in.get<std::int64_t>();
  } else if (expires_in.is_number_float()) {
    seconds = static_cast<std::int64_t>(std::clamp<double>(expires_in.get<double>(), 1, kMaxLifetime));
  } else if (expires_in.is_string()) {
    seconds = whole_seconds(text_of(expires_in));
  }
  return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 1, kMaxLifetime));
}

bool may_stand_in_a_header(std::string_view token) {
  return !token.empty() && token.size() <= kMaxTokenBytes &&
         std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

// --- What did not ------------------------------------------------------------------------------------

// Only OAuth's own codes (RFC 6749, 5.2, and access_denied, which Amazon adds) with the statuses that belong
// to them are about the credentials. A gateway's {"error":"Forbidden"} and a 404 say nothing of them.
Outcome outcome_of(int status, std::string_view code) {
  bool is_refusal = status == 400 || status == 401 || status == 403;
  if (!is_refusal || known(code).empty() || passes_by_itself(code)) return Outcome::transient;
  return code == "invalid_grant" ? Outcome::invalid_grant : Outcome::misconfigured;
}

ErrorCode error_of(Outcome outcome, int status) {
  if (outcome == Outcome::invalid_grant) return ErrorCode::needs_authorization;
  if (outcome == Outcome::misconfigured) return ErrorCode::credentials_refused;
  return status == 429 ? ErrorCode::rate_limited : ErrorCode::service_failed;
}

std::string_view sentence_for_misconfigured(std::string_view code) {
  if (code == "invalid_client") {
    return "Amazon refuses the client id or the client secret, which may be older than 180 days: store valid "
           "ones with `purser spapi set`";
  }
  if (code == "unauthorized_client") {
    return "Amazon says that this application may not use the refresh token, which is perhaps another "
           "application's: store what belongs together with `purser spapi set`";
  }
  return "Amazon refuses to give a token for these credentials, and no repeat will help: check them, and "
         "store them with `purser spapi set`";
}

std::string_view sentence_for(Outcome outcome, int status, std::string_view code) {
  switch (outcome) {
    case Outcome::granted: return "Amazon gave a token";
    case Outcome::invalid_grant:
      return "Amazon refuses the refresh token: the seller has to authorise the application again, and the "
             "new refresh token is stored with `purser spapi set`";
    case Outcome::misconfigured: return sentence_for_misconfigured(code);
    case Outcome::transient: break;
  }
  if (status == 200) return "Amazon's answer holds no access token: try again later";
  if (status == 429) return "Login with Amazon is asked too often just now: try again later";
  if (status >= 300 && status < 400) {
    return "Login with Amazon's address answers with a redirect, which is not followed: see PURSER_LWA_URL";
  }
  if (status >= 400 && status < 500) {
    return "the address of Login with Amazon gives an answer that is none of its: see PURSER_LWA_URL, or try "
           "again later";
  }
  return "Login with Amazon fails just now: try again later";
}

// The request id in the body is LWA's own; the one in the header is of the gateway before it.
std::string details_of(const http::Response& response, const json& body, std::string_view code) {
  std::string details = fmt::format("HTTP {}", response.status);
  if (auto name = known(code); !name.empty()) details += fmt::format(", {}", name);
  std::optional<std::string> id = text_of(member(body, "request_id"));
  if (!http::is_an_id(id)) id = response.request_id;
  if (http::is_an_id(id)) details += fmt::format(", request {}", *id);
  return details;
}

TokenResponse refusal(const http::Response& response, const json& body) {
  std::string code = text_of(member(body, "error"));
  TokenResponse result;
  result.outcome = outcome_of(response.status, code);
  result.code = error_of(result.outcome, response.status);
  result.message = fmt::format("{} ({})", sentence_for(result.outcome, response.status, code),
                               details_of(response, body, code));
  return result;
}

TokenResponse unanswered(const http::Failure& failure) {
  TokenResponse result;
  result.code = failure.fate == http::Fate::never_sent ? ErrorCode::unreachable : ErrorCode::no_answer;
  result.message = failure.message + ": try again later";
  return result;
}

}  // namespace

http::Request token_request(const ServiceOptions& options, const Credentials& credentials) {
  http::Request request;
  request.method = http::Method::post;
  request.url = fmt::format("{}/auth/o2/token", options.lwa_url.empty() ? kAmazon : options.lwa_url);
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded;charset=UTF-8"},
                     {"Accept", "application/json"}};
  request.body = fmt::format("grant_type=refresh_token&refresh_token={}&client_id={}&client_secret={}",
                             http::percent_encoded(credentials.refresh_token),
                             http::percent_encoded(credentials.client_id),
                             http::percent_encoded(credentials.client_secret));
  request.name = "Login with Amazon";
  return request;
}

TokenResponse read_response(const http::Response& response) {
  static const std::vector<WantedField> fields = {
      {"access_token"}, {"expires_in"}, {"error"}, {"request_id"}};
  JsonFault fault{};
  json body = json_fields(response.body, fields, fault);
  std::string token = text_of(member(body, "access_token"));
  if (response.status != 200 || !may_stand_in_a_header(token)) return refusal(response, body);
  TokenResponse result;
  result.outcome = Outcome::granted;
  result.access_token = std::move(token);
  result.lifetime = lifetime_in(member(body, "expires_in"));
  return result;
}

TokenResponse read_response(const http::Result& result) {
  if (const auto* failure = std::get_if<http::Failure>(&result)) return unanswered(*failure);
  return read_response(std::get<http::Response>(result));
}

}  // namespace purser::spapi::lwa
