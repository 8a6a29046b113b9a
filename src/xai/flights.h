// One call for one question: the flights as rows, and who may begin one. All within a transaction
// of the caller.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "purser/xai_verdicts.h"
#include "store/transaction.h"
#include "xai/quota_writer.h"

namespace purser::xai {

struct FlightRow {
  std::string fence;
  std::int64_t number = 0;
  std::string lease;
  Question key;
  std::string unit;
  bool ended = false;
};

// Throws unknown_flight.
FlightRow load_flight(store::Snapshot& view, const std::string& fence);
// nullopt: there never was one.
std::optional<std::int64_t> find_newest_flight(store::Snapshot& view);
// Why that flight was abandoned; nullopt: it was not, or nobody said.
std::optional<std::string> find_failure(store::Snapshot& view, std::int64_t number);
// No newer answer, and no newer refusal, is stored for its key.
bool is_newest(store::Snapshot& view, const FlightRow& flight);

// A hit, a refusal of the content, another worker's flight, or a flight of the caller's with a unit of the
// quota: the first of these that there is.
ClaimOutcome claim_question(store::Transaction& change, QuotaWriter& writer, const Question& question,
                            const ClaimOptions& options);

void end_by_answer(store::Transaction& change, const FlightRow& flight);
// `failure` may be empty.
void end_by_abandonment(store::Transaction& change, const FlightRow& flight, const std::string& failure);

}  // namespace purser::xai
