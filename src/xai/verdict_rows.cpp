#include "xai/verdict_rows.h"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

#include "base/text.h"
#include "xai/sql.h"

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

// The first of the key's homes that no other key has taken.
std::int64_t free_home(store::Snapshot& view, std::int64_t hash) {
  std::int64_t home = hash;
  auto taken = view.statement(sql::kTakenIds).bind(hash);
  while (taken.step() && taken.get<std::int64_t>(0) == home) ++home;
  if (home < hash + kHomes) return home;
  throw Error(ErrorCode::internal, "four other keys of the verdict cache have the same 64-bit hash");
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

store::Statement bound_to(store::Statement find_verdict, const Question& question) {
  return std::move(find_verdict)
      .bind_in_place(hash_of(question), question.title, question.category, question.season, question.price,
                     question.question);
}

std::optional<VerdictRow> find_verdict(store::Snapshot& view, const Question& question) {
  auto row = bound_to(view.statement(sql::kFindVerdict), question);
  if (!row.step()) return std::nullopt;
  return VerdictRow{row.get<bool>(0), row.get<std::int64_t>(1), {row.get<std::optional<std::int64_t>>(2)}};
}

void put_verdict(store::Transaction& change, const Question& question, bool verdict,
                 std::optional<std::int64_t> flight) {
  if (auto known = find_verdict(change, question)) {
    change.statement(sql::kUpdateVerdict).bind(known->id, verdict, change.now(), flight).run();
    return;
  }
  insert_verdict(change, question, verdict, change.now(), flight);
}

void insert_verdict(store::Transaction& change, const Question& question, bool verdict, Instant stored_at,
                    std::optional<std::int64_t> flight) {
  change.statement(sql::kInsertVerdict)
      .bind(free_home(change, hash_of(question)), question.title, question.category, question.season,
            question.price, question.question, verdict, stored_at, flight)
      .run();
}

}  // namespace purser::xai
