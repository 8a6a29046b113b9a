// One request to Keepa, and what its answer means. Knows nothing of the ledger.
//
// The key travels in the URL's query, so no URL ever reaches a message. Sources of the meanings: Keepa's own
// Java client (status codes) and answers that users published (a wrong key's zeros, a 429 without an error).
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
  in_between,  // 4xx that is not Keepa's: a proxy, a portal; says nothing of key, balance or request
  failed,      // 5xx, a redirect, or what Keepa never sends
  unreadable   // 200 that is no whole JSON: the work was done, and its answer is lost
};

struct ParsedAnswer {
  int status = 0;
  std::string body;
  Meaning meaning = Meaning::failed;
  std::optional<Observation> observation;  // the envelope, where there is one that says something
  std::optional<Millitokens> consumed;     // as far as the answer tells
  std::optional<std::string> error;        // Keepa's error type
  std::optional<Duration> retry_after;     // for whoever sent the request to say
  std::string fault;                       // why it says nothing of the balance, where that is to be told
};

void require_key(const std::string& key);  // throws no_api_key where it is empty

// What was refused at the door was not worked on. What failed inside may have been.
bool was_worked_on(Meaning meaning);

ParsedAnswer read_answer(http::Response response);

// What the answer tells of the balance and of the call's cost.
Settlement settlement_of(const ParsedAnswer& answer);

// Throws usage for a path or parameter that cannot be one.
http::Request request_of(const ServiceOptions& options, const Call& call);
http::Request token_request_of(const ServiceOptions& options);

// The sentence for a meaning that ends a call: what happened, and what to do.
std::string explain(const ParsedAnswer& answer);

}  // namespace purser::keepa
