// Login with Amazon (LWA) on the wire: OAuth's exchange of a refresh token for an access token. Pure
// functions.
//
// Errors are distinguished by their `error` code alone, since Amazon's descriptions change; none of its text
// is ever repeated. An answer that is not an error of LWA's (a page of a proxy, a gateway's message, a status
// from 500 up, too many requests) is transient. A refresh token in the answer is the one that was sent, so it
// is ignored.
#pragma once

#include <optional>
#include <string>

#include "http/transport.h"
#include "purser/spapi_service.h"

namespace purser::spapi::lwa {

enum class Outcome {
  granted,
  invalid_grant,  // the refresh token: revoked, or never of this application
  misconfigured,  // the client's id or secret, or the request as such: no repeat helps
  transient,      // may be repeated later
};

struct TokenResponse {
  Outcome outcome = Outcome::transient;
  std::string access_token = {};               // where granted
  Duration lifetime{};                         // where granted
  ErrorCode code = ErrorCode::service_failed;  // where not granted
  std::string message = {};                    // where not granted: what happened and what to do
  std::optional<Duration> retry_after = {};    // the Retry-After, which the caller fills in
};

http::Request token_request(const ServiceOptions& options, const Credentials& credentials);

TokenResponse read_response(const http::Response& response);
TokenResponse read_response(const http::Result& result);  // also of a request without an answer

}  // namespace purser::spapi::lwa
