#include "bench/loads/cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/measure/client.h"
#include "bench/measure/scratch.h"
#include "bench/rivals/bare_database.h"
#include "purser/keepa_status.h"
#include "purser/xai_verdicts.h"
#include "xai/sql.h"
#include "xai/verdict_rows.h"

namespace bench {
namespace {

namespace fs = std::filesystem;
namespace xai = purser::xai;
namespace sql = purser::xai::sql;
using purser::Database;
using purser::Durability;
using xai::Question;

constexpr std::size_t kMostQuestions = 100'000;  // of a million rows: enough to touch every page
constexpr std::size_t kStride = 7919;

Question cached_book(std::int64_t number) {
  return {.title = fmt::format("The book with the number {} and a title of ordinary length", number),
          .category = "Books > Subjects > Literature & Fiction",
          .season = "Sep",
          .price = {number}};
}

// The questions of one client, in the order in which it asks them.
class Questions {
 public:
  explicit Questions(int rows) {
    const auto step = std::max<std::int64_t>(1, rows / static_cast<std::int64_t>(kMostQuestions));
    for (std::int64_t number = 0; number < rows; number += step) all_.push_back(cached_book(number));
  }

  const Question& next() { return all_[at_ = (at_ + kStride) % all_.size()]; }
  const std::vector<Question>& all() const { return all_; }

 private:
  std::vector<Question> all_;
  std::size_t at_ = 0;
};

// A question as the library binds it. Its id is computed beforehand, since the floor does no work of its own.
struct Key {
  std::int64_t id;
  Question question;
};

class Keys {
 public:
  explicit Keys(int rows) {
    const Questions questions(rows);
    for (const Question& each : questions.all()) all_.push_back({xai::hash_of(each), each});
  }
  const Key& next() { return all_[at_ = (at_ + kStride) % all_.size()]; }

 private:
  std::vector<Key> all_;
  std::size_t at_ = 0;
};

std::int64_t find(const BareDatabase& database, const BareStatement& statement, const Key& key) {
  const Question& asked = key.question;
  bind_all(statement, key.id, std::string_view(asked.title), std::string_view(asked.category),
           std::string_view(asked.season), asked.price.count, std::string_view(asked.question));
  if (!database.step(statement)) database.fail("a verdict is not there");
  const std::int64_t id = sqlite3_column_int64(statement.get(), 1);
  sqlite3_reset(statement.get());
  return id;
}

class LibraryHits : public Client {
 public:
  LibraryHits(const fs::path& path, int rows)
      : database_(Database::open({.path = path})), verdicts_(database_), questions_(rows) {}

  void operate() final {
    if (!verdicts_.get(questions_.next())) throw std::runtime_error("a verdict is not there");
  }

 private:
  Database database_;
  xai::Verdicts verdicts_;
  Questions questions_;
};

// Asks a thousand questions at once. An operation is one of them, so every thousandth takes the time of all.
class LibraryBatches : public Client {
 public:
  LibraryBatches(const fs::path& path, int rows)
      : database_(Database::open({.path = path})), verdicts_(database_) {
    Questions questions(rows);
    for (std::size_t i = 0; i < questions.all().size(); ++i) {
      if (i % kBatch == 0) batches_.emplace_back();
      batches_.back().push_back(questions.next());
    }
  }

  void operate() final {
    if (answered_ == found_.size()) {
      found_ = verdicts_.get_all(batches_[next_]);
      next_ = (next_ + 1) % batches_.size();
      answered_ = 0;
    }
    if (!found_[answered_++]) throw std::runtime_error("a verdict is not there");
  }

 private:
  static constexpr std::size_t kBatch = 1000;

  Database database_;
  xai::Verdicts verdicts_;
  std::vector<std::vector<Question>> batches_;
  std::vector<std::optional<bool>> found_;
  std::size_t next_ = 0, answered_ = 0;
};

class LibraryPuts : public Client {
 public:
  LibraryPuts(const fs::path& path, int rows)
      : database_(Database::open({.path = path})), verdicts_(database_), questions_(rows) {}

  void operate() final { verdicts_.put(questions_.next(), true); }

