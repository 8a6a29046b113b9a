// All SQL of the Keepa ledger. Columns are listed in the order of their table; where a comment names a
// function, that function reads the columns by their position here.
#pragma once

namespace purser::keepa::sql {

// --- keepa_account ---------------------------------------------------------------------------------

// Read by find_account.
inline constexpr char kLoadAccount[] = R"sql(
  SELECT
    id,
    known,
    balance_millitokens,
    held_millitokens,
    refill_remainder,
    as_of_at_ms,
    refill_rate_millitokens_per_minute,
    flow_reduction_millitokens_per_minute,
    next_tick_at_ms,
    observed_at_ms,
    observed_server_at_ms,
    observed_balance_millitokens,
    observations,
    unstamped_since
  FROM keepa_account
  WHERE name = ?1)sql";

inline constexpr char kListAccounts[] = "SELECT name FROM keepa_account ORDER BY name";

inline constexpr char kMakeAccount[] = R"sql(
  INSERT INTO keepa_account (
    name,
    known,
    balance_millitokens,
    held_millitokens,
    refill_remainder,
    as_of_at_ms,
    refill_rate_millitokens_per_minute,
    flow_reduction_millitokens_per_minute)
  VALUES (?1, 0, 0, 0, 0, ?2, 0, 0))sql";

inline constexpr char kStoreAccount[] = R"sql(
  UPDATE keepa_account
  SET
    known = ?2,
    balance_millitokens = ?3,
    held_millitokens = ?4,
    refill_remainder = ?5,
    as_of_at_ms = ?6,
    refill_rate_millitokens_per_minute = ?7,
    flow_reduction_millitokens_per_minute = ?8,
    next_tick_at_ms = ?9,
    observed_at_ms = ?10,
    observed_server_at_ms = ?11,
    observed_balance_millitokens = ?12,
    observations = ?13,
    unstamped_since = ?14
  WHERE id = ?1)sql";

// For verify: only columns that every schema version has. Read by load_sums.
inline constexpr char kLoadSums[] = R"sql(
  SELECT id, known, balance_millitokens, held_millitokens
  FROM keepa_account
  WHERE name = ?1)sql";

// Columns used only by refresh.cpp. Read by find_refresh.
inline constexpr char kLoadRefresh[] = R"sql(
  SELECT known, observed_at_ms, api_key_fingerprint, refresh_begun_at_ms
  FROM keepa_account
  WHERE name = ?1)sql";

inline constexpr char kBeginRefresh[] = "UPDATE keepa_account SET refresh_begun_at_ms = ?2 WHERE name = ?1";

inline constexpr char kStoreFingerprint[] =
    "UPDATE keepa_account SET api_key_fingerprint = ?2 WHERE name = ?1";

// --- keepa_policy ----------------------------------------------------------------------------------

// Read by read_policy, as kListPolicies is.
inline constexpr char kLoadPolicy[] = R"sql(
  SELECT
    name,
    threshold_millitokens,
    margin_millitokens,
    buffer_millitokens,
    max_deficit_millitokens,
    patience_ms
  FROM keepa_policy
  WHERE name = ?1)sql";

inline constexpr char kListPolicies[] = R"sql(
  SELECT
    name,
    threshold_millitokens,
    margin_millitokens,
    buffer_millitokens,
    max_deficit_millitokens,
    patience_ms
  FROM keepa_policy
  ORDER BY name)sql";

inline constexpr char kStorePolicy[] = R"sql(
  INSERT INTO keepa_policy (
    name,
    threshold_millitokens,
    margin_millitokens,
    buffer_millitokens,
    max_deficit_millitokens,
    patience_ms)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6)
  ON CONFLICT (name) DO UPDATE SET
    threshold_millitokens = excluded.threshold_millitokens,
    margin_millitokens = excluded.margin_millitokens,
    buffer_millitokens = excluded.buffer_millitokens,
    max_deficit_millitokens = excluded.max_deficit_millitokens,
    patience_ms = excluded.patience_ms)sql";

// --- keepa_unknown_task ----------------------------------------------------------------------------

inline constexpr char kNoteUnknownTask[] = R"sql(
  INSERT INTO keepa_unknown_task (account_id, task, first_seen_at_ms)
  VALUES (?1, ?2, ?3)
  ON CONFLICT DO NOTHING)sql";

inline constexpr char kListUnknownTasks[] = R"sql(
  SELECT task
  FROM keepa_unknown_task
  WHERE account_id = ?1
    AND task NOT IN (SELECT name FROM keepa_policy)
  ORDER BY task)sql";

// --- keepa_reservation -----------------------------------------------------------------------------

