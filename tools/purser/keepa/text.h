// Keepa's answers as text for people: why a worker may spend, or why it waits, at a glance.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "frame/human.h"
#include "purser/keepa.h"
#include "purser/keepa_policy.h"
#include "purser/keepa_status.h"

namespace purser::cli {

std::string asked_text(const keepa::AcquireRequest& request);  // "80 tokens to backfiller"
// "place 2, its turn in 3 min 20 s"; "" where the task has no place.
std::string place_text(const keepa::Affordable& affordable, Instant now);
std::string text_of(const keepa::AcquireOutcome& outcome, const keepa::AcquireRequest& request,
                    std::string_view account, const Reader& reader);
std::string text_of(const keepa::ObserveOutcome& outcome);
std::string text_of(const keepa::BucketState& state);
std::string drift_text(const keepa::ObserveOutcome& outcome);  // "" where there is none
std::string text_of(const keepa::SettleOutcome& outcome);
std::string text_of(const keepa::Status& status, std::string_view account, const Reader& reader);
std::string text_of(const keepa::Affordable& affordable, const keepa::AffordQuery& question,
                    const Reader& reader);
std::string text_of(const std::vector<keepa::Policy>& policies);
std::string text_of(const std::vector<keepa::LedgerEntry>& entries);
std::string text_of(const keepa::LedgerVerification& verification, const Reader& reader);

}  // namespace purser::cli
