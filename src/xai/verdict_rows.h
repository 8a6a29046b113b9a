// Verdicts as rows: where a key's row is, and what stands there.
#pragma once

#include <optional>
#include <string>

#include "purser/xai_verdicts.h"
#include "store/transaction.h"
#include "xai/policy.h"

namespace purser::xai {

// Throws usage for a price out of range or a text beyond 16 KiB, invalid_text for what is not storable.
void require_valid(const Question& question);

// XXH3 of the key's parts, each with its length, in the range that leaves room for three more
// numbers after it.
std::int64_t hash_of(const Question& question);

// What is known of a question: a verdict, or that xAI refused it for its content, or both.
struct Known {
  std::optional<bool> verdict;
  Instant stored_at{};
  std::optional<Instant> refused_at;
};
// A verdict that is no older than that.
bool has_verdict(const Known& known, const std::optional<Duration>& max_age, Instant now);
// Until when nobody asks it again; nullopt: it may be asked.
std::optional<Instant> refused_until(const Known& known, Instant now);

struct VerdictRow {
  Known known;
  std::int64_t id = 0;
  StoredVerdict stored;
};

// A look-up alone: it takes no lock that a writer wants, and opens no transaction.
std::optional<bool> find_hit(store::Connection& connection, const Question& question,
                             const std::optional<Duration>& max_age);
// Within a scope.
std::optional<bool> find_hit(store::Snapshot& view, const Question& question);
std::optional<Known> look_up(store::Snapshot& view, const Question& question);
std::optional<VerdictRow> find_verdict(store::Snapshot& view, const Question& question);

// Who gave a verdict, and when: the model may be unknown, and a flight too.
struct Origin {
  Instant at{};
  std::optional<std::int64_t> flight = {};
  std::string model = {};
};
void put_verdict(store::Transaction& change, const Question& question, bool verdict, const Origin& origin);
// Where find_verdict has none.
void insert_verdict(store::Transaction& change, const Question& question, bool verdict, const Origin& origin);
// A verdict that is there stays, beside the refusal.
void put_refusal(store::Transaction& change, const Question& question, const Origin& origin);

}  // namespace purser::xai