// Due at ?2, or begun after ?3 (now), which happens only if the clock was set back. Read by
// read_hold.
inline constexpr char kDueHolds[] = R"sql(
  SELECT id, task, worker, cost_millitokens, expires_at_ms, lifetime_ms
  FROM keepa_reservation
  WHERE account_id = ?1
    AND ended_at_ms IS NULL
    AND (expires_at_ms <= ?2 OR expires_at_ms - lifetime_ms > ?3)
  ORDER BY expires_at_ms, id)sql";

inline constexpr char kMoveExpiry[] = "UPDATE keepa_reservation SET expires_at_ms = ?2 WHERE id = ?1";

inline constexpr char kInsertReservation[] = R"sql(
  INSERT INTO keepa_reservation (
    id,
    account_id,
    task,
    worker,
    kind,
    cost_millitokens,
    created_at_ms,
    expires_at_ms,
    lifetime_ms,
    idempotency_key,
    granted_after,
    granted_after_server_at_ms)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12))sql";

// Read by read_reservation of reservations.cpp, as kFindByKey is.
inline constexpr char kFindReservation[] = R"sql(
  SELECT
    id,
    task,
    cost_millitokens,
    created_at_ms,
    expires_at_ms,
    ending,
    granted_after,
    granted_after_server_at_ms
  FROM keepa_reservation
  WHERE account_id = ?1
    AND id = ?2)sql";

inline constexpr char kFindByKey[] = R"sql(
  SELECT
    id,
    task,
    cost_millitokens,
    created_at_ms,
    expires_at_ms,
    ending,
    granted_after,
    granted_after_server_at_ms
  FROM keepa_reservation
  WHERE account_id = ?1
    AND idempotency_key = ?2
    AND created_at_ms > ?3
    AND created_at_ms < ?4)sql";

inline constexpr char kForgetKey[] = R"sql(
  UPDATE keepa_reservation
  SET idempotency_key = NULL
  WHERE account_id = ?1
    AND idempotency_key = ?2)sql";

inline constexpr char kEndReservation[] = R"sql(
  UPDATE keepa_reservation
  SET
    ended_at_ms = ?2,
    ending = ?3,
    consumed_millitokens = ?4
  WHERE id = ?1
    AND ended_at_ms IS NULL)sql";

// Read by read_reservation of ledger_status.cpp.
inline constexpr char kOpenReservations[] = R"sql(
  SELECT id, task, worker, kind, cost_millitokens, created_at_ms, expires_at_ms
  FROM keepa_reservation
  WHERE account_id = ?1
    AND ended_at_ms IS NULL
    AND expires_at_ms > ?2
  ORDER BY created_at_ms, id)sql";

// What the latest ?4 calls of a kind cost. The condition on the amounts repeats that of the index
// keepa_reservation_kind word for word, or SQLite would not use the index. Read by kind_cost.
inline constexpr char kKindCost[] = R"sql(
  SELECT
    count(*),
    coalesce(sum(consumed_millitokens), 0),
    max(consumed_millitokens),
    coalesce(sum(cost_millitokens), 0),
    max(ended_at_ms)
  FROM (
    SELECT consumed_millitokens, cost_millitokens, ended_at_ms
    FROM keepa_reservation
    WHERE account_id = ?1
      AND kind = ?2
      AND ended_at_ms <= ?3
      AND (consumed_millitokens > 0 OR consumed_millitokens = cost_millitokens)
    ORDER BY ended_at_ms DESC, id DESC
    LIMIT ?4) AS latest)sql";

// --- keepa_place -----------------------------------------------------------------------------------

// With the policy that applies to each place: its patience, and whether it has a buffer (its task is advised
// to skip). `+` keeps SQLite from the index on account_id: the few rows are read in the order of the key
// instead of being sorted. Read by read_place.
inline constexpr char kPlaces[] = R"sql(
  SELECT
    place.id,
    place.task,
    place.worker,
    place.reason,
    place.cost_millitokens,
    place.target_millitokens,
    place.since_at_ms,
    place.asked_at_ms,
    place.live_ms,
    coalesce(own.patience_ms, standard.patience_ms, 0),
    CASE WHEN own.name IS NULL THEN standard.buffer_millitokens ELSE own.buffer_millitokens END IS NOT NULL,
    place.reached_at_ms,
    place.passed
  FROM keepa_place AS place
  LEFT JOIN keepa_policy AS own ON own.name = place.task
  LEFT JOIN keepa_policy AS standard ON standard.name = 'standard'
  WHERE +place.account_id = ?1
  ORDER BY place.id)sql";

inline constexpr char kInsertPlace[] = R"sql(
  INSERT INTO keepa_place (
    account_id,
    task,
    worker,
    reason,
    cost_millitokens,
    target_millitokens,
    since_at_ms,
    asked_at_ms,
    live_ms)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8))sql";

