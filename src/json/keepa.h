// The answers of the keepa verbs as JSON: the fields of each verb's object. Scripts rely on their names and
// order.
#pragma once

#include <optional>
#include <string>

#include "json/object.h"
#include "purser/keepa.h"
#include "purser/keepa_policy.h"
#include "purser/keepa_status.h"

namespace purser::json {

// The three decisions have the same fields, so that a script can read any field of any of them.
Object encode(const keepa::Granted& granted);
Object encode(const keepa::Refused& refused);
Object encode(const keepa::Never& never);
Object encode(const keepa::AcquireOutcome& outcome);
int exit_status(const keepa::AcquireOutcome& outcome);

// `error_type`: Keepa's name of the error in the response that was observed, or settled with.
Object encode(const keepa::ObserveOutcome& outcome, const std::optional<std::string>& error_type);
Object encode(const keepa::SettleOutcome& outcome, const std::optional<std::string>& error_type);
void add_observed(Object& object, const keepa::ObserveOutcome& outcome);  // adds the outcome's fields
Object encode_release(bool released);
Object encode_leave(bool left);

Object encode(const keepa::Status& status);
// The fields are the same for every query; null where the query did not ask.
Object encode(const keepa::Affordable& affordable, const keepa::AffordQuery& question);
Object encode(const keepa::Policy& policy);
Object encode(const keepa::LedgerEntry& entry);
Object encode(const keepa::LedgerVerification& verification);

}  // namespace purser::json
