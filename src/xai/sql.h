// All SQL of xAI's quota, verdicts, flights and pauses: one statement a constant, parameters numbered.
// Where a function reads whole rows, the comment names it: columns and function change together.
#pragma once

namespace purser::xai::sql {

// --- xai_quota, xai_day ----------------------------------------------------------------------------

// Columns as quota_in (quota_writer.cpp) reads them.
inline constexpr char kLoadQuota[] = R"sql(
  SELECT q.daily_limit, q.time_zone, q.last_reset_date, q.day_ends_at_ms, q.no_credits,
    d.calls_today, d.bypass_calls, q.paused, d.assumed, d.statements
  FROM xai_quota AS q
  JOIN xai_day AS d ON d.date = q.last_reset_date
  WHERE q.id = 1
)sql";

// The same columns from any schema since the second: for a file that a restore replaces.
inline constexpr char kLoadOlderQuota[] = R"sql(
  SELECT q.daily_limit, q.time_zone, q.last_reset_date, q.day_ends_at_ms, q.no_credits,
    d.calls_today, d.bypass_calls, 0, 0, 0
  FROM xai_quota AS q
  JOIN xai_day AS d ON d.date = q.last_reset_date
  WHERE q.id = 1
)sql";

inline constexpr char kStoreQuota[] = R"sql(
  UPDATE xai_quota
  SET daily_limit = ?1, time_zone = ?2, last_reset_date = ?3, day_ends_at_ms = ?4, no_credits = ?5
  WHERE id = 1
)sql";

inline constexpr char kBeginDay[] = R"sql(
  INSERT INTO xai_day (date, calls_today, bypass_calls, cache_hits, cache_misses)
  VALUES (?1, 0, 0, 0, 0)
  ON CONFLICT (date) DO NOTHING
)sql";

inline constexpr char kCountUnits[] = R"sql(
  UPDATE xai_day
  SET calls_today = calls_today + ?2, bypass_calls = bypass_calls + ?3
  WHERE date = ?1
)sql";

inline constexpr char kCountStatement[] = R"sql(
  UPDATE xai_day
  SET calls_today = calls_today + ?2, statements = statements + 1
  WHERE date = ?1
)sql";

inline constexpr char kCountLookups[] = R"sql(
  UPDATE xai_day
  SET cache_hits = cache_hits + ?2, cache_misses = cache_misses + ?3, assumed = assumed + ?4
  WHERE date = ?1
)sql";

inline constexpr char kLoadLookups[] = "SELECT cache_hits, cache_misses FROM xai_day WHERE date = ?1";

// Columns as Day (xai_quota.h) has them. The row of 1970 is the one that a fresh database begins with.
inline constexpr char kLastDays[] = R"sql(
  SELECT date, calls_today, bypass_calls, cache_hits, cache_misses, assumed
  FROM xai_day
  WHERE date > '1970-01-01'
  ORDER BY date DESC
  LIMIT ?1
)sql";

inline constexpr char kLaterDays[] = R"sql(
  SELECT date, calls_today, statements
  FROM xai_day
  WHERE date > ?1 AND calls_today > 0
  ORDER BY date
)sql";

inline constexpr char kLoadDayCalls[] = "SELECT calls_today, bypass_calls FROM xai_day WHERE date = ?1";

inline constexpr char kLoadDayAssumed[] = "SELECT assumed FROM xai_day WHERE date = ?1";

// Counts the days whose figures are not the sums of their units.
inline constexpr char kWrongDays[] = R"sql(
  SELECT count(*)
  FROM xai_day AS d
  WHERE d.calls_today <> (
      SELECT coalesce(sum(u.count), 0)
      FROM xai_unit AS u
      WHERE u.date = d.date AND u.kind <> 'bypass'
    )
    OR d.bypass_calls <> (
      SELECT coalesce(sum(u.count), 0)
      FROM xai_unit AS u
      WHERE u.date = d.date AND u.kind = 'bypass'
    )
)sql";

inline constexpr char kSumOfDays[] = R"sql(
  SELECT count(*), coalesce(sum(calls_today), 0), coalesce(sum(bypass_calls), 0)
  FROM xai_day
  WHERE date > '1970-01-01'
)sql";

// --- xai_usage -------------------------------------------------------------------------------------