// Its task asked again: a place that was passed (1) is now one that was passed and has asked since (2).
inline constexpr char kRefreshPlace[] = R"sql(
  UPDATE keepa_place
  SET
    worker = ?2,
    reason = ?3,
    cost_millitokens = ?4,
    target_millitokens = ?5,
    asked_at_ms = ?6,
    live_ms = ?7,
    reached_at_ms = NULL,
    passed = CASE WHEN passed > 0 THEN 2 ELSE 0 END
  WHERE id = ?1)sql";

inline constexpr char kPlaceInstants[] =
    "UPDATE keepa_place SET asked_at_ms = ?2, reached_at_ms = ?3 WHERE id = ?1";

inline constexpr char kNotePassed[] = "UPDATE keepa_place SET passed = 1 WHERE id = ?1 AND passed = 0";

inline constexpr char kLeavePlace[] =
    "DELETE FROM keepa_place WHERE account_id = ?1 AND task = ?2 RETURNING asked_at_ms, live_ms";

inline constexpr char kDeletePlace[] = "DELETE FROM keepa_place WHERE id = ?1";

inline constexpr char kDeletePlaces[] = "DELETE FROM keepa_place WHERE account_id = ?1 RETURNING id";

// --- keepa_ledger ----------------------------------------------------------------------------------

inline constexpr char kAppend[] = R"sql(
  INSERT INTO keepa_ledger (
    account_id,
    at_ms,
    kind,
    balance_change_millitokens,
    held_change_millitokens,
    balance_millitokens,
    held_millitokens,
    task,
    worker,
    reservation)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10))sql";

// Read by read_entry of ledger_status.cpp.
inline constexpr char kLastEntries[] = R"sql(
  SELECT
    id,
    at_ms,
    kind,
    balance_change_millitokens,
    held_change_millitokens,
    balance_millitokens,
    held_millitokens,
    task,
    worker,
    reservation
  FROM keepa_ledger
  WHERE account_id = ?1
  ORDER BY id DESC
  LIMIT ?2)sql";

// The number of entries, the sums of the two change columns, and how many entries do not continue the one
// before them, in balance and in held. Read by verify_ledger.
inline constexpr char kSums[] = R"sql(
  SELECT
    count(*),
    coalesce(sum(balance_change_millitokens), 0),
    coalesce(sum(held_change_millitokens), 0),
    count(*) FILTER (WHERE balance_millitokens <> balance_before + balance_change_millitokens),
    count(*) FILTER (WHERE held_millitokens <> held_before + held_change_millitokens)
  FROM (
    SELECT
      balance_change_millitokens,
      held_change_millitokens,
      balance_millitokens,
      held_millitokens,
      lag(balance_millitokens, 1, 0) OVER (ORDER BY id) AS balance_before,
      lag(held_millitokens, 1, 0) OVER (ORDER BY id) AS held_before
    FROM keepa_ledger
    WHERE account_id = ?1) AS entry)sql";

inline constexpr char kOpenSum[] = R"sql(
  SELECT coalesce(sum(cost_millitokens), 0)
  FROM keepa_reservation
  WHERE account_id = ?1
    AND ended_at_ms IS NULL)sql";

inline constexpr char kOpenCount[] =
    "SELECT count(*) FROM keepa_reservation WHERE account_id = ?1 AND ended_at_ms IS NULL";

// Reservations that the ledger ended more than once, or that are still open (or gone) in their own table.
inline constexpr char kContradictions[] = R"sql(
  SELECT count(*)
  FROM (
    SELECT entry.reservation
    FROM keepa_ledger AS entry
    LEFT JOIN keepa_reservation AS reserved ON reserved.id = entry.reservation
    WHERE entry.account_id = ?1
      AND entry.reservation IS NOT NULL
      AND entry.kind <> 'hold'
    GROUP BY entry.reservation, reserved.ended_at_ms
    HAVING count(*) > 1 OR reserved.ended_at_ms IS NULL) AS contradiction)sql";

// --- Prune -----------------------------------------------------------------------------------------

// The first entry at or after ?2. Entries after ?3 (now) do not count: they were written by a clock that was
// ahead.
inline constexpr char kFirstYoungEntry[] = R"sql(
  SELECT id
  FROM keepa_ledger
  WHERE account_id = ?1
    AND at_ms >= ?2
    AND at_ms <= ?3
  ORDER BY id
  LIMIT 1)sql";

inline constexpr char kLastOldEntry[] =
    "SELECT max(id) FROM keepa_ledger WHERE account_id = ?1 AND at_ms < ?2";

