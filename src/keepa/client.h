// One request to Keepa, and what its response means. Knows nothing of the ledger.
//
// The API key travels in the URL's query, so no URL may ever reach a message. Sources of the meanings:
// Keepa's own Java client (status codes), and responses that users published (a wrong key's zeros, a 429
// without an error).
#pragma once

#include <optional>
#include <string>

#include "http/transport.h"
#include "purser/keepa_service.h"

namespace purser::keepa {

enum class Meaning {
  answered,    // 200, also one with an error and no payload
  rejected,    // 400, 404, 405: this request can never succeed
  wrong_key,   // an envelope of zeros (it comes with a 400), 401 or 403 in Keepa's own words
  no_access,   // 402: the key's plan does not allow it
  no_tokens,   // 429: nothing was consumed
  in_between,  // a 4xx of a proxy or portal, not Keepa's: says nothing of key, balance or request
  failed,      // 5xx, a redirect, or what Keepa never sends
  unreadable   // 200 that is no whole JSON: the work was done, and its result is lost
};

// A response of Keepa, interpreted.
struct ParsedResponse {
  int status = 0;
  std::string body;
  Meaning meaning = Meaning::failed;
  std::optional<Observation> observation;  // the envelope, where there is one that says something
  std::optional<Millitokens> consumed;     // as far as the response tells
  std::optional<std::string> error;        // Keepa's error type
  std::optional<Duration> retry_after;     // set by the sender of the request, from the headers
  std::string fault;                       // why there is no observation, where a message should say so
};

// Throws no_api_key where it is empty.
void require_key(const std::string& key);

// Tells which key an account belongs to without keeping the key: 128 bits of BLAKE2b, in hex. A key has some
// 64 random characters, so nothing leads back from the hash.
std::string fingerprint_of(const std::string& api_key);

// Whether Keepa may have done the work of the request, and charged it: false where it was refused at the
// door.
bool was_worked_on(Meaning meaning);

ParsedResponse interpret(http::Response response);

// What the response tells of the balance and of the call's cost.
Settlement settlement_of(const ParsedResponse& response);

// Throws usage for a path or parameter that Keepa cannot have.
http::Request request_of(const ServiceOptions& options, const Call& call);
http::Request token_request_of(const ServiceOptions& options);

// For a meaning that ends a call: what happened, and what to do.
std::string message_for(const ParsedResponse& response);

}  // namespace purser::keepa
