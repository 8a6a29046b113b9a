#include "keepa/prune.h"

#include <fmt/format.h>

#include "keepa/account.h"
#include "keepa/sql.h"
#include "purser/keepa.h"

namespace purser::keepa {
namespace {

struct Entry {
  std::int64_t id = 0;
  Instant at;
  std::string kind;
  Millitokens balance_change, held_change, balance, held;
  std::optional<std::string> reservation;

  bool is_carry() const { return kind == "carry"; }
  bool ends_a_reservation() const { return reservation && kind != "hold"; }
};

std::vector<std::int64_t> oldest_ids(store::Snapshot& view, std::int64_t account, std::int64_t first_id,
                                     std::int64_t last_id, int most) {
  std::vector<std::int64_t> ids;
  auto row = view.rows(sql::kOldestEntries, account, first_id, last_id, most);
  while (row.step()) ids.push_back(row.get<std::int64_t>(0));
  return ids;
}

Entry read_entry(std::int64_t id, const store::Statement& row) {
  return {id,
          row.get<Instant>(0),
          row.get<std::string>(1),
          row.get<Millitokens>(2),
          row.get<Millitokens>(3),
          row.get<Millitokens>(4),
          row.get<Millitokens>(5),
          row.get<std::optional<std::string>>(6)};
}

// Leaves out what another prune has removed meanwhile: its carry took the id of one of these entries, or of a
// later one.
std::vector<Entry> load_entries(store::Snapshot& view, const std::vector<std::int64_t>& ids) {
  std::vector<Entry> entries;
  for (std::int64_t id : ids) {
    auto row = view.rows(sql::kEntry, id);
    if (row.step()) entries.push_back(read_entry(id, row));
  }
  return entries;
}

// The entry that stands for all of `entries`. A ledger that does not add up keeps its entries: they are
// needed to find out why. REQUIRES: `entries` begin with the account's first one.
Entry carried(const std::vector<Entry>& entries, const std::string& account) {
  Entry carry;
  for (const Entry& entry : entries) {
    carry.balance_change += entry.balance_change;
    carry.held_change += entry.held_change;
    if (entry.balance == carry.balance_change && entry.held == carry.held_change) continue;
    throw Error(ErrorCode::corrupt,
                fmt::format("the ledger of account '{}' does not add up at entry {}: "
                            "from there on nothing of it is pruned (see `purser keepa verify`)",
                            account, entry.id));
  }
  carry.id = entries.back().id;
  carry.at = entries.back().at;
  carry.balance = entries.back().balance;
  carry.held = entries.back().held;
  return carry;
}

void replace_by(store::Transaction& change, std::int64_t account, const std::vector<Entry>& entries,
                const Entry& carry) {
  for (const Entry& entry : entries) change.run(sql::kForgetEntry, entry.id);
  change.run(sql::kAppendCarry, carry.id, account, carry.at, carry.balance_change, carry.held_change,
             carry.balance, carry.held, change.worker());
}

std::int64_t forget_reservation(store::Transaction& change, const std::string& id, Instant before) {
  auto row = change.rows(sql::kForgetReservation, id, before, change.now() - kIdempotencyWindow,
                         change.now() + kIdempotencyWindow);
  std::int64_t forgotten = 0;
  while (row.step()) ++forgotten;
  return forgotten;
}

// The last old entry that has no young one before it. An entry in the future says nothing of its age: the
// clock was wrong, and the entries around it decide. 0 where there is none.
std::int64_t last_old_entry(store::Snapshot& view, std::int64_t account, Instant before) {
  std::optional<std::int64_t> young;
  {
    auto row = view.rows(sql::kFirstYoungEntry, account, before, view.now());
    if (row.step()) young = row.get<std::int64_t>(0);
  }
  auto row = young ? view.rows(sql::kLastOldEntryBefore, account, before, *young)
                   : view.rows(sql::kLastOldEntry, account, before);
  row.step();
  return row.get<std::optional<std::int64_t>>(0).value_or(0);
}

}  // namespace

OldEntries::OldEntries(store::Connection& connection, Instant before)
    : connection_(&connection), before_(before) {
  std::vector<std::string> names;
  {
    store::Snapshot view(connection);
    names = account_names(view);
  }
  for (const std::string& name : names) {
    store::Snapshot view(connection);
    count_in(view, name);
  }
}

void OldEntries::count_in(store::Snapshot& view, const std::string& name) {
  OldRange old;
  old.name = name;
  old.account = load_account(view, name).id;
  old.last_id = last_old_entry(view, old.account, before_);
  auto row = view.rows(sql::kCountOldEntries, old.account, old.last_id, before_,
                       view.now() - kIdempotencyWindow, view.now() + kIdempotencyWindow);
  row.step();
  auto entries = row.get<std::int64_t>(0);
  if (entries == 0) return;  // a carry alone is as short as it gets
  found_.entries += entries;
  found_.reservations += row.get<std::int64_t>(1);
  pending_.push_back(old);
}

std::optional<OldEntries::Count> OldEntries::remove_some(Portion& portion) {
  if (pending_.empty()) return std::nullopt;
  OldRange& old = pending_.front();
  auto ids = next_ids(old, portion.rows() + 1);
  store::Transaction change(*connection_);
  portion.begin();
  Count removed = fold(change, old, ids);
  portion.end();
  change.commit();
  if (old.first_id == old.last_id) pending_.pop_front();
  return removed;
}

// In a snapshot, which blocks no writer: between two entries of one account may be millions of another's.
std::vector<std::int64_t> OldEntries::next_ids(OldRange& old, int most) const {
  store::Snapshot view(*connection_);
  auto ids = oldest_ids(view, old.account, old.first_id, old.last_id, most);
  old.first_id = ids.size() < 2 ? old.last_id : ids.back();
  return ids;
}

OldEntries::Count OldEntries::fold(store::Transaction& change, const OldRange& old,
                                   const std::vector<std::int64_t>& ids) const {
  Count removed;
  auto entries = load_entries(change, ids);
  if (entries.empty()) return removed;
  replace_by(change, old.account, entries, carried(entries, old.name));
  for (const Entry& entry : entries) {
    if (!entry.is_carry()) ++removed.entries;
    if (entry.ends_a_reservation())
      removed.reservations += forget_reservation(change, *entry.reservation, before_);
  }
  return removed;
}

}  // namespace purser::keepa