// Columns as usage_in (quota_writer.cpp) reads them.
inline constexpr char kUsageOfDay[] = R"sql(
  SELECT calls, prompt_tokens, cached_prompt_tokens, completion_tokens, reasoning_tokens, total_tokens,
    cost_usd_ticks, calls_without_cost
  FROM xai_usage
  WHERE date = ?1
  ORDER BY model
)sql";

// The same columns.
inline constexpr char kFindUsage[] = R"sql(
  SELECT calls, prompt_tokens, cached_prompt_tokens, completion_tokens, reasoning_tokens, total_tokens,
    cost_usd_ticks, calls_without_cost
  FROM xai_usage
  WHERE date = ?1 AND model = ?2
)sql";

inline constexpr char kPutUsage[] = R"sql(
  INSERT INTO xai_usage (date, model, calls, prompt_tokens, cached_prompt_tokens, completion_tokens,
    reasoning_tokens, total_tokens, cost_usd_ticks, calls_without_cost)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
  ON CONFLICT (date, model) DO UPDATE
  SET calls = excluded.calls,
    prompt_tokens = excluded.prompt_tokens,
    cached_prompt_tokens = excluded.cached_prompt_tokens,
    completion_tokens = excluded.completion_tokens,
    reasoning_tokens = excluded.reasoning_tokens,
    total_tokens = excluded.total_tokens,
    cost_usd_ticks = excluded.cost_usd_ticks,
    calls_without_cost = excluded.calls_without_cost
)sql";

// --- xai_unit --------------------------------------------------------------------------------------

inline constexpr char kInsertUnit[] = R"sql(
  INSERT INTO xai_unit (id, date, kind, count, purpose, worker, at_ms, statements)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
)sql";

// Columns as UnitRow (quota_writer.cpp) has them.
inline constexpr char kFindUnit[] = "SELECT date, kind, count, statements FROM xai_unit WHERE id = ?1";

// The purposes that a day's units went to, the largest first, with the instant of each one's last unit.
inline constexpr char kUsesOfDay[] = R"sql(
  SELECT coalesce(purpose, 'not said'), sum(count), max(at_ms)
  FROM xai_unit
  WHERE date = ?1 AND kind <> 'bypass' AND count <> 0
  GROUP BY coalesce(purpose, 'not said')
  ORDER BY sum(count) DESC, max(at_ms)
)sql";

inline constexpr char kReleaseUnit[] = "UPDATE xai_unit SET count = 0, released_at_ms = ?2 WHERE id = ?1";

// --- xai_verdict -----------------------------------------------------------------------------------
// ?1 of the look-ups is the hash of the key: its row has that id or one of the three after it.

inline constexpr char kFindHit[] = R"sql(
  SELECT verdict
  FROM xai_verdict
  WHERE id BETWEEN ?1 AND ?1 + 3
    AND title = ?2 AND category = ?3 AND season = ?4 AND price_cents = ?5 AND question = ?6
)sql";

// Columns as known_of and find_verdict (verdict_rows.cpp) read them.
inline constexpr char kFindVerdict[] = R"sql(
  SELECT verdict, stored_at_ms, refused_at_ms, id, flight
  FROM xai_verdict
  WHERE id BETWEEN ?1 AND ?1 + 3
    AND title = ?2 AND category = ?3 AND season = ?4 AND price_cents = ?5 AND question = ?6
)sql";

inline constexpr char kTakenIds[] = "SELECT id FROM xai_verdict WHERE id BETWEEN ?1 AND ?1 + 3 ORDER BY id";

inline constexpr char kInsertVerdict[] = R"sql(
  INSERT INTO xai_verdict (id, title, category, season, price_cents, question, verdict, stored_at_ms,
    flight, refused_at_ms, model)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
)sql";

// A verdict replaces what was there, a refusal too.
inline constexpr char kUpdateVerdict[] = R"sql(
  UPDATE xai_verdict
  SET verdict = ?2, stored_at_ms = ?3, flight = ?4, refused_at_ms = NULL, model = ?5
  WHERE id = ?1
)sql";

// A refusal leaves a verdict that is there.
inline constexpr char kUpdateRefusal[] = R"sql(
  UPDATE xai_verdict
  SET refused_at_ms = ?2, flight = ?3
  WHERE id = ?1
)sql";

inline constexpr char kDeleteVerdict[] = "DELETE FROM xai_verdict WHERE id = ?1";

