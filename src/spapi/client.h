// Amazon's SP-API on the wire: how a request is made, and what an answer means. Pure functions.
// (restrictions.h has the one operation with parameters.)
//
// The status alone says little: an expired token, a missing role, a wrong region and an unknown path are all
// 403, and only `details` distinguishes them. Errors come as {"errors":[…]}, as a bare array, as a gateway's
// {"message":…}, as XML or as a page, and their codes in two spellings. Of Amazon's text only what it says of
// a rejected or denied request is ever repeated, cleaned: it alone says which of the inputs is wrong, or why.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/transport.h"
#include "purser/spapi_service.h"

namespace purser::spapi {

enum class Host { production, sandbox };

enum class Meaning {
  answered,       // 200
  token_refused,  // expired, revoked or malformed: another token may be taken
  forbidden,      // a role is missing, or was added and not authorised again; or the path is unknown
  wrong_region,   // the marketplace belongs to another region
  rejected,       // 4xx: this request can never succeed
  throttled,      // 429
  intercepted,    // a page of a proxy or a portal, which says nothing of the token: may be repeated
  redirected,     // not followed: it would carry the token elsewhere
  failed,         // 5xx, or a 200 that is not from Amazon: may be repeated
  unreachable,    // nothing was sent
  insecure,       // nothing was sent, nor will be: no trustworthy TLS
  no_answer,      // sent, and no whole answer came; a request costs nothing, so it may be repeated
};

// Whether the same request may succeed a little later.
bool is_transient(Meaning meaning);

struct ParsedAnswer {
  Meaning meaning = Meaning::failed;
  int status = 0;
  // A 401, or a 403 that says so or cannot be read (as an expired token also gets): one more try with another
  // token is worth it.
  bool may_be_the_token = false;
  std::string_view code = {};    // Amazon's error code in one spelling, if it is a known one
  std::string request_id = {};   // Amazon's, if it looks like one
  std::string details = {};      // "HTTP 403, Unauthorized, request …", or why there was no answer
  std::string message = {};      // what happened and what to do, with the details
  std::string said = {};         // Amazon's words, unchanged: to compare refusals, never shown
  bool is_amazon_error = false;  // an error in the form of SP-API's own
  std::string body = {};         // of `answered`
  std::optional<Duration> retry_after = {};  // the Retry-After
  // The time between two requests, from the rate that Amazon states for this seller and operation.
  std::optional<Duration> interval = {};
};

ParsedAnswer read_answer(const http::Result& result, Instant now);

// The meaning of a 200 whose body is not the operation's answer: that of Amazon's error in it, by its code,
// or `failed` where there is none.
ParsedAnswer as_unexpected(ParsedAnswer parsed);

bool has_participations(const std::string& body);

// The address of the host: of the options where they name one, else Amazon's.
std::string base_url(const ServiceOptions& options, Region region, Host host);
// A GET with the access token; `name` says in messages what was asked.
http::Request get_request(std::string url, const char* name, const std::string& token);
http::Request participations_request(const ServiceOptions& options, Region region, Host host,
                                     const std::string& token);

}  // namespace purser::spapi
