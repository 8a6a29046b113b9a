#include "xai/verdict_rows.h"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

#include "base/text.h"
#include "store/connection.h"
#include "xai/sql.h"
#include "xai/usage.h"

namespace purser::xai {
namespace {

constexpr std::size_t kMaxTextBytes{16UL * 1024};
constexpr std::int64_t kHomes = 4;  // a key's row stands at its hash or at one of the three numbers after it

void require_text(const char* what, const std::string& text) {
  if (!is_storable_text(text)) {
    throw Error(ErrorCode::invalid_text, fmt::format("{}: this is not valid UTF-8 text without NUL", what));
  }
  if (text.size() > kMaxTextBytes) {
    throw Error(ErrorCode::usage,
                fmt::format("{}: has {} bytes, at most {} are kept", what, text.size(), kMaxTextBytes));
  }
}

void append_part(std::string& key, const std::string& part) {
  key += std::to_string(part.size());
  key += ':';
  key += part;
}

Known known_of(const store::Statement& row) {
  return {row.get<std::optional<bool>>(0), row.get<Instant>(1), row.get<std::optional<Instant>>(2)};
}

std::optional<bool> verdict_of(const store::Statement& row) { return row.get<std::optional<bool>>(0); }

// What `read` makes of the row of a key. `view`: a Snapshot or a Connection.
template <typename View, typename Read>
auto found(View& view, store::Sql find, const Question& question, Read&& read) {
  return view.first(find, read, hash_of(question), question.title, question.category, question.season,
                    question.price, question.question);
}

// nullopt for a key without a row, and for one whose content xAI refused.
template <typename View>
std::optional<bool> hit_in(View& view, const Question& question) {
  return found(view, sql::kFindHit, question, verdict_of).value_or(std::nullopt);
}

// One statement is a snapshot of its own: no BEGIN, no lock that a writer wants, nothing written. The schema
// is looked at only where the statement fails.
template <typename Read>
auto alone(store::Connection& connection, const Read& read) {
  try {
    return read();
  } catch (const Error&) {
    connection.require_unchanged_schema();
    throw;
  }
}

// Before or after: what a clock that was ahead has stored is not young for ever.
bool is_near(Instant now, Instant then, Duration within) {
  return then <= now ? now - then <= within : then - now <= within;
}

std::optional<std::string> stored_if_said(const std::string& model) {
  return model.empty() ? std::nullopt : std::optional(stored_model(model));
}

// The first of the key's homes that no other key has taken.
std::int64_t free_home(store::Snapshot& view, std::int64_t hash) {
  std::int64_t home = hash;
  auto taken = view.rows(sql::kTakenIds, hash);
  while (taken.step() && taken.get<std::int64_t>(0) == home) ++home;
  if (home < hash + kHomes) return home;
  throw Error(ErrorCode::internal, "four other keys of the verdict cache have the same 64-bit hash");
}

void insert_row(store::Transaction& change, const Question& question, std::optional<bool> verdict,
                std::optional<Instant> refused_at, const Origin& origin) {
  change.run(sql::kInsertVerdict, free_home(change, hash_of(question)), question.title, question.category,
             question.season, question.price, question.question, verdict, origin.at, origin.flight,
             refused_at, stored_if_said(origin.model));
}

}  // namespace

void require_valid(const Question& question) {
  require_text("title", question.title);
  require_text("category", question.category);
  require_text("season", question.season);
  require_name("question", question.question);
  if (question.price < Cents{} || question.price > kMaxPrice) {
    throw Error(ErrorCode::usage, fmt::format("price: must be from 0 to {}", to_string(kMaxPrice)));
  }
}

std::int64_t hash_of(const Question& question) {
  std::string key;
  key.reserve(question.title.size() + question.category.size() + question.season.size() +
              question.question.size() + 40);
  for (const std::string* part :
       {&question.question, &question.title, &question.category, &question.season}) {
    append_part(key, *part);
  }
  key += std::to_string(question.price.count);
  // 62 bits: never negative, and three more fit behind the largest.
  return static_cast<std::int64_t>(XXH3_64bits(key.data(), key.size()) >> 2U);
}

bool has_verdict(const Known& known, const std::optional<Duration>& max_age, Instant now) {
  return known.verdict && (!max_age || is_near(now, known.stored_at, *max_age));
}

std::optional<Instant> refused_until(const Known& known, Instant now) {
  if (!known.refused_at || !is_near(now, *known.refused_at, kRefusalMemory)) return std::nullopt;
  return *known.refused_at + kRefusalMemory;
}

std::optional<bool> find_hit(store::Connection& connection, const Question& question,
                             const std::optional<Duration>& max_age) {
  return alone(connection, [&]() -> std::optional<bool> {
    if (!max_age) return hit_in(connection, question);
    auto known = found(connection, sql::kLookUp, question, known_of);
    if (!known || !has_verdict(*known, max_age, connection.clock().now())) return std::nullopt;
    return known->verdict;
  });
}

std::optional<bool> find_hit(store::Snapshot& view, const Question& question) {
  return hit_in(view, question);
}

std::optional<Known> look_up(store::Snapshot& view, const Question& question) {
  return found(view, sql::kLookUp, question, known_of);
}

std::optional<VerdictRow> find_verdict(store::Snapshot& view, const Question& question) {
  return found(view, sql::kFindVerdict, question, [](const store::Statement& row) {
    return VerdictRow{known_of(row), row.get<std::int64_t>(3), {row.get<std::optional<std::int64_t>>(4)}};
  });
}

void put_verdict(store::Transaction& change, const Question& question, bool verdict, const Origin& origin) {
  auto row = find_verdict(change, question);
  if (!row) return insert_verdict(change, question, verdict, origin);
  change.run(sql::kUpdateVerdict, row->id, verdict, origin.at, origin.flight, stored_if_said(origin.model));
}

void insert_verdict(store::Transaction& change, const Question& question, bool verdict,
                    const Origin& origin) {
  insert_row(change, question, verdict, std::nullopt, origin);
}

void put_refusal(store::Transaction& change, const Question& question, const Origin& origin) {
  auto row = find_verdict(change, question);
  if (!row) return insert_row(change, question, std::nullopt, origin.at, origin);
  change.run(sql::kUpdateRefusal, row->id, origin.at, origin.flight);
}

}  // namespace purser::xai
