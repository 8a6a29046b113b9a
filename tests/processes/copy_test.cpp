// Backups beside workers at full speed, and a restore beside others that come and go.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <set>

#include "processes/process_test.h"
#include "purser/backup.h"
#include "purser/health.h"
#include "support/foreign_tool.h"

namespace purser::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kWorkers = 8;

// What the processes see of each other.
struct Board {
  std::atomic<bool> over{false};
  std::array<std::atomic<std::int64_t>, kWorkers> grants{};
};

class SharedBoard {
 public:
  SharedBoard() {
    void* page = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) throw std::runtime_error("no memory to share");
    board_ = new (page) Board;
  }
  ~SharedBoard() { munmap(board_, sizeof(Board)); }
  SharedBoard(const SharedBoard&) = delete;
  SharedBoard& operator=(const SharedBoard&) = delete;
  Board* operator->() const { return board_; }

 private:
  Board* board_;
};

class Copies : public ProcessTest {
 protected:
  fs::path path() const { return options().path; }

  // So many rows that a copy lasts for many grants.
  void fill() const {
    ForeignTool(path()).run(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) "
        "INSERT INTO xai_verdict (id, question, title, category, season, price_cents, verdict, stored_at_ms) "
        "SELECT i, 'q', 'a book of which there are many ' || i, 'Books', 'Sep', i, 1, 0 FROM n");
  }

  int work(SharedBoard& board, std::size_t me) const {
    Database database = open();
    keepa::Ledger ledger(database);
    while (!board->over) {
      auto reservation = acquire(ledger, "backfiller", 3);
      if (!reservation) return 1;
      ledger.settle(*reservation, {.consumed = tokens(1)});
      ++board->grants.at(me);
    }
    return 0;
  }

  static std::array<std::int64_t, kWorkers> grants_on(const SharedBoard& board) {
    std::array<std::int64_t, kWorkers> grants{};
    for (std::size_t i = 0; i < kWorkers; ++i) grants.at(i) = board->grants.at(i);
    return grants;
  }
};

TEST_F(Copies, AreOneStateEachAndHinderNoWriter) {
  constexpr int kMostCopies = 40;
  make_database(100'000'000);
  fill();
  SharedBoard board;
  std::vector<Child> workers;
  for (std::size_t i = 0; i < kWorkers; ++i) workers.emplace_back([&, i] { return work(board, i); });
  // Until each has gone on beside one of them: while it was copied, and before it was checked.
  std::set<std::size_t> hindered;
  for (std::size_t i = 0; i < kWorkers; ++i) hindered.insert(i);
  std::int64_t last_entries = 0;
  for (int i = 0; i < kMostCopies && (!hindered.empty() || i < 3); ++i) {
    auto before = grants_on(board);
    fs::path copy = folder_.file("copy-" + std::to_string(i));
    bool first = true;
    backup(options(), copy, [&](std::int64_t done, std::int64_t whole) {
      if (std::exchange(first, false)) before = grants_on(board);
      if (done != whole) return;
      auto after = grants_on(board);
      for (std::size_t who = 0; who < kWorkers; ++who) {
        if (after.at(who) > before.at(who)) hindered.erase(who);
      }
    });
    auto entries = ForeignTool(copy).number("SELECT count(*) FROM keepa_ledger");
    EXPECT_GE(entries, last_entries);
    last_entries = entries;
    fs::remove(copy);
  }
  EXPECT_TRUE(hindered.empty()) << hindered.size() << " of the workers stood still";
  board->over = true;
  for (Child& worker : workers) EXPECT_EQ(worker.wait(), 0);
  EXPECT_TRUE(verify(options()).passed());
  // Nothing holds the log any more.
  EXPECT_EQ(ForeignTool(path()).number("PRAGMA wal_checkpoint(TRUNCATE)"), 0);
}

// Whether this process has a database open that lost its name to another file.
bool has_a_replaced_file_open() {
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (fs::read_symlink(entry.path(), gone).string().find("purser.db (deleted)") != std::string::npos)
      return true;
  }
  return false;
}

// What a cron job does. The reservation where it was granted, else the reason.
std::string come_and_go(const DatabaseOptions& options) {
  try {
    Database database = Database::open(options);
    if (has_a_replaced_file_open()) return "reads what nobody writes any more";
    keepa::Ledger ledger(database);
    if (!ledger.status().state.known) {
      keepa::Observation observation;
      observation.tokens_left = tokens(1'000'000);
      observation.refill_rate = tokens(0);
      ledger.observe(observation);
    }
    auto outcome = ledger.acquire({.task = "backfiller", .cost = tokens(1)});
    const auto* granted = std::get_if<keepa::Granted>(&outcome);
    return granted != nullptr ? granted->reservation : "refused";
  } catch (const Error& fault) {
    return std::string(error_name(fault.code()));
  }
}

// A pipe of which whoever comes first takes one byte; false: nobody sends any more.
bool take_turn(Pipe& turns) {
  char turn = 0;
  return read(turns.read_end(), &turn, 1) == 1;
}
void give_turns(Pipe& turns, int number) {
  std::string all(static_cast<std::size_t>(number), '!');
  ASSERT_EQ(write(turns.write_end(), all.data(), all.size()), static_cast<ssize_t>(all.size()));
}

std::set<std::string> reservations_in(const fs::path& path) {
  auto ids = ForeignTool(path).texts("SELECT id FROM keepa_reservation");
  return {ids.begin(), ids.end()};
}

// Each grant that was answered is in the file that was kept, or in the one that took its place: whoever comes
// beside a restore is before it or after it.
TEST_F(Copies, NoGrantFallsBetweenARestoreAndItsDatabase) {
  constexpr int kRestores = 25, kComers = 3;
  make_database(1'000'000);
  fs::path copy = folder_.file("copy");
  backup(options(), copy);
  Pipe go, told;
  std::vector<Child> comers;
  for (int i = 0; i < kComers; ++i) {
    comers.emplace_back([&] {
      go.close_write();
      while (take_turn(go)) told.write_line(come_and_go(options()));
      return 0;
    });
  }
  std::vector<fs::path> files;
  std::multiset<std::string> answers;
  for (int i = 0; i < kRestores; ++i) {
    // Some come before it has the lock, and some while it copies.
    int sent = i % 4;
    give_turns(go, sent);
    auto meanwhile = [&](std::int64_t, std::int64_t) {
      give_turns(go, kComers);
      sent += kComers;
    };
    files.push_back(restore(options(), copy, meanwhile).kept.value());
    for (; sent > 0; --sent) answers.insert(told.read_line().value());
  }
  go.close_write();
  for (Child& comer : comers) EXPECT_EQ(comer.wait(), 0);
  EXPECT_TRUE(verify(options()).passed());
  files.push_back(path());
  std::set<std::string> stored;
  for (const fs::path& file : files) stored.merge(reservations_in(file));
  int granted = 0;
  for (const std::string& answer : answers) {
    if (answer.size() != 32) {
      EXPECT_EQ(answer, "file_replaced");
      continue;
    }
    ++granted;
    EXPECT_EQ(stored.count(answer), 1U) << answer << " is nowhere";
  }
  EXPECT_GT(granted, 0);
}

}  // namespace
}  // namespace purser::test