 private:
  Database database_;
  xai::Verdicts verdicts_;
  Questions questions_;
};

class BareHits : public Client {
 public:
  BareHits(const fs::path& path, int rows, int in_a_transaction)
      : database_(path, Durability::normal),
        find_(database_.prepare(sql::kFindVerdict)),
        keys_(rows),
        in_a_transaction_(in_a_transaction) {}

  void operate() final {
    if (in_a_transaction_ > 0 && read_ % in_a_transaction_ == 0) {
      database_.execute(read_ == 0 ? "BEGIN" : "COMMIT; BEGIN");
    }
    ++read_;
    find(database_, find_, keys_.next());
  }

 private:
  BareDatabase database_;
  BareStatement find_;
  Keys keys_;
  int in_a_transaction_, read_ = 0;
};

class BarePuts : public Client {
 public:
  BarePuts(const fs::path& path, int rows)
      : database_(path, Durability::normal),
        quota_(database_.prepare(sql::kLoadQuota)),
        newest_flight_(database_.prepare(sql::kNewestFlight)),
        find_(database_.prepare(sql::kFindVerdict)),
        update_(database_.prepare(sql::kUpdateVerdict)),
        keys_(rows) {}

  // The statements of Verdicts::put for an existing row.
  void operate() final {
    const Key& key = keys_.next();
    database_.begin();
    database_.read_all(quota_);
    database_.read_all(newest_flight_);
    bind_all(update_, find(database_, find_, key), std::int64_t{1}, now_ms(), nullptr);
    database_.run(update_);
    database_.commit();
  }

 private:
  BareDatabase database_;
  BareStatement quota_, newest_flight_, find_, update_;
  Keys keys_;
};

class LibraryStatuses : public Client {
 public:
  explicit LibraryStatuses(const fs::path& path)
      : database_(Database::open({.path = path})), ledger_(database_) {}

  void operate() final { static_cast<void>(ledger_.status()); }

 private:
  Database database_;
  purser::keepa::Ledger ledger_;
};

// In the order of the ids, which is the fastest way to fill the table.
std::vector<Key> sorted_keys(int rows) {
  std::vector<Key> keys;
  keys.reserve(static_cast<std::size_t>(rows));
  for (std::int64_t number = 0; number < rows; ++number) {
    Question question = cached_book(number);
    keys.push_back({xai::hash_of(question), std::move(question)});
  }
  std::sort(keys.begin(), keys.end(), [](const Key& one, const Key& other) { return one.id < other.id; });
  return keys;
}

}  // namespace

fs::path make_cache(const fs::path& path, int rows) {
  make_database(path, Durability::normal);
  BareDatabase database(path, Durability::normal);
  const BareStatement insert = database.prepare(sql::kInsertVerdict);
  database.begin();
  for (const Key& key : sorted_keys(rows)) {
    const Question& asked = key.question;
    bind_all(insert, key.id, std::string_view(asked.title), std::string_view(asked.category),
             std::string_view(asked.season), asked.price.count, std::string_view(asked.question),
             std::int64_t{1}, now_ms(), nullptr);
    database.run(insert);
  }
  database.commit();
  database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  return path;
}

OpenClient library_hits(const fs::path& database, int rows) {
  return [=](int) { return std::make_unique<LibraryHits>(database, rows); };
}

OpenClient bare_hits(const fs::path& database, int rows) {
  return [=](int) { return std::make_unique<BareHits>(database, rows, 0); };
}

OpenClient bare_hits_in_transactions(const fs::path& database, int rows) {
  return [=](int) { return std::make_unique<BareHits>(database, rows, 1000); };
}

OpenClient library_batches(const fs::path& database, int rows) {
  return [=](int) { return std::make_unique<LibraryBatches>(database, rows); };
}

OpenClient library_puts(const fs::path& database, int rows) {
  return [=](int) { return std::make_unique<LibraryPuts>(database, rows); };
}

OpenClient bare_puts(const fs::path& database, int rows) {
  return [=](int) { return std::make_unique<BarePuts>(database, rows); };
}

OpenClient library_statuses(const fs::path& database) {
  return [=](int) { return std::make_unique<LibraryStatuses>(database); };
}

}  // namespace bench
