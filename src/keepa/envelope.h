// Reads Keepa's token fields from a response, and decides whether an observation may be believed, wherever it
// comes from. Implements purser/keepa_response.h.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/json_fields.h"
#include "purser/keepa.h"
#include "purser/keepa_response.h"
#include "store/connection.h"

namespace purser::keepa {

// The fields that are read of a response: the token fields, and the type of an error.
const std::vector<WantedField>& response_fields();

// As parse_envelope, of a response whose fields were read. Throws invalid_response for an impossible balance.
std::optional<Observation> envelope_in(const nlohmann::json& response);

// What the call cost, with an envelope or without.
std::optional<Millitokens> consumed_in(const nlohmann::json& response);

// The error's type, such as "invalidParameter"; "unknown" where it is not one word of letters: it could hold
// anything, even the key.
std::optional<std::string> error_type_in(const nlohmann::json& response);

// Keepa's response to a bad key: an envelope in which everything is 0, and an error with a type. It says
// nothing of the bucket.
bool has_only_zeros(const nlohmann::json& response);
bool has_only_zeros(const Observation& observation);

// Logs a line for the fields that were not believed.
void report_ignored(const store::Connection& connection, const Observation& observation);

// Throws usage where a field is out of range.
void require_valid(const Observation& observation);

// Throws timestamp_ahead for a server time more than a day ahead of `now`, unless it is to be applied always.
void require_not_ahead(const Observation& observation, Instant now, Apply apply);

// a-z and A-Z, in any locale.
bool is_letter(char c);

}  // namespace purser::keepa
