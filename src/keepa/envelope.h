// What makes an observation fit to be believed, whoever brings it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/json_fields.h"
#include "purser/keepa.h"
#include "store/connection.h"

namespace purser::keepa {

// What is read of Keepa's answers: the token fields, and the type of an error.
const std::vector<WantedField>& answer_fields();

// As parse_envelope, of an answer whose fields were read. Throws invalid_response for a balance that is none.
std::optional<Observation> envelope_in(const nlohmann::json& answer);

// What it says that the call cost, with an envelope or without.
std::optional<Millitokens> consumed_in(const nlohmann::json& answer);

// A line in the log for the fields that were not believed.
void report_ignored(const store::Connection& connection, const Observation& observation);

// Throws usage where a field is out of range.
void require_valid(const Observation& observation);

// The error's type, such as "invalidParameter"; "unknown" where it is no such word, which may hold anything.
std::optional<std::string> error_type_in(const nlohmann::json& answer);

// Keepa's answer to a bad key.
bool has_only_zeros(const nlohmann::json& answer);

// A bad key's answer has only zeros: it says nothing of the bucket.
bool says_nothing(const Observation& observation);

// Throws timestamp_ahead for a server time more than a day ahead of `now`, unless forced.
void require_not_ahead(const Observation& observation, Instant now, bool force);

}  // namespace purser::keepa
