#include "store/gate/way_in.h"
#include "store/sqlite/sqlite_connection.h"
#include "store/sqlite/sqlite_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "store/files/companions.h"
#include "store/files/file_facts.h"
#include "store/gate/lock_holders.h"

namespace purser::store {
namespace {

constexpr char kBegin[] = "BEGIN IMMEDIATE";
constexpr int kLooks = 10;

std::filesystem::path gate_of(const SqliteConnection& connection) {
  auto path = connection.path();
  return path += kGateSuffix;
}

using Look = std::function<std::vector<Process>()>;

// The processes seen at each of several looks: one that comes and goes holds nobody up.
std::vector<Process> there_all_along(Clock& clock, Duration span, const Look& look) {
  std::vector<Process> all = look();
  for (int i = 1; i < kLooks && !all.empty(); ++i) {
    clock.sleep_until(clock.steady_now() + span / kLooks);
    std::vector<Process> now = look();
    auto has_gone = [&](const Process& one) {
      return std::none_of(now.begin(), now.end(), [&](auto& other) { return other.pid == one.pid; });
    };
    all.erase(std::remove_if(all.begin(), all.end(), has_gone), all.end());
  }
  return all;
}

// REQUIRES: the gate is held, so that no worker meets the lock.
WayIn try_lock_of_sqlite(SqliteConnection& connection, Duration patience) {
  try {
    wait_for_locks_at_most(connection.handle(), patience);
    connection.run(kBegin);
    connection.rollback();
  } catch (const Error& fault) {
    connection.rollback();
    if (fault.code() == ErrorCode::read_only) return {WayIn::End::unseen, {}};
    if (fault.code() != ErrorCode::busy) throw;
    return {WayIn::End::lock_is_held, lock_holders(connection.path())};
  }
  return {};
}

WayIn try_both(SqliteConnection& connection, Duration patience) {
  try {
    connection.gate().lock(patience);
  } catch (const Error& fault) {
    if (fault.code() == ErrorCode::read_only) return {WayIn::End::unseen, {}};
    if (fault.code() != ErrorCode::busy) throw;
    return {WayIn::End::gate_is_held, gate_holders(gate_of(connection))};
  }
  try {
    WayIn found = try_lock_of_sqlite(connection, patience);
    connection.leave_gate();
    return found;
  } catch (...) {
    connection.leave_gate();
    throw;
  }
}

}  // namespace

WayIn try_way_in(SqliteConnection& connection, Duration patience) {
  if (!file_facts(gate_of(connection))) return {WayIn::End::no_gate, {}};
  WayIn found = try_both(connection, patience);
  if (found.end != WayIn::End::unseen) return found;
  for (const Look& look : {Look([&] { return gate_holders(gate_of(connection)); }),
                           Look([&] { return lock_holders(connection.path()); })}) {
    found.holders = there_all_along(connection.clock(), patience, look);
    if (!found.holders.empty()) break;
  }
  return found;
}

}  // namespace purser::store
