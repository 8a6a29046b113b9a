// Reads what a response of Keepa says about the token bucket: the input of Ledger::observe and Ledger::settle
// (keepa.h).
//
//   purser::keepa::ResponseFacts facts = purser::keepa::parse_response(body);  // 200, 400, 429: as it came
//   if (facts.refuses_key) ...                                                 // a person must act
//   if (facts.observation) ledger.observe(*facts.observation);
//
// Only the token fields and the type of an error are read; the bytes of other texts do not matter. Errors:
// purser::Error.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "purser/amount.h"
#include "purser/clock.h"

namespace purser::keepa {

// The token fields (the envelope) of any response of Keepa, 429 included. Absent is not 0.
struct Observation {
  Millitokens tokens_left;                         // may be negative
  std::optional<Millitokens> refill_rate = {};     // per minute; absent: the known rate stays
  std::optional<Duration> refill_in = {};          // until the next minute's tokens: makes refill stepped
  std::optional<Millitokens> flow_reduction = {};  // per minute, lost to trackings
  std::optional<Instant> server_time = {};         // Keepa's `timestamp`: orders observations
  std::optional<Millitokens> consumed = {};        // what the call cost
  // Names of fields that the response holds but that make no sense. Each counts as absent.
  std::vector<std::string> ignored = {};
};

// The observation in a response. nullopt: JSON without an envelope, or the zeros of a refused key, which say
// nothing about the bucket. Throws invalid_response where the response is not JSON, is nested deeper than 64
// brackets, or its tokensLeft is not a possible balance.
std::optional<Observation> parse_envelope(std::string_view response);

// Everything that the ledger and a caller need from a response.
struct ResponseFacts {
  std::optional<Observation> observation = {};
  std::optional<Millitokens> consumed = {};    // also from a response without an envelope
  std::optional<std::string> error_type = {};  // "invalidParameter"; "unknown" if it is no word of letters
  // All counts are 0: Keepa refuses the API key and charged nothing. See Settlement::key_refused.
  bool refuses_key = false;
};

// Throws as parse_envelope does.
ResponseFacts parse_response(std::string_view response);

}  // namespace purser::keepa
