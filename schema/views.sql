-- The views for people. They hold no data; every `purser migrate up` drops them and makes them again.
-- Amounts are tokens, durations seconds, instants RFC 3339 UTC. Open the file read-only:
--   sqlite3 -readonly purser.db 'SELECT * FROM ops_keepa_balance'
-- The SQL here repeats the projection of the bucket on purpose, so that a shell without purser can see the present
-- balance; a test holds it equal to src/keepa/bucket.cpp over random states.

-- The instant that all other views use as now. (unixepoch('subsec') would need SQLite 3.42.)
CREATE VIEW ops_now AS
SELECT CAST(round((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER) AS now_ms;

-- Each account's bucket at this instant, in millitokens: refilled, with every expired reservation counted as spent.
CREATE VIEW ops_keepa_projection AS
WITH RECURSIVE
  -- the events up to now: the expiries in their order, and last the present instant itself
  event (account_id, n, at_ms, cost) AS (
    SELECT account_id, row_number() OVER (PARTITION BY account_id ORDER BY expires_at_ms, id), expires_at_ms, cost_millitokens
    FROM keepa_reservation, ops_now
    WHERE ended_at_ms IS NULL AND expires_at_ms <= now_ms
    UNION ALL
    SELECT a.id, 1 + (SELECT count(*) FROM keepa_reservation AS r
                      WHERE r.account_id = a.id AND r.ended_at_ms IS NULL AND r.expires_at_ms <= now_ms), now_ms, 0
    FROM keepa_account AS a, ops_now
  ),
  step (account_id, n, known, rate, capacity, balance, held, remainder, as_of_ms, next_tick_ms) AS (
    SELECT id, 0, known,
           max(0, refill_rate_millitokens_per_minute - flow_reduction_millitokens_per_minute),
           60 * max(0, refill_rate_millitokens_per_minute - flow_reduction_millitokens_per_minute),
           balance_millitokens, held_millitokens, refill_remainder, as_of_at_ms, next_tick_at_ms
    FROM keepa_account
    UNION ALL
    SELECT s.account_id, e.n, s.known, s.rate, s.capacity,
           s.balance - e.cost + CASE
             WHEN s.known = 0 OR e.at_ms <= s.as_of_ms OR s.rate = 0 OR s.balance >= s.capacity THEN 0
             WHEN s.next_tick_ms IS NULL THEN
               iif(s.rate * (e.at_ms - s.as_of_ms) + s.remainder >= (s.capacity - s.balance) * 60000,
                   s.capacity - s.balance, (s.rate * (e.at_ms - s.as_of_ms) + s.remainder) / 60000)
             WHEN e.at_ms < s.next_tick_ms THEN 0
             ELSE min(s.capacity - s.balance, (1 + (e.at_ms - s.next_tick_ms) / 60000) * s.rate)
           END,
           s.held - e.cost,
           CASE
             WHEN s.known = 0 OR e.at_ms <= s.as_of_ms THEN s.remainder
             WHEN s.next_tick_ms IS NOT NULL OR s.rate = 0 OR s.balance >= s.capacity
               OR s.rate * (e.at_ms - s.as_of_ms) + s.remainder >= (s.capacity - s.balance) * 60000 THEN 0
             ELSE (s.rate * (e.at_ms - s.as_of_ms) + s.remainder) % 60000
           END,
           iif(s.known = 0, s.as_of_ms, max(s.as_of_ms, e.at_ms)),
           CASE
             WHEN s.known = 0 THEN s.next_tick_ms
             -- an expiry spends from a bucket that is full, or less than one tick short of full
             WHEN e.cost > 0
               AND s.capacity - s.balance < s.rate * (1 + max(0, (e.at_ms - s.next_tick_ms + 60000) / 60000))
               THEN max(s.next_tick_ms, max(s.as_of_ms, e.at_ms) + 60000)
             WHEN e.at_ms <= s.as_of_ms OR e.at_ms < s.next_tick_ms THEN s.next_tick_ms
             ELSE s.next_tick_ms + (1 + (e.at_ms - s.next_tick_ms) / 60000) * 60000
           END
    FROM step AS s JOIN event AS e ON e.account_id = s.account_id AND e.n = s.n + 1
  )
SELECT a.id AS account_id, a.name AS account, s.known, s.balance, s.held, s.balance - s.held AS available, s.rate,
       s.capacity, s.remainder, s.as_of_ms, s.next_tick_ms, now_ms,
       -- how long until the next minute's tokens arrive, where the phase is known
       iif(now_ms >= s.as_of_ms AND s.next_tick_ms > now_ms, s.next_tick_ms - now_ms,
           iif((s.next_tick_ms - now_ms) % 60000 > 0, 0, 60000) + (s.next_tick_ms - now_ms) % 60000) AS next_tick_in_ms,
       a.observed_at_ms
FROM step AS s
JOIN keepa_account AS a ON a.id = s.account_id
JOIN event AS e ON e.account_id = s.account_id AND e.n = s.n
JOIN ops_now
WHERE s.n > 0 AND s.n = (SELECT max(n) FROM event WHERE account_id = s.account_id);

-- Start here: how much can be spent now, and how long until a waiting task of the standard policy is served.
CREATE VIEW ops_keepa_balance AS
SELECT p.account,
       iif(p.known, p.available / 1000.0, NULL) AS available,
       iif(p.known, p.balance / 1000.0, NULL) AS balance,
       p.held / 1000.0 AS held,
       p.threshold / 1000.0 AS threshold,
       p.target / 1000.0 AS target,
       CASE
         WHEN p.known = 0 THEN NULL
         WHEN p.available >= p.target THEN 0.0
         WHEN p.rate = 0 THEN NULL
         WHEN p.next_tick_ms IS NULL THEN
           (((p.target - p.available) * 60000 - p.remainder + p.rate - 1) / p.rate) / 1000.0
         ELSE (p.next_tick_in_ms + ((p.target - p.available + p.rate - 1) / p.rate - 1) * 60000) / 1000.0
       END AS seconds_until_target,
       p.rate / 1000.0 AS refill_per_minute,
       p.capacity / 1000.0 AS capacity,
       (SELECT count(*) FROM keepa_reservation AS r
        WHERE r.account_id = p.account_id AND r.ended_at_ms IS NULL AND r.expires_at_ms > p.now_ms) AS open_reservations,
       (SELECT count(*) FROM keepa_place AS q
        WHERE q.account_id = p.account_id AND p.now_ms <= min(q.asked_at_ms, p.now_ms) + q.live_ms) AS waiting_tasks,
       CASE
         WHEN p.known = 0 THEN 'unknown: run purser keepa observe'
         WHEN p.rate = 0 THEN 'no refill'
         WHEN p.observed_at_ms > p.now_ms THEN 'observed in the future: the clock went back'
         ELSE 'known'
       END AS state,
       strftime('%Y-%m-%dT%H:%M:%fZ', p.observed_at_ms / 1000.0, 'unixepoch') AS last_observed_at,
       (p.now_ms - p.observed_at_ms) / 1000.0 AS seconds_since_observation
FROM (SELECT j.*,
             -- while there is refill, threshold and target are each at most the capacity
             iif(j.rate > 0, min(coalesce(s.buffer_millitokens, s.threshold_millitokens), j.capacity),
                 coalesce(s.buffer_millitokens, s.threshold_millitokens)) AS threshold,
             iif(j.rate > 0, min(coalesce(s.buffer_millitokens, s.threshold_millitokens + s.margin_millitokens), j.capacity),
                 coalesce(s.buffer_millitokens, s.threshold_millitokens + s.margin_millitokens)) AS target
      FROM ops_keepa_projection AS j LEFT JOIN keepa_policy AS s ON s.name = 'standard') AS p;

-- The waiting tasks: what each waits for (its cost, granted once target is available), since when, at which place, and
-- when its turn is expected. A task that does not ask again loses its place at lapses_at.
CREATE VIEW ops_keepa_waiting AS
WITH
  live AS (
    SELECT q.*, p.account, p.available, p.rate, p.remainder, p.next_tick_ms, p.next_tick_in_ms, p.now_ms, p.known,
           min(q.asked_at_ms, p.now_ms) AS asked_ms,
           coalesce(own.patience_ms, standard.patience_ms, 0) AS patience_ms,
           CASE WHEN own.name IS NULL THEN standard.buffer_millitokens ELSE own.buffer_millitokens END AS buffer,
           NOT p.known OR q.target_millitokens <= max(p.available, p.capacity) AS reachable
    FROM keepa_place AS q JOIN ops_keepa_projection AS p ON p.account_id = q.account_id
    LEFT JOIN keepa_policy AS own ON own.name = q.task
    LEFT JOIN keepa_policy AS standard ON standard.name = 'standard'
    WHERE p.now_ms <= min(q.asked_at_ms, p.now_ms) + q.live_ms
  ),
  -- A place holds up those behind it unless no refill reaches its target. Nor does it hold them up while its target is
  -- reached and its task either still sleeps until the instant it was given, or is advised to skip and has let half its
  -- patience pass since then (all of it, if others were granted before it and it has asked again since).
  holding AS (
    SELECT live.*,
           reachable AND NOT (available >= target_millitokens
                              AND ((now_ms > asked_ms + patience_ms AND now_ms < asked_ms + live_ms - patience_ms)
                                   OR (buffer IS NOT NULL
                                       AND now_ms > min(coalesce(reached_at_ms, now_ms), now_ms)
                                                    + iif(passed = 2, patience_ms, patience_ms / 2)))) AS holds_up
    FROM live
  ),
  line AS (
    SELECT holding.*,
           row_number() OVER (PARTITION BY account_id ORDER BY id) AS place,
           target_millitokens + coalesce(sum(iif(holds_up, cost_millitokens, 0)) OVER before, 0) AS level
    FROM holding
    WINDOW before AS (PARTITION BY account_id ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
  ),
  forecast AS (
    SELECT line.*,
           max(level, coalesce(max(iif(holds_up, level, NULL)) OVER before, level)) - available AS needed
    FROM line
    WINDOW before AS (PARTITION BY account_id ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
  ),
  turn AS (
    SELECT forecast.*,
           CASE
             WHEN NOT reachable THEN NULL
             WHEN needed <= 0 THEN 0
             WHEN rate = 0 THEN NULL
             WHEN next_tick_ms IS NULL THEN (needed * 60000 - remainder + rate - 1) / rate
             ELSE next_tick_in_ms + ((needed + rate - 1) / rate - 1) * 60000
           END AS wait_ms
    FROM forecast
  )
SELECT account, place, task, cost_millitokens / 1000.0 AS cost, reason,
       target_millitokens / 1000.0 AS target,
       iif(known, available / 1000.0, NULL) AS available,
       max(now_ms - since_at_ms, 0) / 1000.0 AS seconds_waiting,
       wait_ms / 1000.0 AS seconds_until_turn,
       (now_ms - asked_ms) / 1000.0 AS seconds_since_asked,
       (asked_ms + live_ms - now_ms) / 1000.0 AS seconds_until_lapse,
       strftime('%Y-%m-%dT%H:%M:%fZ', (now_ms + wait_ms) / 1000.0, 'unixepoch') AS turn_expected_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', since_at_ms / 1000.0, 'unixepoch') AS waiting_since,
       strftime('%Y-%m-%dT%H:%M:%fZ', asked_ms / 1000.0, 'unixepoch') AS last_asked_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', (asked_ms + live_ms) / 1000.0, 'unixepoch') AS lapses_at,
       worker
FROM turn
ORDER BY account, place;

-- Grants that have not ended yet: how much each holds, for which task and worker, and when it counts as spent.
CREATE VIEW ops_keepa_reservations AS
SELECT a.name AS account, r.task, r.cost_millitokens / 1000.0 AS cost, r.kind, r.worker,
       (now_ms - r.created_at_ms) / 1000.0 AS age_seconds,
       (r.expires_at_ms - now_ms) / 1000.0 AS expires_in_seconds,
       strftime('%Y-%m-%dT%H:%M:%fZ', r.created_at_ms / 1000.0, 'unixepoch') AS created_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', r.expires_at_ms / 1000.0, 'unixepoch') AS expires_at,
       r.id AS reservation
FROM keepa_reservation AS r JOIN keepa_account AS a ON a.id = r.account_id JOIN ops_now
WHERE r.ended_at_ms IS NULL
ORDER BY r.created_at_ms, r.id;

-- Every movement with readable instants; the newest have the highest id.
CREATE VIEW ops_keepa_ledger AS
SELECT l.id, strftime('%Y-%m-%dT%H:%M:%fZ', l.at_ms / 1000.0, 'unixepoch') AS at, a.name AS account, l.kind,
       l.balance_change_millitokens / 1000.0 AS balance_change,
       l.held_change_millitokens / 1000.0 AS held_change,
       l.balance_millitokens / 1000.0 AS balance,
       l.held_millitokens / 1000.0 AS held,
       (l.balance_millitokens - l.held_millitokens) / 1000.0 AS available,
       l.task, l.worker, l.reservation
FROM keepa_ledger AS l JOIN keepa_account AS a ON a.id = l.account_id;

-- What calls of each kind really cost, beside what was reserved for them, over the latest 1000 calls whose settlement
-- stated the cost. The steps from kind to kind and the latest calls of each kind are read through an index, so the view
-- stays quick however long the ledger is.
CREATE VIEW ops_keepa_kinds AS
WITH RECURSIVE
  kind (account_id, account, now_ms, name) AS (
    SELECT a.id, a.name, now_ms,
           (SELECT min(r.kind) FROM keepa_reservation AS r
            WHERE r.account_id = a.id AND r.kind IS NOT NULL
              AND (r.consumed_millitokens > 0 OR r.consumed_millitokens = r.cost_millitokens))
    FROM keepa_account AS a JOIN ops_now
    UNION ALL
    SELECT k.account_id, k.account, k.now_ms,
           (SELECT min(r.kind) FROM keepa_reservation AS r
            WHERE r.account_id = k.account_id AND r.kind > k.name
              AND (r.consumed_millitokens > 0 OR r.consumed_millitokens = r.cost_millitokens))
    FROM kind AS k WHERE k.name IS NOT NULL
  )
SELECT k.account, k.name AS kind, count(*) AS calls,
       -- the mean cost, rounded up to a thousandth
       (sum(r.consumed_millitokens) + count(*) - 1) / count(*) / 1000.0 AS mean,
       max(r.consumed_millitokens) / 1000.0 AS max,
       (sum(r.cost_millitokens) + count(*) - 1) / count(*) / 1000.0 AS reserved_mean,
       iif(sum(r.cost_millitokens) > 0, round(100.0 * sum(r.consumed_millitokens) / sum(r.cost_millitokens)), NULL)
         AS percent_of_reserved,
       strftime('%Y-%m-%dT%H:%M:%fZ', max(r.ended_at_ms) / 1000.0, 'unixepoch') AS last_at
FROM kind AS k
CROSS JOIN keepa_reservation AS r ON r.id IN (
  SELECT w.id FROM keepa_reservation AS w
  WHERE w.account_id = k.account_id AND w.kind = k.name AND w.ended_at_ms <= k.now_ms
    AND (w.consumed_millitokens > 0 OR w.consumed_millitokens = w.cost_millitokens)
  ORDER BY w.ended_at_ms DESC, w.id DESC LIMIT 1000)
GROUP BY k.account_id, k.name
ORDER BY k.account, k.name;

-- The policy that decides each task's requests; a task without a row of its own follows 'standard'.
CREATE VIEW ops_keepa_policies AS
SELECT name,
       threshold_millitokens / 1000.0 AS threshold,
       margin_millitokens / 1000.0 AS margin,
       buffer_millitokens / 1000.0 AS buffer,
       max_deficit_millitokens / 1000.0 AS max_deficit,
       patience_ms / 1000.0 AS patience_seconds
FROM keepa_policy
ORDER BY name;

-- xAI's quota: the day that is counted, when it ends, and how much is left. After its end the next call begins a new
-- day; the view shows that day as it will be, with its date and end where the quota's zone is UTC (SQL knows no other).
CREATE VIEW ops_xai_quota AS
SELECT CASE
         WHEN NOT q.over THEN q.last_reset_date
         WHEN q.time_zone = 'UTC' THEN strftime('%Y-%m-%d', now_ms / 1000.0, 'unixepoch')
         ELSE 'a new day'
       END AS date,
       iif(q.over, 0, d.calls_today) AS calls_today,
       q.daily_limit,
       max(q.daily_limit - iif(q.over, 0, d.calls_today), 0) AS remaining,
       iif(q.over, 0, d.bypass_calls) AS bypass_calls,
       -- how often a caller used the safe assumption in place of a verdict
       iif(q.over, 0, d.assumed) AS assumed,
       CASE
         WHEN q.over THEN 'a new day begins with the next call'
         WHEN q.day_ends_at_ms - now_ms > 180000000 THEN 'the day is in the future: see purser xai set-day'
         WHEN q.no_credits THEN 'stopped: xAI has no credits left'
         WHEN d.calls_today >= q.daily_limit THEN 'the limit is reached'
         WHEN EXISTS (SELECT 1 FROM xai_pause AS p WHERE p.since_at_ms <= now_ms AND now_ms < p.since_at_ms + p.lasts_ms
                        AND NOT p.others_answered)
           THEN 'paused: see ops_xai_pauses'
         ELSE 'open'
       END AS state,
       q.time_zone,
       strftime('%Y-%m-%dT%H:%M:%fZ', q.ends_ms / 1000.0, 'unixepoch') AS day_ends_at,
       max(q.ends_ms - now_ms, 0) / 1000.0 AS seconds_until_next_day
FROM (SELECT xai_quota.*, now_ms, now_ms >= day_ends_at_ms AS over,
             iif(now_ms >= day_ends_at_ms AND time_zone = 'UTC', (now_ms / 86400000 + 1) * 86400000, day_ends_at_ms)
               AS ends_ms
      FROM xai_quota JOIN ops_now) AS q
JOIN xai_day AS d ON d.date = q.last_reset_date;

-- The pauses: until when no worker asks xAI with one key and model, why, and what to do. Once a pause is over, one call
-- probes whether xAI answers again.
CREATE VIEW ops_xai_pauses AS
SELECT reason,
       CASE
         WHEN since_at_ms <= now_ms AND now_ms < since_at_ms + lasts_ms
           THEN iif(others_answered, 'paused for this key and model alone', 'paused')
         WHEN probe_since_at_ms <= now_ms AND now_ms < probe_since_at_ms + probe_lasts_ms THEN 'somebody probes'
         ELSE 'over: the next call probes'
       END AS state,
       CASE reason
         WHEN 'rate_limited' THEN 'wait, or purser xai resume'
         WHEN 'wrong_key' THEN 'set XAI_API_KEY to a valid key for all workers'
         WHEN 'no_permission' THEN 'look at the permissions of the API key at xAI'
         ELSE 'set XAI_MODEL to a model that xAI has, for all workers'
       END AS what_to_do,
       strftime('%Y-%m-%dT%H:%M:%fZ', (since_at_ms + lasts_ms) / 1000.0, 'unixepoch') AS until_at,
       max(since_at_ms + lasts_ms - now_ms, 0) / 1000.0 AS seconds_left,
       times AS times_in_a_row, model, worker,
       strftime('%Y-%m-%dT%H:%M:%fZ', since_at_ms / 1000.0, 'unixepoch') AS since_at,
       prober, substr(asker, 1, 8) AS key_and_model
FROM xai_pause JOIN ops_now
ORDER BY since_at_ms + lasts_ms DESC, asker;

-- Every day's figures. assumed: how often a caller used the safe assumption in place of a verdict.
CREATE VIEW ops_xai_days AS
SELECT date, calls_today AS calls, bypass_calls, assumed, cache_hits, cache_misses,
       iif(cache_hits + cache_misses > 0, round(100.0 * cache_hits / (cache_hits + cache_misses), 1), NULL) AS hit_percent
FROM xai_day
WHERE date > '1970-01-01'
ORDER BY date;

-- What the answers of each day used, by model. cost_usd is a floating-point number, easy to sum; cost_usd_ticks
-- (10,000,000,000 are a dollar) is exact. Both are lower bounds where calls_without_cost is not 0.
CREATE VIEW ops_xai_usage AS
SELECT date, model, calls, prompt_tokens, cached_prompt_tokens, completion_tokens, reasoning_tokens, total_tokens,
       cost_usd_ticks, cost_usd_ticks / 10000000000.0 AS cost_usd,
       calls_without_cost
FROM xai_usage
ORDER BY date, model;

-- Every unit that was counted, with its purpose and worker; the newest last.
CREATE VIEW ops_xai_units AS
SELECT date, strftime('%Y-%m-%dT%H:%M:%fZ', at_ms / 1000.0, 'unixepoch') AS at, kind, count, purpose, worker,
       strftime('%Y-%m-%dT%H:%M:%fZ', released_at_ms / 1000.0, 'unixepoch') AS released_at, id AS grant_id
FROM xai_unit
ORDER BY at_ms, id;

-- What the cache holds, by the question asked. refused: how many xAI refused for their content within the last 30 days;
-- these are not sent to xAI again until the 30 days are over.
CREATE VIEW ops_xai_cache AS
SELECT question, count(verdict) AS entries, coalesce(sum(verdict), 0) AS yes, coalesce(sum(1 - verdict), 0) AS no,
       strftime('%Y-%m-%dT%H:%M:%fZ', min(iif(verdict IS NULL, NULL, stored_at_ms)) / 1000.0, 'unixepoch') AS oldest_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', max(iif(verdict IS NULL, NULL, stored_at_ms)) / 1000.0, 'unixepoch') AS newest_at,
       coalesce(sum(abs(now_ms - refused_at_ms) <= 2592000000), 0) AS refused
FROM xai_verdict JOIN ops_now
GROUP BY question
ORDER BY question;

-- What the cache holds, by the model that gave the verdicts (NULL: imported, or not recorded).
CREATE VIEW ops_xai_models AS
SELECT model, count(verdict) AS entries, coalesce(sum(verdict), 0) AS yes, coalesce(sum(1 - verdict), 0) AS no,
       strftime('%Y-%m-%dT%H:%M:%fZ', max(iif(verdict IS NULL, NULL, stored_at_ms)) / 1000.0, 'unixepoch') AS newest_at
FROM xai_verdict
GROUP BY model
ORDER BY model;

-- The flights: which worker is asking xAI now, which question, and when another worker may take over.
CREATE VIEW ops_xai_flights AS
SELECT f.title, f.category, f.season, printf('%.2f', f.price_cents / 100.0) AS price, f.question, f.worker,
       (now_ms - f.started_at_ms) / 1000.0 AS age_seconds,
       (min(l.taken_at_ms, now_ms) + l.live_ms - now_ms) / 1000.0 AS lapses_in_seconds,
       iif(now_ms < min(l.taken_at_ms, now_ms) + l.live_ms, 'asking', 'lapsed') AS state,
       f.fence AS flight
FROM xai_flight AS f JOIN lease AS l ON l.name = f.lease AND l.fence = f.fence JOIN ops_now
WHERE f.ended_at_ms IS NULL
ORDER BY f.started_at_ms, f.number;

-- The sellers of Amazon's SP-API: everything that is known of their credentials and tokens except the sealed values,
-- and what to do. Credentials of an environment appear after their first use, by their fingerprint alone.
CREATE VIEW ops_spapi_sellers AS
WITH
  seller (name, account, source, seller_id, region, key_id, version, changed_at_ms, secret_made_at_ms) AS (
    SELECT 'database ' || account, account, 'database', seller_id, region, key_id, version, changed_at_ms,
           secret_made_at_ms
    FROM spapi_credential
    UNION ALL
    SELECT name, 'default', 'environment', NULL, NULL, key_id, NULL, NULL, NULL
    FROM spapi_access WHERE source = 'environment'
  ),
  known AS (
    SELECT s.*, max((now_ms - s.secret_made_at_ms) / 86400000, 0) AS secret_age_days,
           coalesce(a.state, 'ok') AS state, coalesce(a.environment, 'unknown') AS environment, a.environment_reason,
           a.probed_at_ms, a.token_id, a.refreshed_at_ms, a.expires_at_ms, coalesce(a.failures, 0) AS failures,
           -- an instant further ahead than any back-off (60 s) means that the clock went back: no back-off then
           iif(a.next_try_at_ms - now_ms BETWEEN 1 AND 60000, a.next_try_at_ms, NULL) AS next_try_at_ms, a.last_error,
           a.last_error_at_ms,
           iif(now_ms < min(l.taken_at_ms, now_ms) + l.live_ms, l.holder, NULL) AS refreshing, now_ms
    FROM seller AS s LEFT JOIN spapi_access AS a ON a.name = s.name LEFT JOIN lease AS l ON l.name = 'spapi ' || s.name
    JOIN ops_now
  )
SELECT account, source, seller_id, region, environment, state,
       CASE
         WHEN state = 'needs_authorization' THEN 'authorise the application again, then purser spapi set'
         WHEN state = 'misconfigured' THEN 'check client id and client secret, then purser spapi set'
         WHEN environment = 'sandbox' THEN 'credentials of a sandbox application, as it seems, or without the roles: see environment_reason'
         WHEN environment = 'neither' THEN 'do what environment_reason says, then purser spapi probe'
         WHEN secret_age_days >= 180 THEN 'the client secret is too old: make a new one, then purser spapi set'
         WHEN secret_age_days >= 173 THEN 'urgent: Amazon refuses the client secret within 7 days, make a new one'
         WHEN secret_age_days >= 150 THEN 'Amazon refuses the client secret within 30 days: make a new one'
         WHEN secret_age_days >= 90 THEN 'a new client secret is due within 90 days'
         WHEN next_try_at_ms IS NOT NULL THEN 'nothing: the next refresh is tried soon'
         ELSE 'nothing'
       END AS what_to_do,
       strftime('%Y-%m-%dT%H:%M:%fZ', expires_at_ms / 1000.0, 'unixepoch') AS access_token_expires_at,
       (expires_at_ms - now_ms) / 1000.0 AS access_token_expires_in_seconds,
       token_id,
       strftime('%Y-%m-%dT%H:%M:%fZ', refreshed_at_ms / 1000.0, 'unixepoch') AS refreshed_at,
       refreshing, failures,
       strftime('%Y-%m-%dT%H:%M:%fZ', next_try_at_ms / 1000.0, 'unixepoch') AS next_try_at,
       last_error,
       strftime('%Y-%m-%dT%H:%M:%fZ', last_error_at_ms / 1000.0, 'unixepoch') AS last_error_at,
       secret_age_days,
       strftime('%Y-%m-%dT%H:%M:%fZ', secret_made_at_ms / 1000.0, 'unixepoch') AS secret_made_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', changed_at_ms / 1000.0, 'unixepoch') AS changed_at,
       version, key_id, environment_reason,
       strftime('%Y-%m-%dT%H:%M:%fZ', probed_at_ms / 1000.0, 'unixepoch') AS probed_at,
       name
FROM known
ORDER BY account, source, name;

-- The usage plans: how far ahead requests have been given slots, and whether a 429 has stopped all requests.
CREATE VIEW ops_spapi_pace AS
SELECT name, operation,
       strftime('%Y-%m-%dT%H:%M:%fZ', due_at_ms / 1000.0, 'unixepoch') AS due_at,
       max(due_at_ms - now_ms, 0) / 1000.0 AS due_in_seconds,
       strftime('%Y-%m-%dT%H:%M:%fZ', paused_until_ms / 1000.0, 'unixepoch') AS paused_until,
       max(coalesce(paused_until_ms, now_ms) - now_ms, 0) / 1000.0 AS paused_for_seconds,
       -- the rate that Amazon has stated; NULL: none, so the rate of its documentation applies
       round(1000.0 / interval_ms, 4) AS requests_per_second
FROM spapi_pace JOIN ops_now
ORDER BY name, operation;
