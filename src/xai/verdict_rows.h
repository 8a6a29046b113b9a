// The verdicts as rows of xai_verdict: finds the row of a question, and writes it.
#pragma once

#include <optional>
#include <string>

#include "purser/xai_verdicts.h"
#include "store/transaction.h"
#include "xai/policy.h"

namespace purser::xai {

// Throws usage for a price out of range or a text beyond 16 KiB, invalid_text for what is not storable.
void require_valid(const Question& question);

// XXH3 of the parts of the key, each with its length; at least 0, and three more ids fit behind the largest.
std::int64_t hash_of(const Question& question);

// What is known of a question: a verdict, or that xAI refused it for its content, or both.
struct Known {
  std::optional<bool> verdict;
  Instant stored_at{};
  std::optional<Instant> refused_at;
};

// There is a verdict, and it is no older than `max_age`.
bool has_verdict(const Known& known, const std::optional<Duration>& max_age, Instant now);
// Until when the refusal keeps the question from being asked again; nullopt: it may be asked.
std::optional<Instant> refused_until(const Known& known, Instant now);

struct VerdictRow {
  Known known;
  std::int64_t id = 0;
  StoredVerdict stored;
};

// Outside a transaction, as one statement: takes no lock that a writer wants.
std::optional<bool> find_hit(store::Connection& connection, const Question& question,
                             const std::optional<Duration>& max_age);
// Within a transaction.
std::optional<bool> find_hit(store::Snapshot& view, const Question& question);
std::optional<Known> find_known(store::Snapshot& view, const Question& question);
std::optional<VerdictRow> find_verdict(store::Snapshot& view, const Question& question);

struct Origin {
  Instant at{};
  std::optional<std::int64_t> flight = {};
  std::string model = {};  // that gave the verdict, or refused; empty: unknown
};

// Replaces what is stored, a refusal too.
void put_verdict(store::Transaction& change, const Question& question, bool verdict, const Origin& origin);
// REQUIRES: find_verdict has none.
void insert_verdict(store::Transaction& change, const Question& question, bool verdict, const Origin& origin);
// A verdict that is stored stays, beside the refusal.
void put_refusal(store::Transaction& change, const Question& question, const Origin& origin);

}  // namespace purser::xai
