-- A database of schema 2 as the purser of that time wrote it, with rows of every table. Read by stored_database.h.
PRAGMA application_id = 1349874291;
PRAGMA user_version = 2;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE schema_migration (
  version INTEGER NOT NULL PRIMARY KEY CHECK (version > 0),
  name TEXT NOT NULL,
  checksum TEXT NOT NULL CHECK (length(checksum) = 64),
  applied_at_ms INTEGER NOT NULL
) STRICT;
INSERT INTO schema_migration VALUES(1,'keepa','9caeeb970f70b7ba7937362a47ff146280ea7186def1d8c8ba6c0198fc0edc9d',1767258060057);
INSERT INTO schema_migration VALUES(2,'xai','6ddd9a805711fd166978aaae826f69d7c1afc9176b3294602946ec8a66ff10ce',1767258060057);
CREATE TABLE database_setting (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  durability TEXT NOT NULL CHECK (durability IN ('full', 'normal')),
  created_at_ms INTEGER NOT NULL
) STRICT;
INSERT INTO database_setting VALUES(1,'full',1767258060057);
CREATE TABLE keepa_policy (
  name TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 200),
  threshold_millitokens INTEGER CHECK (threshold_millitokens BETWEEN 0 AND 1000000000),
  margin_millitokens INTEGER CHECK (margin_millitokens BETWEEN 0 AND 1000000000),
  buffer_millitokens INTEGER CHECK (buffer_millitokens BETWEEN 0 AND 1000000000),
  max_deficit_millitokens INTEGER CHECK (max_deficit_millitokens BETWEEN 0 AND 1000000000),
  patience_ms INTEGER NOT NULL CHECK (patience_ms BETWEEN 0 AND 2592000000),
  CHECK ((threshold_millitokens IS NULL) = (margin_millitokens IS NULL)),
  CHECK ((threshold_millitokens IS NULL) <> (buffer_millitokens IS NULL)),
  CHECK (buffer_millitokens IS NULL OR max_deficit_millitokens IS NULL)
) STRICT, WITHOUT ROWID;
INSERT INTO keepa_policy VALUES('backfiller',50000,5000,NULL,NULL,60000);
INSERT INTO keepa_policy VALUES('scraper',30000,10000,NULL,100000,60000);
INSERT INTO keepa_policy VALUES('standard',50000,5000,NULL,NULL,60000);
INSERT INTO keepa_policy VALUES('upserter',NULL,NULL,20000,NULL,1200000);
CREATE TABLE keepa_account (
  id INTEGER NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
  known INTEGER NOT NULL CHECK (known IN (0, 1)),
  balance_millitokens INTEGER NOT NULL,
  held_millitokens INTEGER NOT NULL CHECK (held_millitokens >= 0),
  -- what is left of a millitoken after continuous refill, in 1/60000
  refill_remainder INTEGER NOT NULL CHECK (refill_remainder BETWEEN 0 AND 59999),
  as_of_at_ms INTEGER NOT NULL,
  refill_rate_millitokens_per_minute INTEGER NOT NULL CHECK (refill_rate_millitokens_per_minute >= 0),
  flow_reduction_millitokens_per_minute INTEGER NOT NULL CHECK (flow_reduction_millitokens_per_minute >= 0),
  -- stepped refill: when the next minute's tokens come; NULL while the phase is not known (continuous)
  next_tick_at_ms INTEGER CHECK (next_tick_at_ms > as_of_at_ms),
  observed_at_ms INTEGER,
  observed_server_at_ms INTEGER,
  observed_balance_millitokens INTEGER,
  api_key_fingerprint TEXT,
  CHECK (next_tick_at_ms IS NULL OR refill_remainder = 0),
  CHECK (known = 0 OR (observed_at_ms IS NOT NULL AND observed_balance_millitokens IS NOT NULL))
) STRICT;
INSERT INTO keepa_account VALUES(1,'default',1,209000,190000,20500,1767258480008,5000,900,NULL,1767258480003,1767259000000,221000,NULL);
CREATE TABLE keepa_reservation (
  id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32 AND id NOT GLOB '*[^0-9a-f]*'),
  account_id INTEGER NOT NULL REFERENCES keepa_account (id),
  task TEXT NOT NULL,
  worker TEXT NOT NULL,
  kind TEXT,
  cost_millitokens INTEGER NOT NULL CHECK (cost_millitokens BETWEEN 0 AND 1000000000),
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  lifetime_ms INTEGER NOT NULL CHECK (lifetime_ms BETWEEN 1 AND 3600000),
  idempotency_key TEXT,
  ended_at_ms INTEGER,
  ending TEXT CHECK (ending IN ('settle', 'release', 'expire', 'void')),
  consumed_millitokens INTEGER CHECK (consumed_millitokens >= 0),
  CHECK ((ended_at_ms IS NULL) = (ending IS NULL)),
  CHECK (consumed_millitokens IS NULL OR ending IS NOT NULL)
) STRICT, WITHOUT ROWID;
INSERT INTO keepa_reservation VALUES('019b78ccb40ca323c8f2075330188fd4',1,'backfiller','host:44','product',20000,1767258240012,1767258840012,600000,'night-1',1767258240012,'settle',31000);
INSERT INTO keepa_reservation VALUES('019b78cd9e6f540d3aa54e05f442d2eb',1,'backfiller','host:45','product',20000,1767258300015,1767258900015,600000,NULL,1767258300008,'settle',20000);
INSERT INTO keepa_reservation VALUES('019b78ce88d8d5e2844993020b1e93ad',1,'upserter','host:46','query',7000,1767258360024,1767258960024,600000,NULL,1767258360011,'release',0);
INSERT INTO keepa_reservation VALUES('019b78cf7323bba9951aaae90f6bca94',1,'upserter','host:47',NULL,40000,1767258420003,1767262020003,3600000,'noon',NULL,NULL,NULL);
INSERT INTO keepa_reservation VALUES('019b78cf7328a26f9a095644fbe4e9ec',1,'scraper','host:47','query',12000,1767258420008,1767258480008,60000,NULL,1767258480008,'expire',NULL);
INSERT INTO keepa_reservation VALUES('019b78cf73302c7322ec68fac09b07bd',1,'backfiller','host:47','product',150000,1767258420016,1767262020003,3600000,NULL,NULL,NULL,NULL);
CREATE TABLE keepa_place (
  id INTEGER NOT NULL PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES keepa_account (id),
  task TEXT NOT NULL,
  worker TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (reason IN ('threshold', 'buffer', 'max_deficit', 'queued')),
  cost_millitokens INTEGER NOT NULL CHECK (cost_millitokens BETWEEN 1 AND 1000000000),
  target_millitokens INTEGER NOT NULL,
  since_at_ms INTEGER NOT NULL,
  -- the last time that any worker of the task asked, and how long this keeps the place
  asked_at_ms INTEGER NOT NULL,
  live_ms INTEGER NOT NULL CHECK (live_ms >= 0),
  UNIQUE (account_id, task)
) STRICT;
INSERT INTO keepa_place VALUES(1,1,'Préis|скан','host:49','threshold',90000,55000,1767258540003,1767258540003,526830);
INSERT INTO keepa_place VALUES(2,1,'backfiller','host:410','queued',60000,55000,1767258600006,1767258600006,1783900);
INSERT INTO keepa_place VALUES(3,1,'upserter','host:411','queued',30000,50000,1767258660016,1767258660016,3668768);
CREATE TABLE keepa_unknown_task (
  account_id INTEGER NOT NULL REFERENCES keepa_account (id),
  task TEXT NOT NULL,
  first_seen_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account_id, task)
) STRICT, WITHOUT ROWID;
INSERT INTO keepa_unknown_task VALUES(1,'Préis|скан',1767258540003);
CREATE TABLE keepa_ledger (
  id INTEGER NOT NULL PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES keepa_account (id),
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL
    CHECK (kind IN ('open', 'refill', 'hold', 'settle', 'release', 'expire', 'drift', 'carry', 'void')),
  balance_change_millitokens INTEGER NOT NULL,
  held_change_millitokens INTEGER NOT NULL,
  balance_millitokens INTEGER NOT NULL,
  held_millitokens INTEGER NOT NULL CHECK (held_millitokens >= 0),
  task TEXT,
  worker TEXT,
  reservation TEXT,
  CHECK (kind <> 'hold' OR (balance_change_millitokens = 0 AND held_change_millitokens >= 0)),
  CHECK (kind NOT IN ('settle', 'release', 'expire') OR (balance_change_millitokens <= 0 AND held_change_millitokens <= 0)),
  CHECK (kind <> 'release' OR balance_change_millitokens = 0),
  CHECK (kind <> 'expire' OR balance_change_millitokens = held_change_millitokens),
  CHECK (kind NOT IN ('open', 'refill', 'drift') OR held_change_millitokens = 0),
  CHECK (kind <> 'refill' OR balance_change_millitokens > 0),
  CHECK ((kind IN ('hold', 'settle', 'release', 'expire')) = (reservation IS NOT NULL) OR kind = 'void')
) STRICT;
INSERT INTO keepa_ledger VALUES(1,1,1767258180012,'open',290000,0,290000,0,NULL,'host:43',NULL);
INSERT INTO keepa_ledger VALUES(2,1,1767258240012,'hold',0,20000,290000,20000,'backfiller','host:44','019b78ccb40ca323c8f2075330188fd4');
INSERT INTO keepa_ledger VALUES(3,1,1767258240012,'settle',-31000,-20000,259000,0,'backfiller','host:44','019b78ccb40ca323c8f2075330188fd4');
INSERT INTO keepa_ledger VALUES(4,1,1767258300015,'hold',0,20000,259000,20000,'backfiller','host:45','019b78cd9e6f540d3aa54e05f442d2eb');
INSERT INTO keepa_ledger VALUES(5,1,1767258300008,'settle',-20000,-20000,239000,0,'backfiller','host:45','019b78cd9e6f540d3aa54e05f442d2eb');
INSERT INTO keepa_ledger VALUES(6,1,1767258360024,'refill',4100,0,243100,0,NULL,NULL,NULL);
INSERT INTO keepa_ledger VALUES(7,1,1767258360024,'hold',0,7000,243100,7000,'upserter','host:46','019b78ce88d8d5e2844993020b1e93ad');
INSERT INTO keepa_ledger VALUES(8,1,1767258360011,'release',0,-7000,243100,0,'upserter','host:46','019b78ce88d8d5e2844993020b1e93ad');
INSERT INTO keepa_ledger VALUES(9,1,1767258420008,'refill',2900,0,246000,0,NULL,NULL,NULL);
INSERT INTO keepa_ledger VALUES(10,1,1767258420008,'hold',0,12000,246000,12000,'scraper','host:47','019b78cf7328a26f9a095644fbe4e9ec');
INSERT INTO keepa_ledger VALUES(11,1,1767258420016,'hold',0,150000,246000,162000,'backfiller','host:47','019b78cf73302c7322ec68fac09b07bd');
INSERT INTO keepa_ledger VALUES(12,1,1767258420003,'hold',0,40000,246000,202000,'upserter','host:47','019b78cf7323bba9951aaae90f6bca94');
INSERT INTO keepa_ledger VALUES(13,1,1767258480003,'drift',-25000,0,221000,202000,NULL,'host:48',NULL);
INSERT INTO keepa_ledger VALUES(14,1,1767258480008,'expire',-12000,-12000,209000,190000,'scraper','host:47','019b78cf7328a26f9a095644fbe4e9ec');
CREATE TABLE lease (
  name TEXT NOT NULL PRIMARY KEY,
  fence TEXT NOT NULL,
  holder TEXT NOT NULL,
  taken_at_ms INTEGER NOT NULL,
  live_ms INTEGER NOT NULL CHECK (live_ms > 0)
) STRICT, WITHOUT ROWID;
INSERT INTO lease VALUES('xai 0e5084d5566410d4','019b78d985544fd7ac566fd8fed37981','host:418',1767259080020,610000);
CREATE TABLE xai_quota (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  daily_limit INTEGER NOT NULL CHECK (daily_limit BETWEEN 0 AND 1000000000),
  time_zone TEXT NOT NULL CHECK (length(time_zone) BETWEEN 1 AND 100),
  last_reset_date TEXT NOT NULL REFERENCES xai_day (date),
  day_ends_at_ms INTEGER NOT NULL,
  -- xAI said that the credits are used up: nothing is granted until the next day, or until `purser xai limit`
  no_credits INTEGER NOT NULL CHECK (no_credits IN (0, 1))
) STRICT;
INSERT INTO xai_quota VALUES(1,50,'UTC','2026-01-01',1767312000000,0);
CREATE TABLE xai_day (
  date TEXT NOT NULL PRIMARY KEY CHECK (date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  calls_today INTEGER NOT NULL CHECK (calls_today >= 0),
  bypass_calls INTEGER NOT NULL CHECK (bypass_calls >= 0),
  cache_hits INTEGER NOT NULL CHECK (cache_hits >= 0),
  cache_misses INTEGER NOT NULL CHECK (cache_misses >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO xai_day VALUES('1970-01-01',0,0,0,0);
INSERT INTO xai_day VALUES('2026-01-01',4,1,0,3);
CREATE TABLE xai_unit (
  id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32 AND id NOT GLOB '*[^0-9a-f]*'),
  date TEXT NOT NULL REFERENCES xai_day (date),
  kind TEXT NOT NULL CHECK (kind IN ('call', 'bypass', 'stated')),
  count INTEGER NOT NULL,
  purpose TEXT,
  worker TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  released_at_ms INTEGER,
  CHECK (kind = 'stated' OR count IN (0, 1)),
  CHECK (released_at_ms IS NULL OR (kind = 'call' AND count = 0))
) STRICT, WITHOUT ROWID;
INSERT INTO xai_unit VALUES('019b78d4f167a036dc05b634bc6439ce','2026-01-01','call',1,'lookup','host:413',1767258780007,NULL);
INSERT INTO xai_unit VALUES('019b78d5dbd0d4b984559b6b4473ca89','2026-01-01','call',0,'never-sent','host:414',1767258840016,1767258840003);
INSERT INTO xai_unit VALUES('019b78d6c62504a11c57d30ed947fca3','2026-01-01','bypass',1,'learning','host:415',1767258900005,NULL);
INSERT INTO xai_unit VALUES('019b78d7b098c955ee45ad22c5f96b64','2026-01-01','call',1,'price_reasonable','host:416',1767258960024,NULL);
INSERT INTO xai_unit VALUES('019b78d89afc4cb061950e7c8542a97e','2026-01-01','call',1,'price_reasonable','host:417',1767259020028,NULL);
INSERT INTO xai_unit VALUES('019b78d98554e1d58e7f0e261f79732c','2026-01-01','call',1,'price_reasonable','host:418',1767259080020,NULL);
CREATE TABLE xai_verdict (
  id INTEGER NOT NULL PRIMARY KEY,
  question TEXT NOT NULL,
  title TEXT NOT NULL,
  category TEXT NOT NULL,
  season TEXT NOT NULL,
  price_cents INTEGER NOT NULL CHECK (price_cents BETWEEN 0 AND 100000000000),
  verdict INTEGER NOT NULL CHECK (verdict IN (0, 1)),
  stored_at_ms INTEGER NOT NULL,
  flight INTEGER
) STRICT;
INSERT INTO xai_verdict VALUES(895067497741802266,'price_reasonable','Eragon | Band 1','Bücher','winter',4990,0,1767258960003,1);
INSERT INTO xai_verdict VALUES(3045930101777341936,'price_reasonable','It''s "fine"','x','y',0,1,1767259140024,3);
CREATE TABLE xai_flight (
  number INTEGER NOT NULL PRIMARY KEY,
  fence TEXT NOT NULL UNIQUE CHECK (length(fence) = 32 AND fence NOT GLOB '*[^0-9a-f]*'),
  lease TEXT NOT NULL,
  question TEXT NOT NULL,
  title TEXT NOT NULL,
  category TEXT NOT NULL,
  season TEXT NOT NULL,
  price_cents INTEGER NOT NULL CHECK (price_cents BETWEEN 0 AND 100000000000),
  unit TEXT NOT NULL REFERENCES xai_unit (id),
  worker TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL,
  ended_at_ms INTEGER,
  ending TEXT CHECK (ending IN ('answer', 'abandon', 'void')),
  CHECK ((ended_at_ms IS NULL) = (ending IS NULL))
) STRICT;
INSERT INTO xai_flight VALUES(1,'019b78d7b0987668623c333bbd37327d','xai 0c6beb259ce5db1a','price_reasonable','Eragon | Band 1','Bücher','winter',4990,'019b78d7b098c955ee45ad22c5f96b64','host:416',1767258960024,1767258960003,'answer');
INSERT INTO xai_flight VALUES(2,'019b78d89afc88154c1981579d0cc1e5','xai 03944babb83a84c2','price_reasonable','Momo','Bücher','summer',1200,'019b78d89afc4cb061950e7c8542a97e','host:417',1767259020028,1767259020023,'abandon');
INSERT INTO xai_flight VALUES(3,'019b78d985544fd7ac566fd8fed37981','xai 0e5084d5566410d4','price_reasonable','Krabat','','winter',850,'019b78d98554e1d58e7f0e261f79732c','host:418',1767259080020,NULL,NULL);
CREATE INDEX keepa_reservation_open ON keepa_reservation (account_id, expires_at_ms) WHERE ended_at_ms IS NULL;
CREATE UNIQUE INDEX keepa_reservation_idempotency ON keepa_reservation (account_id, idempotency_key)
  WHERE idempotency_key IS NOT NULL;
CREATE TRIGGER keepa_ledger_append_only BEFORE UPDATE ON keepa_ledger
BEGIN
  SELECT RAISE(ABORT, 'keepa_ledger is append-only');
END;
CREATE INDEX xai_unit_by_date ON xai_unit (date);
CREATE INDEX xai_flight_by_start ON xai_flight (started_at_ms);
CREATE VIEW ops_now AS
SELECT CAST(round((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER) AS now_ms;
CREATE VIEW ops_keepa_projection AS
WITH RECURSIVE
  -- what happens up to now: expiries in their order, and last the present itself
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
           iif(s.known = 0 OR e.at_ms <= s.as_of_ms OR e.at_ms < s.next_tick_ms, s.next_tick_ms,
               s.next_tick_ms + (1 + (e.at_ms - s.next_tick_ms) / 60000) * 60000)
    FROM step AS s JOIN event AS e ON e.account_id = s.account_id AND e.n = s.n + 1
  )
SELECT a.id AS account_id, a.name AS account, s.known, s.balance, s.held, s.balance - s.held AS available, s.rate,
       s.capacity, s.remainder, s.as_of_ms, s.next_tick_ms, now_ms,
       -- how long until the next minute's tokens, where the phase is known
       iif((s.next_tick_ms - now_ms) % 60000 > 0, 0, 60000) + (s.next_tick_ms - now_ms) % 60000 AS next_tick_in_ms,
       a.observed_at_ms
FROM step AS s
JOIN keepa_account AS a ON a.id = s.account_id
JOIN event AS e ON e.account_id = s.account_id AND e.n = s.n
JOIN ops_now
WHERE s.n > 0 AND s.n = (SELECT max(n) FROM event WHERE account_id = s.account_id)
;
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
             -- threshold and target are each at most capacity, while there is refill
             iif(j.rate > 0, min(coalesce(s.buffer_millitokens, s.threshold_millitokens), j.capacity),
                 coalesce(s.buffer_millitokens, s.threshold_millitokens)) AS threshold,
             iif(j.rate > 0, min(coalesce(s.buffer_millitokens, s.threshold_millitokens + s.margin_millitokens), j.capacity),
                 coalesce(s.buffer_millitokens, s.threshold_millitokens + s.margin_millitokens)) AS target
      FROM ops_keepa_projection AS j LEFT JOIN keepa_policy AS s ON s.name = 'standard') AS p
;
CREATE VIEW ops_keepa_waiting AS
WITH
  live AS (
    SELECT q.*, p.account, p.available, p.rate, p.remainder, p.next_tick_ms, p.next_tick_in_ms, p.now_ms, p.known,
           min(q.asked_at_ms, p.now_ms) AS asked_ms
    FROM keepa_place AS q JOIN ops_keepa_projection AS p ON p.account_id = q.account_id
    WHERE p.now_ms <= min(q.asked_at_ms, p.now_ms) + q.live_ms
  ),
  line AS (
    SELECT live.*,
           row_number() OVER (PARTITION BY account_id ORDER BY id) AS place,
           target_millitokens + coalesce(sum(cost_millitokens) OVER (
             PARTITION BY account_id ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS level
    FROM live
  ),
  forecast AS (
    SELECT line.*, max(level) OVER (PARTITION BY account_id ORDER BY id) - available AS needed FROM line
  ),
  turn AS (
    SELECT forecast.*,
           CASE
             WHEN needed <= 0 THEN 0
             WHEN rate = 0 THEN NULL
             WHEN next_tick_ms IS NULL THEN (needed * 60000 - remainder + rate - 1) / rate
             ELSE next_tick_in_ms + ((needed + rate - 1) / rate - 1) * 60000
           END AS wait_ms
    FROM forecast
  )
SELECT account, place, task, reason,
       cost_millitokens / 1000.0 AS cost,
       target_millitokens / 1000.0 AS target,
       iif(known, available / 1000.0, NULL) AS available,
       wait_ms / 1000.0 AS seconds_until_turn,
       strftime('%Y-%m-%dT%H:%M:%fZ', (now_ms + wait_ms) / 1000.0, 'unixepoch') AS turn_expected_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', since_at_ms / 1000.0, 'unixepoch') AS waiting_since,
       strftime('%Y-%m-%dT%H:%M:%fZ', asked_ms / 1000.0, 'unixepoch') AS last_asked_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', (asked_ms + live_ms) / 1000.0, 'unixepoch') AS lapses_at,
       worker
FROM turn
ORDER BY account, place;
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
CREATE VIEW ops_keepa_ledger AS
SELECT l.id, strftime('%Y-%m-%dT%H:%M:%fZ', l.at_ms / 1000.0, 'unixepoch') AS at, a.name AS account, l.kind,
       l.balance_change_millitokens / 1000.0 AS balance_change,
       l.held_change_millitokens / 1000.0 AS held_change,
       l.balance_millitokens / 1000.0 AS balance,
       l.held_millitokens / 1000.0 AS held,
       (l.balance_millitokens - l.held_millitokens) / 1000.0 AS available,
       l.task, l.worker, l.reservation
FROM keepa_ledger AS l JOIN keepa_account AS a ON a.id = l.account_id;
CREATE VIEW ops_keepa_policies AS
SELECT name,
       threshold_millitokens / 1000.0 AS threshold,
       margin_millitokens / 1000.0 AS margin,
       buffer_millitokens / 1000.0 AS buffer,
       max_deficit_millitokens / 1000.0 AS max_deficit,
       patience_ms / 1000.0 AS patience_seconds
FROM keepa_policy
ORDER BY name;
CREATE VIEW ops_xai_quota AS
SELECT iif(now_ms < q.day_ends_at_ms, q.last_reset_date, NULL) AS date,
       iif(now_ms < q.day_ends_at_ms, d.calls_today, 0) AS calls_today,
       q.daily_limit,
       max(q.daily_limit - iif(now_ms < q.day_ends_at_ms, d.calls_today, 0), 0) AS remaining,
       iif(now_ms < q.day_ends_at_ms, d.bypass_calls, 0) AS bypass_calls,
       CASE
         WHEN now_ms >= q.day_ends_at_ms THEN 'a new day begins with the next call'
         WHEN q.day_ends_at_ms - now_ms > 180000000 THEN 'the day is in the future: see purser xai set-day'
         WHEN q.no_credits THEN 'stopped: xAI has no credits left'
         WHEN d.calls_today >= q.daily_limit THEN 'the limit is reached'
         ELSE 'open'
       END AS state,
       q.time_zone,
       strftime('%Y-%m-%dT%H:%M:%fZ', q.day_ends_at_ms / 1000.0, 'unixepoch') AS day_ends_at,
       max(q.day_ends_at_ms - now_ms, 0) / 1000.0 AS seconds_until_next_day
FROM xai_quota AS q JOIN xai_day AS d ON d.date = q.last_reset_date JOIN ops_now;
CREATE VIEW ops_xai_days AS
SELECT date, calls_today AS calls, bypass_calls, cache_hits, cache_misses,
       iif(cache_hits + cache_misses > 0, round(100.0 * cache_hits / (cache_hits + cache_misses), 1), NULL) AS hit_percent
FROM xai_day
WHERE date > '1970-01-01'
ORDER BY date;
CREATE VIEW ops_xai_units AS
SELECT date, strftime('%Y-%m-%dT%H:%M:%fZ', at_ms / 1000.0, 'unixepoch') AS at, kind, count, purpose, worker,
       strftime('%Y-%m-%dT%H:%M:%fZ', released_at_ms / 1000.0, 'unixepoch') AS released_at, id AS grant_id
FROM xai_unit
ORDER BY at_ms, id;
CREATE VIEW ops_xai_cache AS
SELECT question, count(*) AS entries, sum(verdict) AS yes, sum(1 - verdict) AS no,
       strftime('%Y-%m-%dT%H:%M:%fZ', min(stored_at_ms) / 1000.0, 'unixepoch') AS oldest_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', max(stored_at_ms) / 1000.0, 'unixepoch') AS newest_at
FROM xai_verdict
GROUP BY question
ORDER BY question;
CREATE VIEW ops_xai_flights AS
SELECT f.title, f.category, f.season, printf('%.2f', f.price_cents / 100.0) AS price, f.question, f.worker,
       (now_ms - f.started_at_ms) / 1000.0 AS age_seconds,
       (min(l.taken_at_ms, now_ms) + l.live_ms - now_ms) / 1000.0 AS lapses_in_seconds,
       iif(now_ms < min(l.taken_at_ms, now_ms) + l.live_ms, 'asking', 'lapsed') AS state,
       f.fence AS flight
FROM xai_flight AS f JOIN lease AS l ON l.name = f.lease AND l.fence = f.fence JOIN ops_now
WHERE f.ended_at_ms IS NULL
ORDER BY f.started_at_ms, f.number;
COMMIT;