inline constexpr char kLastOldEntryBefore[] =
    "SELECT max(id) FROM keepa_ledger WHERE account_id = ?1 AND at_ms < ?2 AND id < ?3";

// Entries up to ?2, and the reservations that go with them. A reservation goes with the entry that ended it,
// if it ended before ?3 and its idempotency key no longer counts: created at or before ?4, or at or after ?5.
inline constexpr char kCountOldEntries[] = R"sql(
  SELECT
    count(*) FILTER (WHERE entry.kind <> 'carry'),
    count(reserved.id)
  FROM keepa_ledger AS entry
  LEFT JOIN keepa_reservation AS reserved
    ON reserved.id = entry.reservation
    AND entry.kind <> 'hold'
    AND reserved.ended_at_ms < ?3
    AND (reserved.idempotency_key IS NULL OR reserved.created_at_ms <= ?4 OR reserved.created_at_ms >= ?5)
  WHERE entry.account_id = ?1
    AND entry.id <= ?2)sql";

// Steps over the entries of other accounts in between, which may be millions.
inline constexpr char kOldestEntries[] = R"sql(
  SELECT id
  FROM keepa_ledger
  WHERE account_id = ?1
    AND id >= ?2
    AND id <= ?3
  ORDER BY id
  LIMIT ?4)sql";

// Read by read_entry of prune.cpp.
inline constexpr char kEntry[] = R"sql(
  SELECT
    at_ms,
    kind,
    balance_change_millitokens,
    held_change_millitokens,
    balance_millitokens,
    held_millitokens,
    reservation
  FROM keepa_ledger
  WHERE id = ?1)sql";

inline constexpr char kForgetEntry[] = "DELETE FROM keepa_ledger WHERE id = ?1";

inline constexpr char kAppendCarry[] = R"sql(
  INSERT INTO keepa_ledger (
    id,
    account_id,
    at_ms,
    kind,
    balance_change_millitokens,
    held_change_millitokens,
    balance_millitokens,
    held_millitokens,
    worker)
  VALUES (?1, ?2, ?3, 'carry', ?4, ?5, ?6, ?7, ?8))sql";

// Under the conditions of kCountOldEntries.
inline constexpr char kForgetReservation[] = R"sql(
  DELETE FROM keepa_reservation
  WHERE id = ?1
    AND ended_at_ms < ?2
    AND (idempotency_key IS NULL OR created_at_ms <= ?3 OR created_at_ms >= ?4)
  RETURNING id)sql";

// --- Doctor ----------------------------------------------------------------------------------------

inline constexpr char kLastEntryAt[] =
    "SELECT at_ms FROM keepa_ledger WHERE account_id = ?1 ORDER BY id DESC LIMIT 1";

// When the balance last became unknown: a 'void' entry without a reservation.
inline constexpr char kForgottenAt[] = R"sql(
  SELECT max(at_ms)
  FROM keepa_ledger
  WHERE account_id = ?1
    AND kind = 'void'
    AND reservation IS NULL)sql";

// What the tasks spent after ?2, and by how much Keepa's balances differed from the projection.
inline constexpr char kSpentAndDrift[] = R"sql(
  SELECT
    coalesce(sum(-balance_change_millitokens) FILTER (WHERE kind IN ('settle', 'expire')), 0),
    coalesce(sum(balance_change_millitokens) FILTER (WHERE kind = 'drift'), 0)
  FROM keepa_ledger
  WHERE account_id = ?1
    AND at_ms > ?2)sql";

// For each task, of the grants made after ?2 that have ended: how many expired, how many there are, and a
// worker that let one expire.
inline constexpr char kExpiredByTask[] = R"sql(
  SELECT
    task,
    count(*) FILTER (WHERE ending = 'expire') AS expired,
    count(*),
    max(worker) FILTER (WHERE ending = 'expire')
  FROM keepa_reservation
  WHERE account_id = ?1
    AND created_at_ms > ?2
    AND ended_at_ms IS NOT NULL
  GROUP BY task
  ORDER BY expired DESC, task)sql";

// Open reservations: how many, since when the oldest, and how many are overdue at ?2.
inline constexpr char kOpenHolds[] = R"sql(
  SELECT
    count(*),
    min(created_at_ms),
    count(*) FILTER (WHERE expires_at_ms <= ?2)
  FROM keepa_reservation
  WHERE account_id = ?1
    AND ended_at_ms IS NULL)sql";

// Places in the queue, and how many of them have lapsed at ?2.
inline constexpr char kCountPlaces[] = R"sql(
  SELECT
    count(*),
    count(*) FILTER (WHERE asked_at_ms + live_ms <= ?2)
  FROM keepa_place
  WHERE account_id = ?1)sql";

}  // namespace purser::keepa::sql
