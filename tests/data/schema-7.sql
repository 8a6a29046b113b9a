-- A database of schema 7 as the purser of that time wrote it, with rows of every table. Read by stored_database.h.
PRAGMA application_id = 1349874291;
PRAGMA user_version = 7;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE schema_migration (
  version INTEGER NOT NULL PRIMARY KEY CHECK (version > 0),
  name TEXT NOT NULL,
  checksum TEXT NOT NULL CHECK (length(checksum) = 64),
  applied_at_ms INTEGER NOT NULL
) STRICT;
INSERT INTO schema_migration VALUES(1,'keepa','9caeeb970f70b7ba7937362a47ff146280ea7186def1d8c8ba6c0198fc0edc9d',1767258060130);
INSERT INTO schema_migration VALUES(2,'xai','6ddd9a805711fd166978aaae826f69d7c1afc9176b3294602946ec8a66ff10ce',1767258060130);
INSERT INTO schema_migration VALUES(3,'services','3d4062938c9b2084faf47155d9548767938aa37cc3c592f703997350ebf9a535',1767258060130);
INSERT INTO schema_migration VALUES(4,'spapi','09955c723cc4cc91ccaf67c051998f3eaead1947402280fe3661cf6233f74a84',1767258060130);
INSERT INTO schema_migration VALUES(5,'keepa_kind','114e6fc19515d958b21c3d636439359c858cb1052e59a807672fed95662dbba5',1767258060130);
INSERT INTO schema_migration VALUES(6,'keepa_checks','8ef0eb18db6876a197c283aed8d8fcf9846492a6e88ef466bb71d9417754cc0d',1767258060130);
INSERT INTO schema_migration VALUES(7,'xai_checks','ffbc1178e9c8a2244b77255649b020608963f14ee7a62d1afcb0237e452e23c4',1767258060130);
CREATE TABLE database_setting (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  durability TEXT NOT NULL CHECK (durability IN ('full', 'normal')),
  created_at_ms INTEGER NOT NULL
) STRICT;
INSERT INTO database_setting VALUES(1,'full',1767258060130);
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
  api_key_fingerprint TEXT, refresh_begun_at_ms INTEGER,
  CHECK (next_tick_at_ms IS NULL OR refill_remainder = 0),
  CHECK (known = 0 OR (observed_at_ms IS NOT NULL AND observed_balance_millitokens IS NOT NULL))
) STRICT;
INSERT INTO keepa_account VALUES(1,'default',1,221000,190000,0,1767258480058,5000,900,NULL,1767258480058,1767259000000,221000,NULL,1767258000000);
CREATE TABLE keepa_unknown_task (
  account_id INTEGER NOT NULL REFERENCES keepa_account (id),
  task TEXT NOT NULL,
  first_seen_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account_id, task)
) STRICT, WITHOUT ROWID;
INSERT INTO keepa_unknown_task VALUES(1,'Préis|скан',1767258540070);
CREATE TABLE lease (
  name TEXT NOT NULL PRIMARY KEY,
  fence TEXT NOT NULL,
  holder TEXT NOT NULL,
  taken_at_ms INTEGER NOT NULL,
  live_ms INTEGER NOT NULL CHECK (live_ms > 0)
) STRICT, WITHOUT ROWID;
INSERT INTO lease VALUES('xai 0e5084d5566410d4','019b78d985445aba9755f9188e0aa6b2','host:418',1767259080004,610000);
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
INSERT INTO xai_verdict VALUES(895067497741802266,'price_reasonable','Eragon | Band 1','Bücher','winter',4990,0,1767258960036,1);
INSERT INTO xai_verdict VALUES(3045930101777341936,'price_reasonable','It''s "fine"','x','y',0,1,1767259140030,3);
CREATE TABLE xai_usage (
  date TEXT NOT NULL REFERENCES xai_day (date),
  model TEXT NOT NULL CHECK (length(model) BETWEEN 1 AND 200),
  calls INTEGER NOT NULL CHECK (calls >= 0),
  prompt_tokens INTEGER NOT NULL CHECK (prompt_tokens >= 0),
  cached_prompt_tokens INTEGER NOT NULL CHECK (cached_prompt_tokens >= 0),
  completion_tokens INTEGER NOT NULL CHECK (completion_tokens >= 0),
  reasoning_tokens INTEGER NOT NULL CHECK (reasoning_tokens >= 0),
  total_tokens INTEGER NOT NULL CHECK (total_tokens >= 0),
  cost_usd_ticks INTEGER NOT NULL CHECK (cost_usd_ticks >= 0),
  calls_without_cost INTEGER NOT NULL CHECK (calls_without_cost >= 0),
  PRIMARY KEY (date, model)
) STRICT, WITHOUT ROWID;
INSERT INTO xai_usage VALUES('2026-01-01','grok-4.3',1,210,0,12,60,282,1234567,0);
CREATE TABLE spapi_sealing (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  key_id TEXT CHECK (length(key_id) = 16 AND key_id NOT GLOB '*[^0-9a-f]*'),
  salt BLOB NOT NULL CHECK (length(salt) = 32)
) STRICT;
INSERT INTO spapi_sealing VALUES(1,'01fa306a70d12086',X'e2a8c64a6e0b5184aeaf8456bd27b688ab945f5238c752071752a6d086d97260');
CREATE TABLE spapi_credential (
  account TEXT NOT NULL PRIMARY KEY CHECK (length(account) BETWEEN 1 AND 200),
  seller_id TEXT NOT NULL CHECK (length(seller_id) BETWEEN 1 AND 200),
  region TEXT NOT NULL CHECK (region IN ('na', 'eu', 'fe')),
  client_id_sealed BLOB NOT NULL,
  client_secret_sealed BLOB NOT NULL,
  refresh_token_sealed BLOB NOT NULL,
  key_id TEXT NOT NULL CHECK (length(key_id) = 16 AND key_id NOT GLOB '*[^0-9a-f]*'),
  -- counts what `spapi set` changed: the result of a refresh with older credentials is not stored
  version INTEGER NOT NULL CHECK (version >= 1),
  changed_at_ms INTEGER NOT NULL,
  -- Amazon wants a new client secret every 180 days
  secret_made_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO spapi_credential VALUES('default','A1SELLER','eu',X'01972091c674f41f7b832ead60dd77d4134891b90b2327049178afa8befb9a4f1be2a7f36755a548389886e3618833299607ddf855d3940a694ecc0105e7b38694e06c5030b8067bb863f3bd',X'0132eb9c62e94b89c161c6382942b3869b9a42130069742cdb954a401a25efa6bd2277d03a54be1722cae1a0b16c140af5af8d6595ccd4f5e9d8fea0f87573',X'014ce3f139c5d1c9124dee5039ead29aad65c12a732f1baf2089a6b4f0b8470f9095f3015c20025729151ceb731687c8e7f3c709','01fa306a70d12086',1,1767259200021,1767259200021);
CREATE TABLE spapi_access (
  name TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 250),
  source TEXT NOT NULL CHECK (source IN ('database', 'environment')),
  credential_version INTEGER NOT NULL CHECK (credential_version >= 0),
  token_sealed BLOB,
  token_id TEXT CHECK (length(token_id) = 32 AND token_id NOT GLOB '*[^0-9a-f]*'),
  key_id TEXT CHECK (length(key_id) = 16 AND key_id NOT GLOB '*[^0-9a-f]*'),
  refreshed_at_ms INTEGER,
  expires_at_ms INTEGER,
  state TEXT NOT NULL CHECK (state IN ('ok', 'needs_authorization', 'misconfigured')),
  last_error TEXT,
  last_error_at_ms INTEGER,
  -- failed refreshes in a row, and until when nobody tries again
  failures INTEGER NOT NULL CHECK (failures >= 0),
  next_try_at_ms INTEGER,
  environment TEXT NOT NULL CHECK (environment IN ('unknown', 'production', 'sandbox', 'neither')),
  environment_reason TEXT,
  probed_at_ms INTEGER,
  CHECK ((token_sealed IS NULL) = (token_id IS NULL)),
  CHECK ((token_sealed IS NULL) = (key_id IS NULL)),
  CHECK ((token_sealed IS NULL) = (expires_at_ms IS NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO spapi_access VALUES('database default','database',1,NULL,NULL,NULL,NULL,NULL,'needs_authorization','invalid_grant',1767259200000,3,1767259204000,'sandbox','production said 403',1767259100000);
CREATE TABLE spapi_pace (
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 250),
  operation TEXT NOT NULL CHECK (length(operation) BETWEEN 1 AND 100),
  due_at_ms INTEGER NOT NULL,
  paused_until_ms INTEGER,
  PRIMARY KEY (name, operation)
) STRICT, WITHOUT ROWID;
INSERT INTO spapi_pace VALUES('database default','getListingsRestrictions',1767259300000,1767259360000);
CREATE TABLE IF NOT EXISTS "keepa_reservation" (
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
  ending TEXT CHECK (ending = 'settle' OR ending = 'release' OR ending = 'expire' OR ending = 'void'),
  -- what the settlement stated; NULL: nothing, and the full cost was charged
  consumed_millitokens INTEGER CHECK (consumed_millitokens >= 0),
  CHECK ((ended_at_ms IS NULL) = (ending IS NULL)),
  CHECK (consumed_millitokens IS NULL OR ending IS NOT NULL)
) STRICT, WITHOUT ROWID;
INSERT INTO keepa_reservation VALUES('019b78ccb4276ae37edd94d03638d340',1,'backfiller','host:44','product',20000,1767258240039,1767258840021,600000,'night-1',1767258240021,'settle',31000);
INSERT INTO keepa_reservation VALUES('019b78cd9e72f87aa3988cb93b15b55c',1,'backfiller','host:45','product',20000,1767258300018,1767258900018,600000,NULL,1767258300021,'settle',NULL);
INSERT INTO keepa_reservation VALUES('019b78ce88da05d64dfce3c7229f84c1',1,'upserter','host:46','query',7000,1767258360026,1767258960016,600000,NULL,1767258360016,'release',NULL);
INSERT INTO keepa_reservation VALUES('019b78cf732d962e4bc1fb1c97868ee2',1,'backfiller','host:47','product',150000,1767258420013,1767262020013,3600000,NULL,NULL,NULL,NULL);
INSERT INTO keepa_reservation VALUES('019b78cf7336d8c2e8891649072d2ccf',1,'upserter','host:47',NULL,40000,1767258420022,1767262020022,3600000,'noon',NULL,NULL,NULL);
INSERT INTO keepa_reservation VALUES('019b78cf73399e803f3ccb8ef2666fba',1,'scraper','host:47','query',12000,1767258420025,1767258480013,60000,NULL,1767258480013,'expire',NULL);
CREATE TABLE IF NOT EXISTS "keepa_place" (
  id INTEGER NOT NULL PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES keepa_account (id),
  task TEXT NOT NULL,
  worker TEXT NOT NULL,
  reason TEXT NOT NULL
    CHECK (reason = 'threshold' OR reason = 'buffer' OR reason = 'max_deficit' OR reason = 'queued'),
  cost_millitokens INTEGER NOT NULL CHECK (cost_millitokens BETWEEN 1 AND 1000000000),
  target_millitokens INTEGER NOT NULL,
  since_at_ms INTEGER NOT NULL,
  -- the last time that any worker of the task asked, and how long this keeps the place
  asked_at_ms INTEGER NOT NULL,
  live_ms INTEGER NOT NULL CHECK (live_ms >= 0),
  UNIQUE (account_id, task)
) STRICT;
INSERT INTO keepa_place VALUES(1,1,'Préis|скан','host:49','threshold',90000,55000,1767258540070,1767258540070,351208);
INSERT INTO keepa_place VALUES(2,1,'backfiller','host:410','queued',60000,55000,1767258600014,1767258600014,1608337);
INSERT INTO keepa_place VALUES(3,1,'upserter','host:411','queued',30000,50000,1767258660026,1767258660026,3493203);
CREATE TABLE IF NOT EXISTS "keepa_ledger" (
  id INTEGER NOT NULL PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES keepa_account (id),
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  balance_change_millitokens INTEGER NOT NULL,
  held_change_millitokens INTEGER NOT NULL,
  balance_millitokens INTEGER NOT NULL,
  held_millitokens INTEGER NOT NULL CHECK (held_millitokens >= 0),
  task TEXT,
  worker TEXT,
  reservation TEXT,
  -- what each kind may move (CASE and not IN: SQLite builds a table for a list, at every insert)
  CHECK (CASE kind
           WHEN 'open' THEN held_change_millitokens = 0 AND reservation IS NULL
           WHEN 'refill' THEN balance_change_millitokens > 0 AND held_change_millitokens = 0 AND reservation IS NULL
           WHEN 'hold' THEN balance_change_millitokens = 0 AND held_change_millitokens >= 0 AND reservation IS NOT NULL
           WHEN 'settle' THEN balance_change_millitokens <= 0 AND held_change_millitokens <= 0 AND reservation IS NOT NULL
           WHEN 'release' THEN balance_change_millitokens = 0 AND held_change_millitokens <= 0 AND reservation IS NOT NULL
           WHEN 'expire' THEN balance_change_millitokens <= 0 AND held_change_millitokens = balance_change_millitokens
             AND reservation IS NOT NULL
           WHEN 'drift' THEN held_change_millitokens = 0 AND reservation IS NULL
           WHEN 'carry' THEN reservation IS NULL
           WHEN 'void' THEN 1
           ELSE 0
         END)
) STRICT;
INSERT INTO keepa_ledger VALUES(1,1,1767258180021,'open',290000,0,290000,0,NULL,'host:43',NULL);
INSERT INTO keepa_ledger VALUES(2,1,1767258240039,'hold',0,20000,290000,20000,'backfiller','host:44','019b78ccb4276ae37edd94d03638d340');
INSERT INTO keepa_ledger VALUES(3,1,1767258240021,'settle',-31000,-20000,259000,0,'backfiller','host:44','019b78ccb4276ae37edd94d03638d340');
INSERT INTO keepa_ledger VALUES(4,1,1767258300018,'hold',0,20000,259000,20000,'backfiller','host:45','019b78cd9e72f87aa3988cb93b15b55c');
INSERT INTO keepa_ledger VALUES(5,1,1767258300021,'settle',-20000,-20000,239000,0,'backfiller','host:45','019b78cd9e72f87aa3988cb93b15b55c');
INSERT INTO keepa_ledger VALUES(6,1,1767258360026,'refill',4100,0,243100,0,NULL,NULL,NULL);
INSERT INTO keepa_ledger VALUES(7,1,1767258360026,'hold',0,7000,243100,7000,'upserter','host:46','019b78ce88da05d64dfce3c7229f84c1');
INSERT INTO keepa_ledger VALUES(8,1,1767258360016,'release',0,-7000,243100,0,'upserter','host:46','019b78ce88da05d64dfce3c7229f84c1');
INSERT INTO keepa_ledger VALUES(9,1,1767258420025,'refill',2900,0,246000,0,NULL,NULL,NULL);
INSERT INTO keepa_ledger VALUES(10,1,1767258420025,'hold',0,12000,246000,12000,'scraper','host:47','019b78cf73399e803f3ccb8ef2666fba');
INSERT INTO keepa_ledger VALUES(11,1,1767258420013,'hold',0,150000,246000,162000,'backfiller','host:47','019b78cf732d962e4bc1fb1c97868ee2');
INSERT INTO keepa_ledger VALUES(12,1,1767258420022,'hold',0,40000,246000,202000,'upserter','host:47','019b78cf7336d8c2e8891649072d2ccf');
INSERT INTO keepa_ledger VALUES(13,1,1767258480013,'expire',-12000,-12000,234000,190000,'scraper','host:47','019b78cf73399e803f3ccb8ef2666fba');
INSERT INTO keepa_ledger VALUES(14,1,1767258480058,'refill',3,0,234003,190000,NULL,NULL,NULL);
INSERT INTO keepa_ledger VALUES(15,1,1767258480058,'drift',-13003,0,221000,190000,NULL,'host:48',NULL);
CREATE TABLE IF NOT EXISTS "xai_unit" (
  id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32 AND id NOT GLOB '*[^0-9a-f]*'),
  date TEXT NOT NULL REFERENCES xai_day (date),
  kind TEXT NOT NULL CHECK (kind = 'call' OR kind = 'bypass' OR kind = 'stated'),
  count INTEGER NOT NULL,
  purpose TEXT,
  worker TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  released_at_ms INTEGER,
  CHECK (kind = 'stated' OR count IN (0, 1)),
  CHECK (released_at_ms IS NULL OR (kind = 'call' AND count = 0))
) STRICT, WITHOUT ROWID;
INSERT INTO xai_unit VALUES('019b78d4f169298f14cc4aa59b378e9e','2026-01-01','call',1,'lookup','host:413',1767258780009,NULL);
INSERT INTO xai_unit VALUES('019b78d5dbcbc11406cbe30f25147529','2026-01-01','call',0,'never-sent','host:414',1767258840011,1767258840049);
INSERT INTO xai_unit VALUES('019b78d6c648552605bb33f268fe7ca7','2026-01-01','bypass',1,'learning','host:415',1767258900040,NULL);
INSERT INTO xai_unit VALUES('019b78d7b0a9cafa038d1b3d3e5ef225','2026-01-01','call',1,'price_reasonable','host:416',1767258960041,NULL);
INSERT INTO xai_unit VALUES('019b78d89af9b7ffe227c80973c6c269','2026-01-01','call',1,'price_reasonable','host:417',1767259020025,NULL);
INSERT INTO xai_unit VALUES('019b78d98544bcd808349c60759e1a35','2026-01-01','call',1,'price_reasonable','host:418',1767259080004,NULL);
CREATE TABLE IF NOT EXISTS "xai_flight" (
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
  ending TEXT CHECK (ending = 'answer' OR ending = 'abandon' OR ending = 'void'),
  -- why it was abandoned, in a word
  failure TEXT,
  CHECK ((ended_at_ms IS NULL) = (ending IS NULL))
) STRICT;
INSERT INTO xai_flight VALUES(1,'019b78d7b0a9f000d441991b8355472e','xai 0c6beb259ce5db1a','price_reasonable','Eragon | Band 1','Bücher','winter',4990,'019b78d7b0a9cafa038d1b3d3e5ef225','host:416',1767258960041,1767258960036,'answer',NULL);
INSERT INTO xai_flight VALUES(2,'019b78d89af9a6f38960f93c83766201','xai 03944babb83a84c2','price_reasonable','Momo','Bücher','summer',1200,'019b78d89af9b7ffe227c80973c6c269','host:417',1767259020025,1767259020031,'abandon','timeout');
INSERT INTO xai_flight VALUES(3,'019b78d985445aba9755f9188e0aa6b2','xai 0e5084d5566410d4','price_reasonable','Krabat','','winter',850,'019b78d98544bcd808349c60759e1a35','host:418',1767259080004,NULL,NULL,NULL);
CREATE INDEX keepa_reservation_open ON keepa_reservation (account_id, expires_at_ms) WHERE ended_at_ms IS NULL;
CREATE UNIQUE INDEX keepa_reservation_idempotency ON keepa_reservation (account_id, idempotency_key)
  WHERE idempotency_key IS NOT NULL;
CREATE INDEX keepa_reservation_kind
  ON keepa_reservation (account_id, kind, ended_at_ms, id, consumed_millitokens, cost_millitokens)
  WHERE kind IS NOT NULL AND (consumed_millitokens > 0 OR consumed_millitokens = cost_millitokens);
CREATE TRIGGER keepa_ledger_append_only BEFORE UPDATE ON keepa_ledger
BEGIN
  SELECT RAISE(ABORT, 'keepa_ledger is append-only');
END;
CREATE INDEX xai_unit_by_date ON xai_unit (date);
CREATE INDEX xai_flight_by_start ON xai_flight (started_at_ms);
CREATE INDEX xai_flight_by_unit ON xai_flight (unit);
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
       iif(now_ms >= s.as_of_ms AND s.next_tick_ms > now_ms, s.next_tick_ms - now_ms,
           iif((s.next_tick_ms - now_ms) % 60000 > 0, 0, 60000) + (s.next_tick_ms - now_ms) % 60000) AS next_tick_in_ms,
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
           min(q.asked_at_ms, p.now_ms) AS asked_ms,
           coalesce(own.patience_ms, standard.patience_ms, 0) AS patience_ms,
           NOT p.known OR q.target_millitokens <= max(p.available, p.capacity) AS reachable
    FROM keepa_place AS q JOIN ops_keepa_projection AS p ON p.account_id = q.account_id
    LEFT JOIN keepa_policy AS own ON own.name = q.task
    LEFT JOIN keepa_policy AS standard ON standard.name = 'standard'
    WHERE p.now_ms <= min(q.asked_at_ms, p.now_ms) + q.live_ms
  ),
  -- those behind it, unless no refill reaches it, or it sleeps on until it was told although its tokens are there
  holding AS (
    SELECT live.*,
           reachable AND NOT (available >= target_millitokens AND now_ms > asked_ms + patience_ms
                              AND now_ms < asked_ms + live_ms - patience_ms) AS holds_up
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
ORDER BY account, place
;
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
ORDER BY k.account, k.name
;
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
SELECT CASE
         WHEN NOT q.over THEN q.last_reset_date
         WHEN q.time_zone = 'UTC' THEN strftime('%Y-%m-%d', now_ms / 1000.0, 'unixepoch')
         ELSE 'a new day'
       END AS date,
       iif(q.over, 0, d.calls_today) AS calls_today,
       q.daily_limit,
       max(q.daily_limit - iif(q.over, 0, d.calls_today), 0) AS remaining,
       iif(q.over, 0, d.bypass_calls) AS bypass_calls,
       CASE
         WHEN q.over THEN 'a new day begins with the next call'
         WHEN q.day_ends_at_ms - now_ms > 180000000 THEN 'the day is in the future: see purser xai set-day'
         WHEN q.no_credits THEN 'stopped: xAI has no credits left'
         WHEN d.calls_today >= q.daily_limit THEN 'the limit is reached'
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
CREATE VIEW ops_xai_days AS
SELECT date, calls_today AS calls, bypass_calls, cache_hits, cache_misses,
       iif(cache_hits + cache_misses > 0, round(100.0 * cache_hits / (cache_hits + cache_misses), 1), NULL) AS hit_percent
FROM xai_day
WHERE date > '1970-01-01'
ORDER BY date;
CREATE VIEW ops_xai_usage AS
SELECT date, model, calls, prompt_tokens, cached_prompt_tokens, completion_tokens, reasoning_tokens, total_tokens,
       cost_usd_ticks, printf('%d.%04d', cost_usd_ticks / 10000000000, cost_usd_ticks % 10000000000 / 1000000) AS cost_usd,
       calls_without_cost
FROM xai_usage
ORDER BY date, model;
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
           -- further ahead than any back-off: the clock went back
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
         WHEN environment = 'sandbox' THEN 'these credentials are for the sandbox only: use those of the production application'
         WHEN environment = 'neither' THEN 'a role is missing: add it to the application and authorise it again'
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
ORDER BY account, source, name
;
CREATE VIEW ops_spapi_pace AS
SELECT name, operation,
       strftime('%Y-%m-%dT%H:%M:%fZ', due_at_ms / 1000.0, 'unixepoch') AS due_at,
       max(due_at_ms - now_ms, 0) / 1000.0 AS due_in_seconds,
       strftime('%Y-%m-%dT%H:%M:%fZ', paused_until_ms / 1000.0, 'unixepoch') AS paused_until,
       max(coalesce(paused_until_ms, now_ms) - now_ms, 0) / 1000.0 AS paused_for_seconds
FROM spapi_pace JOIN ops_now
ORDER BY name, operation;
COMMIT;
