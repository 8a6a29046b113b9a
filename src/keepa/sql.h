// All SQL of the Keepa ledger. Parameters are numbered; columns are in the order of the tables.
#pragma once

namespace purser::keepa::sql {

// --- keepa_account ---------------------------------------------------------------------------------

inline constexpr char kLoadAccount[] =
    "SELECT id, known, balance_millitokens, held_millitokens, refill_remainder, as_of_at_ms, "
    "refill_rate_millitokens_per_minute, flow_reduction_millitokens_per_minute, next_tick_at_ms, "
    "observed_at_ms, observed_server_at_ms, observed_balance_millitokens, observations, unstamped_since "
    "FROM keepa_account WHERE name = ?1";

inline constexpr char kListAccounts[] = "SELECT name FROM keepa_account ORDER BY name";

inline constexpr char kMakeAccount[] =
    "INSERT INTO keepa_account (name, known, balance_millitokens, held_millitokens, refill_remainder, "
    "as_of_at_ms, "
    "refill_rate_millitokens_per_minute, flow_reduction_millitokens_per_minute) "
    "VALUES (?1, 0, 0, 0, 0, ?2, 0, 0)";

inline constexpr char kStoreAccount[] =
    "UPDATE keepa_account SET known = ?2, balance_millitokens = ?3, held_millitokens = ?4, refill_remainder "
    "= ?5, "
    "as_of_at_ms = ?6, refill_rate_millitokens_per_minute = ?7, flow_reduction_millitokens_per_minute = ?8, "
    "next_tick_at_ms = ?9, observed_at_ms = ?10, observed_server_at_ms = ?11, observed_balance_millitokens = "
    "?12, observations = ?13, unstamped_since = ?14 "
    "WHERE id = ?1";

// For proofs: columns that every schema has had.
inline constexpr char kLoadSums[] =
    "SELECT id, known, balance_millitokens, held_millitokens FROM keepa_account WHERE name = ?1";

// What only those read and write that call Keepa.
inline constexpr char kLoadRefresh[] =
    "SELECT known, observed_at_ms, api_key_fingerprint, refresh_begun_at_ms FROM keepa_account WHERE name = "
    "?1";

inline constexpr char kBeginRefresh[] = "UPDATE keepa_account SET refresh_begun_at_ms = ?2 WHERE name = ?1";

inline constexpr char kStoreFingerprint[] =
    "UPDATE keepa_account SET api_key_fingerprint = ?2 WHERE name = ?1";

// --- keepa_policy ----------------------------------------------------------------------------------

inline constexpr char kLoadPolicy[] =
    "SELECT name, threshold_millitokens, margin_millitokens, buffer_millitokens, max_deficit_millitokens, "
    "patience_ms "
    "FROM keepa_policy WHERE name = ?1";

inline constexpr char kListPolicies[] =
    "SELECT name, threshold_millitokens, margin_millitokens, buffer_millitokens, max_deficit_millitokens, "
    "patience_ms "
    "FROM keepa_policy ORDER BY name";

inline constexpr char kStorePolicy[] =
    "INSERT INTO keepa_policy (name, threshold_millitokens, margin_millitokens, buffer_millitokens, "
    "max_deficit_millitokens, patience_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
    "ON CONFLICT (name) DO UPDATE SET threshold_millitokens = excluded.threshold_millitokens, "
    "margin_millitokens = excluded.margin_millitokens, buffer_millitokens = excluded.buffer_millitokens, "
    "max_deficit_millitokens = excluded.max_deficit_millitokens, patience_ms = excluded.patience_ms";

inline constexpr char kNoteUnknownTask[] =
    "INSERT INTO keepa_unknown_task (account_id, task, first_seen_at_ms) VALUES (?1, ?2, ?3) ON CONFLICT DO "
    "NOTHING";

inline constexpr char kListUnknownTasks[] =
    "SELECT task FROM keepa_unknown_task WHERE account_id = ?1 AND task NOT IN (SELECT name FROM "
    "keepa_policy) "
    "ORDER BY task";

// --- keepa_reservation -----------------------------------------------------------------------------

// Due (?2 is now), or begun after ?3 (now), which only a clock that went back explains.
inline constexpr char kDueHolds[] =
    "SELECT id, task, worker, cost_millitokens, expires_at_ms, lifetime_ms FROM keepa_reservation "
    "WHERE account_id = ?1 AND ended_at_ms IS NULL "
    "AND (expires_at_ms <= ?2 OR expires_at_ms - lifetime_ms > ?3) "
    "ORDER BY expires_at_ms, id";

inline constexpr char kMoveExpiry[] = "UPDATE keepa_reservation SET expires_at_ms = ?2 WHERE id = ?1";

inline constexpr char kInsertReservation[] =
    "INSERT INTO keepa_reservation (id, account_id, task, worker, kind, cost_millitokens, created_at_ms, "
    "expires_at_ms, "
    "lifetime_ms, idempotency_key, granted_after, granted_after_server_at_ms) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

inline constexpr char kFindReservation[] =
    "SELECT id, task, cost_millitokens, created_at_ms, expires_at_ms, ending, granted_after, "
    "granted_after_server_at_ms FROM keepa_reservation WHERE account_id = ?1 AND id = ?2";

inline constexpr char kFindByKey[] =
    "SELECT id, task, cost_millitokens, created_at_ms, expires_at_ms, ending, granted_after, "
    "granted_after_server_at_ms FROM keepa_reservation "
    "WHERE account_id = ?1 AND idempotency_key = ?2 AND created_at_ms > ?3 AND created_at_ms < ?4";

inline constexpr char kForgetKey[] =
    "UPDATE keepa_reservation SET idempotency_key = NULL WHERE account_id = ?1 AND idempotency_key = ?2";

inline constexpr char kEndReservation[] =
    "UPDATE keepa_reservation SET ended_at_ms = ?2, ending = ?3, consumed_millitokens = ?4 "
    "WHERE id = ?1 AND ended_at_ms IS NULL";

inline constexpr char kOpenReservations[] =
    "SELECT id, task, worker, kind, cost_millitokens, created_at_ms, expires_at_ms FROM keepa_reservation "
    "WHERE account_id = ?1 AND ended_at_ms IS NULL AND expires_at_ms > ?2 ORDER BY created_at_ms, id";

// What the latest calls of a kind cost. The condition is that of the index keepa_reservation_kind, in its
// words.
inline constexpr char kKindCost[] =
    "SELECT count(*), coalesce(sum(consumed_millitokens), 0), max(consumed_millitokens), "
    "coalesce(sum(cost_millitokens), 0), max(ended_at_ms) FROM ("
    "SELECT consumed_millitokens, cost_millitokens, ended_at_ms FROM keepa_reservation "
    "WHERE account_id = ?1 AND kind = ?2 AND ended_at_ms <= ?3 "
    "AND (consumed_millitokens > 0 OR consumed_millitokens = cost_millitokens) "
    "ORDER BY ended_at_ms DESC, id DESC LIMIT ?4) AS latest";

// --- keepa_place -----------------------------------------------------------------------------------

// `+`: the few rows come in the order of the key, instead of by the other index and sorted.
inline constexpr char kPlaces[] =
    "SELECT q.id, q.task, q.worker, q.reason, q.cost_millitokens, q.target_millitokens, q.since_at_ms, "
    "q.asked_at_ms, q.live_ms, coalesce(own.patience_ms, standard.patience_ms, 0), "
    "CASE WHEN own.name IS NULL THEN standard.buffer_millitokens ELSE own.buffer_millitokens END IS NOT "
    "NULL, q.reached_at_ms, q.passed "
    "FROM keepa_place AS q LEFT JOIN keepa_policy AS own ON own.name = q.task "
    "LEFT JOIN keepa_policy AS standard ON standard.name = 'standard' "
    "WHERE +q.account_id = ?1 ORDER BY q.id";

inline constexpr char kInsertPlace[] =
    "INSERT INTO keepa_place (account_id, task, worker, reason, cost_millitokens, target_millitokens, "
    "since_at_ms, "
    "asked_at_ms, live_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8)";

inline constexpr char kRefreshPlace[] =
    "UPDATE keepa_place SET worker = ?2, reason = ?3, cost_millitokens = ?4, target_millitokens = ?5, "
    "asked_at_ms = ?6, live_ms = ?7, reached_at_ms = NULL, "
    "passed = CASE WHEN passed > 0 THEN 2 ELSE 0 END WHERE id = ?1";

inline constexpr char kPlaceInstants[] =
    "UPDATE keepa_place SET asked_at_ms = ?2, reached_at_ms = ?3 WHERE id = ?1";

inline constexpr char kNotePassed[] = "UPDATE keepa_place SET passed = 1 WHERE id = ?1 AND passed = 0";

inline constexpr char kLeavePlace[] =
    "DELETE FROM keepa_place WHERE account_id = ?1 AND task = ?2 RETURNING asked_at_ms, live_ms";

inline constexpr char kDeletePlace[] = "DELETE FROM keepa_place WHERE id = ?1";

inline constexpr char kDeletePlaces[] = "DELETE FROM keepa_place WHERE account_id = ?1 RETURNING id";

// --- keepa_ledger ----------------------------------------------------------------------------------

inline constexpr char kAppend[] =
    "INSERT INTO keepa_ledger (account_id, at_ms, kind, balance_change_millitokens, held_change_millitokens, "
    "balance_millitokens, held_millitokens, task, worker, reservation) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

inline constexpr char kLastEntries[] =
    "SELECT id, at_ms, kind, balance_change_millitokens, held_change_millitokens, balance_millitokens, "
    "held_millitokens, task, worker, reservation FROM keepa_ledger WHERE account_id = ?1 ORDER BY id DESC "
    "LIMIT ?2";

// The sums of the columns, and how many rows do not continue the one before them.
inline constexpr char kSums[] =
    "SELECT count(*), coalesce(sum(balance_change_millitokens), 0), coalesce(sum(held_change_millitokens), "
    "0), "
    "coalesce(sum(balance_millitokens <> balance_before + balance_change_millitokens), 0), "
    "coalesce(sum(held_millitokens <> held_before + held_change_millitokens), 0) FROM ("
    "SELECT balance_change_millitokens, held_change_millitokens, balance_millitokens, held_millitokens, "
    "lag(balance_millitokens, 1, 0) OVER (ORDER BY id) AS balance_before, "
    "lag(held_millitokens, 1, 0) OVER (ORDER BY id) AS held_before "
    "FROM keepa_ledger WHERE account_id = ?1)";

inline constexpr char kOpenSum[] =
    "SELECT coalesce(sum(cost_millitokens), 0) FROM keepa_reservation WHERE account_id = ?1 AND ended_at_ms "
    "IS NULL";

inline constexpr char kOpenCount[] =
    "SELECT count(*) FROM keepa_reservation WHERE account_id = ?1 AND ended_at_ms IS NULL";

// Reservations whose rows contradict them: ended in the ledger more than once, or there and not here, or the
// reverse.
inline constexpr char kContradictions[] =
    "SELECT count(*) FROM (SELECT l.reservation FROM keepa_ledger AS l "
    "LEFT JOIN keepa_reservation AS r ON r.id = l.reservation "
    "WHERE l.account_id = ?1 AND l.reservation IS NOT NULL AND l.kind <> 'hold' "
    "GROUP BY l.reservation, r.ended_at_ms HAVING count(*) > 1 OR r.ended_at_ms IS NULL)";

// --- Retention -------------------------------------------------------------------------------------

// The first entry that is neither older than ?2 nor of the future (?3 is now).
inline constexpr char kFirstYoungEntry[] =
    "SELECT id FROM keepa_ledger WHERE account_id = ?1 AND at_ms >= ?2 AND at_ms <= ?3 ORDER BY id LIMIT 1";

// ?3: not from there on; NULL: anywhere.
inline constexpr char kLastOldEntry[] =
    "SELECT max(id) FROM keepa_ledger WHERE account_id = ?1 AND at_ms < ?2 AND (?3 IS NULL OR id < ?3)";

// A reservation goes with the entry that ended it: ended before ?3, and its idempotency key holds no more.
inline constexpr char kCountOldEntries[] =
    "SELECT coalesce(sum(l.kind <> 'carry'), 0), count(r.id) FROM keepa_ledger AS l "
    "LEFT JOIN keepa_reservation AS r ON r.id = l.reservation AND l.kind <> 'hold' AND r.ended_at_ms < ?3 "
    "AND (r.idempotency_key IS NULL OR r.created_at_ms <= ?4 OR r.created_at_ms >= ?5) "
    "WHERE l.account_id = ?1 AND l.id <= ?2";

// Goes over the entries of other accounts between them, which may be millions.
inline constexpr char kOldestEntries[] =
    "SELECT id FROM keepa_ledger WHERE account_id = ?1 AND id >= ?2 AND id <= ?3 ORDER BY id LIMIT ?4";

inline constexpr char kEntry[] =
    "SELECT at_ms, kind, balance_change_millitokens, held_change_millitokens, balance_millitokens, "
    "held_millitokens, reservation FROM keepa_ledger WHERE id = ?1";

inline constexpr char kForgetEntry[] = "DELETE FROM keepa_ledger WHERE id = ?1";

inline constexpr char kAppendCarry[] =
    "INSERT INTO keepa_ledger (id, account_id, at_ms, kind, balance_change_millitokens, "
    "held_change_millitokens, balance_millitokens, held_millitokens, worker) "
    "VALUES (?1, ?2, ?3, 'carry', ?4, ?5, ?6, ?7, ?8)";

inline constexpr char kForgetReservation[] =
    "DELETE FROM keepa_reservation WHERE id = ?1 AND ended_at_ms < ?2 "
    "AND (idempotency_key IS NULL OR created_at_ms <= ?3 OR created_at_ms >= ?4) RETURNING id";

// --- For doctor: ?2 is now -------------------------------------------------------------------------

inline constexpr char kLastEntryAt[] =
    "SELECT at_ms FROM keepa_ledger WHERE account_id = ?1 ORDER BY id DESC LIMIT 1";

// When it was last forgotten what the balance is.
inline constexpr char kForgottenAt[] =
    "SELECT max(at_ms) FROM keepa_ledger WHERE account_id = ?1 AND kind = 'void' AND reservation IS NULL";

// What the tasks spent since ?2, and by how much Keepa's word differed from the projection.
inline constexpr char kSpentAndDrift[] =
    "SELECT coalesce(sum(CASE WHEN kind IN ('settle', 'expire') THEN -balance_change_millitokens ELSE 0 "
    "END), 0), coalesce(sum(CASE WHEN kind = 'drift' THEN balance_change_millitokens ELSE 0 END), 0) "
    "FROM keepa_ledger WHERE account_id = ?1 AND at_ms > ?2";

// By task, of what was granted since ?2 and has ended: how much of it expired, how much there was, and who
// had the latest.
inline constexpr char kExpiredByTask[] =
    "SELECT task, sum(CASE WHEN ending = 'expire' THEN 1 ELSE 0 END) AS expired, count(*), "
    "max(CASE WHEN ending = 'expire' THEN worker END) FROM keepa_reservation "
    "WHERE account_id = ?1 AND created_at_ms > ?2 AND ended_at_ms IS NOT NULL "
    "GROUP BY task ORDER BY expired DESC, task";

inline constexpr char kOpenHolds[] =
    "SELECT count(*), min(created_at_ms), coalesce(sum(expires_at_ms <= ?2), 0) FROM keepa_reservation "
    "WHERE account_id = ?1 AND ended_at_ms IS NULL";

inline constexpr char kCountPlaces[] =
    "SELECT count(*), coalesce(sum(asked_at_ms + live_ms <= ?2), 0) FROM keepa_place WHERE account_id = ?1";

}  // namespace purser::keepa::sql