// The newest first. Columns as cached_in (verdicts.cpp) reads them. A parameter that may be NULL stands
// beside its column first, so that an engine with typed parameters knows its type.
inline constexpr char kLastVerdicts[] = R"sql(
  SELECT title, category, season, price_cents, question, verdict, model, stored_at_ms, refused_at_ms
  FROM xai_verdict
  WHERE (model = ?1 OR ?1 IS NULL) AND (question = ?2 OR ?2 IS NULL)
  ORDER BY coalesce(refused_at_ms, stored_at_ms) DESC, id DESC
  LIMIT ?3
)sql";

inline constexpr char kCacheStats[] = R"sql(
  SELECT count(*), min(stored_at_ms), max(stored_at_ms)
  FROM xai_verdict
  WHERE verdict IS NOT NULL
)sql";

// --- xai_flight ------------------------------------------------------------------------------------

inline constexpr char kInsertFlight[] = R"sql(
  INSERT INTO xai_flight (fence, lease, question, title, category, season, price_cents, unit, worker,
    started_at_ms)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
)sql";

// Columns as load_flight (flights.cpp) reads them.
inline constexpr char kFindFlight[] = R"sql(
  SELECT number, lease, title, category, season, price_cents, question, unit, ended_at_ms
  FROM xai_flight
  WHERE fence = ?1
)sql";

inline constexpr char kFlightNumber[] = "SELECT number FROM xai_flight WHERE fence = ?1";

inline constexpr char kStoreFailure[] = "UPDATE xai_flight SET failure = ?2 WHERE fence = ?1";

inline constexpr char kFailure[] = "SELECT failure FROM xai_flight WHERE number = ?1";

inline constexpr char kNewestFlight[] = "SELECT max(number) FROM xai_flight";

inline constexpr char kEndFlight[] = "UPDATE xai_flight SET ended_at_ms = ?2, ending = ?3 WHERE fence = ?1";

inline constexpr char kEndOpenFlights[] = R"sql(
  UPDATE xai_flight
  SET ended_at_ms = ?1, ending = 'void'
  WHERE ended_at_ms IS NULL
  RETURNING number
)sql";

// Ended flights go by age; open ones by number, since their answer may still come, whatever the clock said
// meanwhile. The newest row stays: no number is given twice.
inline constexpr char kForgetOldFlights[] = R"sql(
  DELETE FROM xai_flight
  WHERE number < (SELECT max(number) FROM xai_flight)
    AND (
      (ended_at_ms IS NOT NULL AND ended_at_ms < ?1)
      OR number < (SELECT max(number) FROM xai_flight) - ?2
    )
)sql";

// --- xai_pause -------------------------------------------------------------------------------------

// Columns as pause_in (pauses.cpp) reads them.
inline constexpr char kLoadPauses[] = R"sql(
  SELECT asker, reason, since_at_ms, lasts_ms, times, model, worker, others_answered, probe,
    probe_since_at_ms, probe_lasts_ms
  FROM xai_pause
  ORDER BY asker
)sql";

// A pause that begins or is prolonged has no probe any more.
inline constexpr char kPutPause[] = R"sql(
  INSERT INTO xai_pause (asker, reason, since_at_ms, lasts_ms, times, model, worker)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
  ON CONFLICT (asker) DO UPDATE
  SET others_answered = CASE
      WHEN xai_pause.reason = excluded.reason THEN xai_pause.others_answered
      ELSE 0
    END,
    reason = excluded.reason,
    since_at_ms = excluded.since_at_ms,
    lasts_ms = excluded.lasts_ms,
    times = excluded.times,
    model = excluded.model,
    worker = excluded.worker,
    probe = NULL,
    prober = NULL,
    probe_since_at_ms = NULL,
    probe_lasts_ms = NULL
)sql";

// ?1 is NULL for a caller that does not say with which key and model it asks.
inline constexpr char kTakeProbe[] = R"sql(
  UPDATE xai_pause
  SET probe = ?2, prober = ?3, probe_since_at_ms = ?4, probe_lasts_ms = ?5
  WHERE asker = ?1 OR (?1 IS NULL AND others_answered = 0)
)sql";

inline constexpr char kLeaveProbe[] = R"sql(
  UPDATE xai_pause
  SET probe = NULL, prober = NULL, probe_since_at_ms = NULL, probe_lasts_ms = NULL
  WHERE probe = ?1
)sql";

