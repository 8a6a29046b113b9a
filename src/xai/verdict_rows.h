// Verdicts as rows: where a key's row is, and what stands there.
#pragma once

#include <optional>

#include "store/transaction.h"
#include "xai/policy.h"

namespace purser::xai {

// Throws usage for a price out of range or a text beyond 16 KiB, invalid_text for what is not storable.
void require_valid(const Question& question);

// XXH3 of the key's parts, each with its length, in the range that leaves room for three more numbers after
// it.
std::int64_t hash_of(const Question& question);

struct VerdictRow {
  bool verdict;
  std::int64_t id;
  StoredVerdict stored;
};

// sql::kFindVerdict with its parameters; `question` must outlive it.
store::Statement bound_to(store::Statement find_verdict, const Question& question);
std::optional<VerdictRow> find_verdict(store::Snapshot& view, const Question& question);

void put_verdict(store::Transaction& change, const Question& question, bool verdict,
                 std::optional<std::int64_t> flight);
// Where find_verdict has none.
void insert_verdict(store::Transaction& change, const Question& question, bool verdict, Instant stored_at,
                    std::optional<std::int64_t> flight);

}  // namespace purser::xai
