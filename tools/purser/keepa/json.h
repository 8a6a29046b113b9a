// Keepa's answers for scripts: the fields of each verb's JSON object. Names and order are a contract.
#pragma once

#include "frame/answer.h"
#include "purser/keepa.h"
#include "purser/keepa_policy.h"
#include "purser/keepa_status.h"

namespace purser::cli {

Answer answer_of(const keepa::AcquireOutcome& outcome);
Answer answer_of(const keepa::ObserveOutcome& outcome);
void add_observed(Answer& answer, const keepa::ObserveOutcome& outcome);  // its fields among others
Answer answer_of(const keepa::SettleOutcome& outcome);
Answer answer_of(const keepa::Status& status);
// The same fields whatever was asked; null where it was not.
Answer answer_of(const keepa::Affordable& affordable, const keepa::AffordQuery& question);
Answer answer_of(const keepa::Policy& policy);
Answer answer_of(const keepa::LedgerEntry& entry);
Answer answer_of(const keepa::LedgerVerification& verification);

}  // namespace purser::cli
