// Login with Amazon on the wire: a refresh token is exchanged for an access token. Pure functions.
//
// Errors are told apart by their `error` code alone, since Amazon's descriptions change; none of its text is
// ever repeated. What is no error of LWA's (a page of a proxy, a gateway's words, a status from 500 up, too
// many requests) passes. The refresh token that comes with an answer is the one that was sent, or none: it is
// not looked at.
#pragma once

#include <optional>
#include <string>

#include "http/transport.h"
#include "purser/spapi_service.h"

namespace purser::spapi::lwa {

enum class Outcome {
  granted,
  invalid_grant,  // the refresh token: revoked, or never of this application
  misconfigured,  // the client's id or secret, or the request as such: the same for ever
  transient,      // may be repeated later
};

struct TokenResponse {
  Outcome outcome = Outcome::transient;
  std::string access_token = {};               // of `granted`
  Duration lifetime{};                         // likewise
  ErrorCode code = ErrorCode::service_failed;  // of the others
  std::string message = {};                    // likewise: what happened and what to do
  std::optional<Duration> retry_after = {};  // likewise: the Retry-After, for whoever sent the request to say
};

http::Request token_request(const ServiceOptions& options, const Credentials& credentials);

TokenResponse read_response(const http::Response& response);
TokenResponse read_response(const http::Result& result);  // also where none came

}  // namespace purser::spapi::lwa
