// Keepa's answers as JSON: the fields of each verb's object. Names and order are a contract.
#pragma once

#include <optional>
#include <string>

#include "json/object.h"
#include "purser/keepa.h"
#include "purser/keepa_policy.h"
#include "purser/keepa_status.h"

namespace purser::json {

// The three decisions have the same fields, so that a script can ask for each without looking first.
Object encode(const keepa::Granted& granted);
Object encode(const keepa::Refused& refused);
Object encode(const keepa::Never& never);
Object encode(const keepa::AcquireOutcome& outcome);
int exit_status(const keepa::AcquireOutcome& outcome);

// `error_type`: what Keepa calls the error in the response that was observed, or settled with.
Object encode(const keepa::ObserveOutcome& outcome, const std::optional<std::string>& error_type);
Object encode(const keepa::SettleOutcome& outcome, const std::optional<std::string>& error_type);
void add_observed(Object& object, const keepa::ObserveOutcome& outcome);  // its fields, among others
Object encode_release(bool released);
Object encode_leave(bool left);

Object encode(const keepa::Status& status);
// The same fields whatever was asked; null where it was not.
Object encode(const keepa::Affordable& affordable, const keepa::AffordQuery& question);
Object encode(const keepa::Policy& policy);
Object encode(const keepa::LedgerEntry& entry);
Object encode(const keepa::LedgerVerification& verification);

}  // namespace purser::json
