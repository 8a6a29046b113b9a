// All SQL of xAI's quota, cache and flights. Parameters are numbered; columns are in the order of the tables.
#pragma once

namespace purser::xai::sql {

// --- xai_quota, xai_day ----------------------------------------------------------------------------

inline constexpr char kLoadQuota[] =
    "SELECT q.daily_limit, q.time_zone, q.last_reset_date, q.day_ends_at_ms, q.no_credits, d.calls_today, "
    "d.bypass_calls, q.paused, d.assumed, d.statements "
    "FROM xai_quota AS q JOIN xai_day AS d ON d.date = q.last_reset_date WHERE q.id = 1";

// The same in the words of any schema since the second, for a file that is to be replaced.
inline constexpr char kLoadOlderQuota[] =
    "SELECT q.daily_limit, q.time_zone, q.last_reset_date, q.day_ends_at_ms, q.no_credits, d.calls_today, "
    "d.bypass_calls, 0, 0, 0 "
    "FROM xai_quota AS q JOIN xai_day AS d ON d.date = q.last_reset_date WHERE q.id = 1";

inline constexpr char kStoreQuota[] =
    "UPDATE xai_quota SET daily_limit = ?1, time_zone = ?2, last_reset_date = ?3, day_ends_at_ms = ?4, "
    "no_credits = ?5 "
    "WHERE id = 1";

inline constexpr char kBeginDay[] =
    "INSERT INTO xai_day (date, calls_today, bypass_calls, cache_hits, cache_misses) VALUES (?1, 0, 0, 0, 0) "
    "ON CONFLICT (date) DO NOTHING";

inline constexpr char kCountUnits[] =
    "UPDATE xai_day SET calls_today = calls_today + ?2, bypass_calls = bypass_calls + ?3 WHERE date = ?1";

inline constexpr char kCountStatement[] =
    "UPDATE xai_day SET calls_today = calls_today + ?2, statements = statements + 1 WHERE date = ?1";

inline constexpr char kCountLookups[] =
    "UPDATE xai_day SET cache_hits = cache_hits + ?2, cache_misses = cache_misses + ?3, "
    "assumed = assumed + ?4 WHERE date = ?1";

inline constexpr char kLoadLookups[] = "SELECT cache_hits, cache_misses FROM xai_day WHERE date = ?1";

// The row of 1970 is the one that a fresh database begins with.
inline constexpr char kLastDays[] =
    "SELECT date, calls_today, bypass_calls, cache_hits, cache_misses, assumed FROM xai_day "
    "WHERE date > '1970-01-01' ORDER BY date DESC LIMIT ?1";

inline constexpr char kLaterDays[] =
    "SELECT date, calls_today, statements FROM xai_day WHERE date > ?1 AND calls_today > 0 ORDER BY date";

inline constexpr char kLoadDayCalls[] = "SELECT calls_today, bypass_calls FROM xai_day WHERE date = ?1";

inline constexpr char kLoadDayAssumed[] = "SELECT assumed FROM xai_day WHERE date = ?1";

// Days whose figures are not the sums of their units.
inline constexpr char kWrongDays[] =
    "SELECT count(*) FROM xai_day AS d "
    "WHERE d.calls_today <> (SELECT coalesce(sum(u.count), 0) FROM xai_unit AS u "
    "WHERE u.date = d.date AND u.kind <> 'bypass') "
    "OR d.bypass_calls <> (SELECT coalesce(sum(u.count), 0) FROM xai_unit AS u WHERE u.date = d.date AND "
    "u.kind = 'bypass')";

inline constexpr char kSumOfDays[] =
    "SELECT count(*), coalesce(sum(calls_today), 0), coalesce(sum(bypass_calls), 0) FROM xai_day "
    "WHERE date > '1970-01-01'";

// --- xai_usage -------------------------------------------------------------------------------------

inline constexpr char kUsageOfDay[] =
    "SELECT model, calls, prompt_tokens, cached_prompt_tokens, completion_tokens, reasoning_tokens, "
    "total_tokens, cost_usd_ticks, calls_without_cost FROM xai_usage WHERE date = ?1 ORDER BY model";

inline constexpr char kFindUsage[] =
    "SELECT model, calls, prompt_tokens, cached_prompt_tokens, completion_tokens, reasoning_tokens, "
    "total_tokens, cost_usd_ticks, calls_without_cost FROM xai_usage WHERE date = ?1 AND model = ?2";

inline constexpr char kPutUsage[] =
    "INSERT INTO xai_usage (date, model, calls, prompt_tokens, cached_prompt_tokens, completion_tokens, "
    "reasoning_tokens, total_tokens, cost_usd_ticks, calls_without_cost) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (date, model) DO UPDATE SET "
    "calls = excluded.calls, prompt_tokens = excluded.prompt_tokens, "
    "cached_prompt_tokens = excluded.cached_prompt_tokens, "
    "completion_tokens = excluded.completion_tokens, reasoning_tokens = excluded.reasoning_tokens, "
    "total_tokens = excluded.total_tokens, cost_usd_ticks = excluded.cost_usd_ticks, "
    "calls_without_cost = excluded.calls_without_cost";

// --- xai_unit --------------------------------------------------------------------------------------

inline constexpr char kInsertUnit[] =
    "INSERT INTO xai_unit (id, date, kind, count, purpose, worker, at_ms, statements) VALUES (?1, ?2, ?3, "
    "?4, ?5, ?6, ?7, ?8)";

inline constexpr char kFindUnit[] = "SELECT date, kind, count, statements FROM xai_unit WHERE id = ?1";

// For what the units of a day went, and when the last of them.
inline constexpr char kUsesOfDay[] =
    "SELECT coalesce(purpose, 'not said'), sum(count), max(at_ms) FROM xai_unit "
    "WHERE date = ?1 AND kind <> 'bypass' AND count <> 0 GROUP BY coalesce(purpose, 'not said') "
    "ORDER BY sum(count) DESC, max(at_ms)";

inline constexpr char kReleaseUnit[] = "UPDATE xai_unit SET count = 0, released_at_ms = ?2 WHERE id = ?1";

// --- xai_verdict: ?1 is the hash of the key, a row is there or at one of the three numbers after it --

inline constexpr char kFindHit[] =
    "SELECT verdict FROM xai_verdict WHERE id BETWEEN ?1 AND ?1 + 3 "
    "AND title = ?2 AND category = ?3 AND season = ?4 AND price_cents = ?5 AND question = ?6";

inline constexpr char kLookUp[] =
    "SELECT verdict, stored_at_ms, refused_at_ms FROM xai_verdict WHERE id BETWEEN ?1 AND ?1 + 3 "
    "AND title = ?2 AND category = ?3 AND season = ?4 AND price_cents = ?5 AND question = ?6";

inline constexpr char kFindVerdict[] =
    "SELECT verdict, stored_at_ms, refused_at_ms, id, flight FROM xai_verdict WHERE id BETWEEN ?1 AND ?1 + 3 "
    "AND title = ?2 AND category = ?3 AND season = ?4 AND price_cents = ?5 AND question = ?6";

inline constexpr char kTakenIds[] = "SELECT id FROM xai_verdict WHERE id BETWEEN ?1 AND ?1 + 3 ORDER BY id";

inline constexpr char kInsertVerdict[] =
    "INSERT INTO xai_verdict (id, title, category, season, price_cents, question, verdict, stored_at_ms, "
    "flight, refused_at_ms, model) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

// A verdict in the place of what was there, and no refusal any more.
inline constexpr char kUpdateVerdict[] =
    "UPDATE xai_verdict SET verdict = ?2, stored_at_ms = ?3, flight = ?4, refused_at_ms = NULL, model = ?5 "
    "WHERE id = ?1";

// A refusal beside the verdict that may be there.
inline constexpr char kUpdateRefusal[] =
    "UPDATE xai_verdict SET refused_at_ms = ?2, flight = ?3 WHERE id = ?1";

inline constexpr char kDeleteVerdict[] = "DELETE FROM xai_verdict WHERE id = ?1";

// The newest ones first.
inline constexpr char kLastVerdicts[] =
    "SELECT title, category, season, price_cents, question, verdict, model, stored_at_ms, refused_at_ms "
    "FROM xai_verdict WHERE (?1 IS NULL OR model = ?1) AND (?2 IS NULL OR question = ?2) "
    "ORDER BY coalesce(refused_at_ms, stored_at_ms) DESC, id DESC LIMIT ?3";

inline constexpr char kCacheStats[] =
    "SELECT count(*), min(stored_at_ms), max(stored_at_ms) FROM xai_verdict WHERE verdict IS NOT NULL";

// --- xai_flight ------------------------------------------------------------------------------------

inline constexpr char kInsertFlight[] =
    "INSERT INTO xai_flight (fence, lease, question, title, category, season, price_cents, unit, worker, "
    "started_at_ms) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

inline constexpr char kFindFlight[] =
    "SELECT number, lease, question, title, category, season, price_cents, unit, started_at_ms, ended_at_ms "
    "FROM xai_flight WHERE fence = ?1";

inline constexpr char kFlightNumber[] = "SELECT number FROM xai_flight WHERE fence = ?1";

inline constexpr char kStoreFailure[] = "UPDATE xai_flight SET failure = ?2 WHERE fence = ?1";

inline constexpr char kFailure[] = "SELECT failure FROM xai_flight WHERE number = ?1";

inline constexpr char kNewestFlight[] = "SELECT max(number) FROM xai_flight";

inline constexpr char kEndFlight[] = "UPDATE xai_flight SET ended_at_ms = ?2, ending = ?3 WHERE fence = ?1";

inline constexpr char kEndOpenFlights[] =
    "UPDATE xai_flight SET ended_at_ms = ?1, ending = 'void' WHERE ended_at_ms IS NULL RETURNING number";

// Ended ones by age; open ones, whose answer may still come whatever a clock said meanwhile, by number. The
// newest row stays: numbers are never given twice.
inline constexpr char kForgetOldFlights[] =
    "DELETE FROM xai_flight WHERE number < (SELECT max(number) FROM xai_flight) "
    "AND ((ended_at_ms IS NOT NULL AND ended_at_ms < ?1) OR number < (SELECT max(number) FROM xai_flight) - "
    "?2)";
inline constexpr char kForgetOldLeases[] =
    "DELETE FROM lease WHERE name LIKE 'xai %' AND fence NOT IN (SELECT fence FROM xai_flight)";

// --- xai_pause -------------------------------------------------------------------------------------

inline constexpr char kLoadPauses[] =
    "SELECT asker, reason, since_at_ms, lasts_ms, times, model, worker, others_answered, probe, "
    "probe_since_at_ms, probe_lasts_ms FROM xai_pause ORDER BY asker";

// Whoever was to probe it, does not any more.
inline constexpr char kPutPause[] =
    "INSERT INTO xai_pause (asker, reason, since_at_ms, lasts_ms, times, model, worker) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (asker) DO UPDATE SET "
    "others_answered = CASE WHEN reason = excluded.reason THEN others_answered ELSE 0 END, "
    "reason = excluded.reason, since_at_ms = excluded.since_at_ms, lasts_ms = excluded.lasts_ms, "
    "times = excluded.times, model = excluded.model, worker = excluded.worker, probe = NULL, prober = NULL, "
    "probe_since_at_ms = NULL, probe_lasts_ms = NULL";

// ?1 is NULL of who does not say with which key and model he asks.
inline constexpr char kTakeProbe[] =
    "UPDATE xai_pause SET probe = ?2, prober = ?3, probe_since_at_ms = ?4, probe_lasts_ms = ?5 "
    "WHERE asker = ?1 OR (?1 IS NULL AND others_answered = 0)";

inline constexpr char kLeaveProbe[] =
    "UPDATE xai_pause SET probe = NULL, prober = NULL, probe_since_at_ms = NULL, probe_lasts_ms = NULL "
    "WHERE probe = ?1";

inline constexpr char kEndProbedPauses[] = "DELETE FROM xai_pause WHERE probe = ?1";

inline constexpr char kEndPausesOf[] = "DELETE FROM xai_pause WHERE asker = ?1";

// xAI answers this asker: what a person had to put right is put right.
inline constexpr char kEndDisproved[] = "DELETE FROM xai_pause WHERE asker = ?1 AND reason <> 'rate_limited'";

inline constexpr char kNoteOthersAnswered[] =
    "UPDATE xai_pause SET others_answered = 1 "
    "WHERE asker <> ?1 AND reason <> 'rate_limited' AND others_answered = 0";

inline constexpr char kEndPauses[] = "DELETE FROM xai_pause RETURNING asker";

inline constexpr char kForgetOldPauses[] = "DELETE FROM xai_pause WHERE since_at_ms + lasts_ms < ?1";

inline constexpr char kNotePauses[] =
    "UPDATE xai_quota SET paused = EXISTS (SELECT 1 FROM xai_pause) WHERE id = 1";

// --- Retention -------------------------------------------------------------------------------------

// The next ?3 verdicts after ?1: the last of them, and how many of them were stored before ?2, by the model
// ?4 if it is said.
inline constexpr char kNextVerdicts[] =
    "SELECT max(id), coalesce(sum(stored_at_ms < ?2 AND (?4 IS NULL OR coalesce(model = ?4, 0))), 0) FROM ("
    "SELECT id, stored_at_ms, model FROM xai_verdict WHERE id > ?1 ORDER BY id LIMIT ?3) AS next";

inline constexpr char kForgetVerdicts[] =
    "DELETE FROM xai_verdict WHERE id > ?1 AND id <= ?2 AND stored_at_ms < ?3 AND (?4 IS NULL OR model = ?4) "
    "RETURNING id";

inline constexpr char kCountOldVerdicts[] = "SELECT count(*) FROM xai_verdict WHERE stored_at_ms < ?1";

// Days before ?1 that nobody counts or answers any more: not the one that the quota stands on, nor the one a
// fresh database begins with, nor one with a call that was begun after ?2 or is the newest flight, whose
// number must not be given again.
inline constexpr char kOldDays[] =
    "SELECT d.date, (SELECT count(*) FROM xai_unit AS u WHERE u.date = d.date), "
    "(SELECT count(*) FROM xai_usage AS s WHERE s.date = d.date) FROM xai_day AS d "
    "WHERE d.date < ?1 AND d.date > '1970-01-01' "
    "AND d.date <> (SELECT last_reset_date FROM xai_quota WHERE id = 1) "
    "AND d.date NOT IN (SELECT u.date FROM xai_flight AS f JOIN xai_unit AS u ON u.id = f.unit "
    "WHERE f.started_at_ms > ?2 OR f.number = (SELECT max(number) FROM xai_flight)) ORDER BY d.date";

// What took away comes first: what is left of a day is never less than nothing.
inline constexpr char kUnitsOfDay[] =
    "SELECT id, kind, count FROM xai_unit WHERE date = ?1 ORDER BY count, id";

inline constexpr char kFlightsOfDays[] =
    "SELECT u.date, f.number FROM xai_flight AS f JOIN xai_unit AS u ON u.id = f.unit WHERE u.date < ?1 "
    "ORDER BY f.number";

inline constexpr char kForgetFlight[] = "DELETE FROM xai_flight WHERE number = ?1 RETURNING number";

inline constexpr char kForgetUnit[] = "DELETE FROM xai_unit WHERE id = ?1 RETURNING kind, count";

inline constexpr char kForgetUsage[] = "DELETE FROM xai_usage WHERE date = ?1 RETURNING model";

inline constexpr char kForgetDay[] = "DELETE FROM xai_day WHERE date = ?1 RETURNING date";

}  // namespace purser::xai::sql