inline constexpr char kEndProbedPauses[] = "DELETE FROM xai_pause WHERE probe = ?1";

inline constexpr char kEndPausesOf[] = "DELETE FROM xai_pause WHERE asker = ?1";

// xAI answered this asker, so what a person had to put right is put right. A rate limit may still hold.
inline constexpr char kEndDisproved[] = "DELETE FROM xai_pause WHERE asker = ?1 AND reason <> 'rate_limited'";

inline constexpr char kNoteOthersAnswered[] = R"sql(
  UPDATE xai_pause
  SET others_answered = 1
  WHERE asker <> ?1 AND reason <> 'rate_limited' AND others_answered = 0
)sql";

inline constexpr char kEndPauses[] = "DELETE FROM xai_pause RETURNING asker";

inline constexpr char kForgetOldPauses[] = "DELETE FROM xai_pause WHERE since_at_ms + lasts_ms < ?1";

inline constexpr char kNotePauses[] = R"sql(
  UPDATE xai_quota
  SET paused = CASE WHEN EXISTS (SELECT 1 FROM xai_pause) THEN 1 ELSE 0 END
  WHERE id = 1
)sql";

// --- Retention -------------------------------------------------------------------------------------

// Of the ?3 verdicts after id ?1: the last id, and how many are old, stored before ?2 and, unless ?4 is
// NULL, by the model ?4.
inline constexpr char kNextVerdicts[] = R"sql(
  SELECT max(id), count(*) FILTER (WHERE stored_at_ms < ?2 AND (model = ?4 OR ?4 IS NULL))
  FROM (
    SELECT id, stored_at_ms, model
    FROM xai_verdict
    WHERE id > ?1
    ORDER BY id
    LIMIT ?3
  ) AS next_verdict
)sql";

inline constexpr char kForgetVerdicts[] = R"sql(
  DELETE FROM xai_verdict
  WHERE id > ?1 AND id <= ?2 AND stored_at_ms < ?3 AND (model = ?4 OR ?4 IS NULL)
  RETURNING id
)sql";

inline constexpr char kCountOldVerdicts[] = "SELECT count(*) FROM xai_verdict WHERE stored_at_ms < ?1";

// The days before ?1 that may be removed, with their counts of units and of usage rows. These stay: the day
// that the quota stands on; the day that a fresh database begins with; a day with a call that began after
// ?2, since its answer may still come; the day of the newest flight, whose number must not be given again.
inline constexpr char kOldDays[] = R"sql(
  SELECT d.date,
    (SELECT count(*) FROM xai_unit AS u WHERE u.date = d.date),
    (SELECT count(*) FROM xai_usage AS s WHERE s.date = d.date)
  FROM xai_day AS d
  WHERE d.date < ?1
    AND d.date > '1970-01-01'
    AND d.date <> (SELECT last_reset_date FROM xai_quota WHERE id = 1)
    AND d.date NOT IN (
      SELECT u.date
      FROM xai_flight AS f
      JOIN xai_unit AS u ON u.id = f.unit
      WHERE f.started_at_ms > ?2 OR f.number = (SELECT max(number) FROM xai_flight)
    )
  ORDER BY d.date
)sql";

// Negative counts first, so that what is left of the day never drops below zero.
inline constexpr char kUnitsOfDay[] = R"sql(
  SELECT id, kind, count
  FROM xai_unit
  WHERE date = ?1
  ORDER BY count, id
)sql";

inline constexpr char kFlightsOfDays[] = R"sql(
  SELECT u.date, f.number
  FROM xai_flight AS f
  JOIN xai_unit AS u ON u.id = f.unit
  WHERE u.date < ?1
  ORDER BY f.number
)sql";

inline constexpr char kForgetFlight[] = "DELETE FROM xai_flight WHERE number = ?1 RETURNING number";

inline constexpr char kForgetUnit[] = "DELETE FROM xai_unit WHERE id = ?1 RETURNING kind, count";

inline constexpr char kForgetUsage[] = "DELETE FROM xai_usage WHERE date = ?1 RETURNING model";

inline constexpr char kForgetDay[] = "DELETE FROM xai_day WHERE date = ?1 RETURNING date";

}  // namespace purser::xai::sql
