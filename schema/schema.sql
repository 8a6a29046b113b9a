-- The whole present schema, for people to read. No program runs this file: a person edits it together with each
-- migration, and a test holds it equal to what the migrations build. The views are in views.sql.

CREATE TABLE schema_migration (
  version INTEGER NOT NULL PRIMARY KEY CHECK (version > 0),
  name TEXT NOT NULL,
  checksum TEXT NOT NULL CHECK (length(checksum) = 64),
  applied_at_ms INTEGER NOT NULL
) STRICT;

-- One row: the choices made when the database was created.
CREATE TABLE database_setting (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  durability TEXT NOT NULL CHECK (durability IN ('full', 'normal')),
  created_at_ms INTEGER NOT NULL
) STRICT;

-- How a task's requests for tokens are decided: by a threshold and a margin (the task may go into debt), or by a buffer
-- (the task never goes below it).
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

INSERT INTO keepa_policy (name, threshold_millitokens, margin_millitokens, buffer_millitokens, max_deficit_millitokens, patience_ms)
VALUES ('standard', 50000, 5000, NULL, NULL, 60000),
       ('backfiller', 50000, 5000, NULL, NULL, 60000),
       ('upserter', NULL, NULL, 20000, NULL, 1200000);

-- The bucket of one Keepa key. The balance is as of as_of_at_ms; ops_keepa_balance projects it to now.
CREATE TABLE keepa_account (
  id INTEGER NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
  known INTEGER NOT NULL CHECK (known IN (0, 1)),
  balance_millitokens INTEGER NOT NULL,
  held_millitokens INTEGER NOT NULL CHECK (held_millitokens >= 0),
  -- the fraction of a millitoken that continuous refill has gained so far, in 1/60000
  refill_remainder INTEGER NOT NULL CHECK (refill_remainder BETWEEN 0 AND 59999),
  as_of_at_ms INTEGER NOT NULL,
  refill_rate_millitokens_per_minute INTEGER NOT NULL CHECK (refill_rate_millitokens_per_minute >= 0),
  flow_reduction_millitokens_per_minute INTEGER NOT NULL CHECK (flow_reduction_millitokens_per_minute >= 0),
  -- stepped refill: when the next minute's tokens arrive; NULL: the phase is not known, and refill is continuous
  next_tick_at_ms INTEGER CHECK (next_tick_at_ms > as_of_at_ms),
  observed_at_ms INTEGER,
  observed_server_at_ms INTEGER,
  observed_balance_millitokens INTEGER,
  api_key_fingerprint TEXT,
  -- when the last free /token request began: workers send at most one in 30 s
  refresh_begun_at_ms INTEGER,
  -- how many observations were applied: this count orders them, together with Keepa's own time stamps
  observations INTEGER NOT NULL DEFAULT 0,
  -- 1: an observation without a stamp was applied after the last stamped one, so that stamp orders nothing any more
  unstamped_since INTEGER NOT NULL DEFAULT 0 CHECK (unstamped_since IN (0, 1)),
  CHECK (next_tick_at_ms IS NULL OR refill_remainder = 0),
  CHECK (known = 0 OR (observed_at_ms IS NOT NULL AND observed_balance_millitokens IS NOT NULL))
) STRICT;

INSERT INTO keepa_account (id, name, known, balance_millitokens, held_millitokens, refill_remainder, as_of_at_ms,
                           refill_rate_millitokens_per_minute, flow_reduction_millitokens_per_minute)
VALUES (1, 'default', 0, 0, 0, 0, 0, 0, 0);

-- A grant. It is open until ended_at_ms is set, which happens once. The id begins with the time of the grant, so that
-- new rows stay together in the file; the rest of the id is random.
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
  ending TEXT CHECK (ending = 'settle' OR ending = 'release' OR ending = 'expire' OR ending = 'void'),
  -- the consumption that the settlement stated; NULL: it stated none, and the full cost was charged
  consumed_millitokens INTEGER CHECK (consumed_millitokens >= 0),
  -- the account's state at the grant: its count of observations, and the last of Keepa's time stamps
  granted_after INTEGER NOT NULL DEFAULT 0,
  granted_after_server_at_ms INTEGER,
  CHECK ((ended_at_ms IS NULL) = (ending IS NULL)),
  CHECK (consumed_millitokens IS NULL OR ending IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX keepa_reservation_open ON keepa_reservation (account_id, expires_at_ms) WHERE ended_at_ms IS NULL;
CREATE UNIQUE INDEX keepa_reservation_idempotency ON keepa_reservation (account_id, idempotency_key)
  WHERE idempotency_key IS NOT NULL;
-- The calls that show what their kind costs, the latest last. A call with a cost that then cost nothing is left out:
-- Keepa refused it at once (a 429) and never worked on it.
CREATE INDEX keepa_reservation_kind
  ON keepa_reservation (account_id, kind, ended_at_ms, id, consumed_millitokens, cost_millitokens)
  WHERE kind IS NOT NULL AND (consumed_millitokens > 0 OR consumed_millitokens = cost_millitokens);

-- The fair queue: one place for each task, served in the order of id.
CREATE TABLE keepa_place (
  id INTEGER NOT NULL PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES keepa_account (id),
  task TEXT NOT NULL,
  worker TEXT NOT NULL,
  reason TEXT NOT NULL
    CHECK (reason = 'threshold' OR reason = 'buffer' OR reason = 'max_deficit' OR reason = 'queued'),
  cost_millitokens INTEGER NOT NULL CHECK (cost_millitokens BETWEEN 1 AND 1000000000),
  target_millitokens INTEGER NOT NULL,
  since_at_ms INTEGER NOT NULL,
  -- the last time that any worker of the task asked, and how long the task keeps its place after that
  asked_at_ms INTEGER NOT NULL,
  live_ms INTEGER NOT NULL CHECK (live_ms >= 0),
  -- since when a task behind this place has seen that its turn has come and its target is reached
  reached_at_ms INTEGER,
  -- 1: a task behind this place was granted before it; 2: that happened, and this place's task has asked again since
  passed INTEGER NOT NULL DEFAULT 0 CHECK (passed BETWEEN 0 AND 2),
  UNIQUE (account_id, task)
) STRICT;

-- Tasks that have asked for tokens without a policy of their own.
CREATE TABLE keepa_unknown_task (
  account_id INTEGER NOT NULL REFERENCES keepa_account (id),
  task TEXT NOT NULL,
  first_seen_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account_id, task)
) STRICT, WITHOUT ROWID;

-- Every movement of tokens. The sums of the change columns are the account's balance and held; each row also shows
-- both as they are after it.
CREATE TABLE keepa_ledger (
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
  -- what each kind may change (CASE and not IN: for the list of an IN, SQLite builds a table at every insert)
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

CREATE TRIGGER keepa_ledger_append_only BEFORE UPDATE ON keepa_ledger
BEGIN
  SELECT RAISE(ABORT, 'keepa_ledger is append-only');
END;

-- Named leases, each for work that only one worker does at a time: which worker holds it, and until when. The fence is
-- random, so that a worker whose lease has lapsed cannot be mistaken for the present holder.
CREATE TABLE lease (
  name TEXT NOT NULL PRIMARY KEY,
  fence TEXT NOT NULL,
  holder TEXT NOT NULL,
  taken_at_ms INTEGER NOT NULL,
  live_ms INTEGER NOT NULL CHECK (live_ms > 0)
) STRICT, WITHOUT ROWID;

-- One row: the settings, and the day that is counted. The day only moves forward. It ends at day_ends_at_ms, the first
-- instant of the next day in time_zone; the instant is stored so that no worker needs the time zone before it.
CREATE TABLE xai_quota (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  daily_limit INTEGER NOT NULL CHECK (daily_limit BETWEEN 0 AND 1000000000),
  time_zone TEXT NOT NULL CHECK (length(time_zone) BETWEEN 1 AND 100),
  last_reset_date TEXT NOT NULL REFERENCES xai_day (date),
  day_ends_at_ms INTEGER NOT NULL,
  -- 1: xAI said that the credits are used up; no unit is granted until the next day, or until `purser xai limit`
  no_credits INTEGER NOT NULL CHECK (no_credits IN (0, 1)),
  -- whether xai_pause has any row
  paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1))
) STRICT;

-- One row for each day. calls_today is the sum of the day's units without the bypassing ones.
CREATE TABLE xai_day (
  date TEXT NOT NULL PRIMARY KEY CHECK (date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  calls_today INTEGER NOT NULL CHECK (calls_today >= 0),
  bypass_calls INTEGER NOT NULL CHECK (bypass_calls >= 0),
  cache_hits INTEGER NOT NULL CHECK (cache_hits >= 0),
  cache_misses INTEGER NOT NULL CHECK (cache_misses >= 0),
  -- how often a caller used the safe assumption in place of a verdict
  assumed INTEGER NOT NULL DEFAULT 0 CHECK (assumed >= 0),
  -- how often an operator, an import or a restore stated the day's count of calls; each unit stores how many statements
  -- came before it, and every later statement includes that unit
  statements INTEGER NOT NULL DEFAULT 0 CHECK (statements >= 0)
) STRICT, WITHOUT ROWID;

INSERT INTO xai_day (date, calls_today, bypass_calls, cache_hits, cache_misses) VALUES ('1970-01-01', 0, 0, 0, 0);
INSERT INTO xai_quota (id, daily_limit, time_zone, last_reset_date, day_ends_at_ms, no_credits)
VALUES (1, 1000, 'UTC', '1970-01-01', 86400000, 0);

-- The pauses: until when no worker asks xAI with one key and model. The worker that xAI refused stores the row for all
-- the others. xai_quota.paused says whether there is any row: every claim reads xai_quota, and this table only if so.
CREATE TABLE xai_pause (
  -- a hash of the address, the key and the model that a worker asks with
  asker TEXT NOT NULL PRIMARY KEY CHECK (length(asker) = 32 AND asker NOT GLOB '*[^0-9a-f]*'),
  reason TEXT NOT NULL
    CHECK (reason = 'rate_limited' OR reason = 'wrong_key' OR reason = 'no_permission' OR reason = 'unknown_model'),
  since_at_ms INTEGER NOT NULL,
  lasts_ms INTEGER NOT NULL CHECK (lasts_ms BETWEEN 1 AND 3600000),
  -- how many pauses there were in a row: each lasts longer than the one before
  times INTEGER NOT NULL CHECK (times >= 1),
  model TEXT NOT NULL,
  worker TEXT NOT NULL,
  -- 1: xAI has since answered a worker with another key or model, so only workers with this asker are held up
  others_answered INTEGER NOT NULL DEFAULT 0 CHECK (others_answered IN (0, 1)),
  -- once the pause is over: the flight that finds out whether xAI answers again, its worker, and how long the others
  -- wait for that
  probe TEXT,
  prober TEXT,
  probe_since_at_ms INTEGER,
  probe_lasts_ms INTEGER CHECK (probe_lasts_ms > 0),
  CHECK ((probe IS NULL) = (prober IS NULL)),
  CHECK ((probe IS NULL) = (probe_since_at_ms IS NULL)),
  CHECK ((probe IS NULL) = (probe_lasts_ms IS NULL))
) STRICT, WITHOUT ROWID;

-- The units that were counted: a call, a bypassing call (recorded, never counted in calls_today), or the correction
-- that an operator, an import or a restore stated (one row with a count, which may be negative).
CREATE TABLE xai_unit (
  id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32 AND id NOT GLOB '*[^0-9a-f]*'),
  date TEXT NOT NULL REFERENCES xai_day (date),
  kind TEXT NOT NULL CHECK (kind = 'call' OR kind = 'bypass' OR kind = 'stated'),
  count INTEGER NOT NULL,
  purpose TEXT,
  worker TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  released_at_ms INTEGER,
  -- the day's number of statements before this unit (xai_day.statements)
  statements INTEGER NOT NULL DEFAULT 0,
  CHECK (kind = 'stated' OR count IN (0, 1)),
  CHECK (released_at_ms IS NULL OR (kind = 'call' AND count = 0))
) STRICT, WITHOUT ROWID;

CREATE INDEX xai_unit_by_date ON xai_unit (date);

-- The verdicts that xAI gave. The key is the five columns from question to price_cents; id is a 64-bit hash of them
-- (XXH3) or one of the three numbers after it, so that a look-up reads one place of a small B-tree.
CREATE TABLE xai_verdict (
  id INTEGER NOT NULL PRIMARY KEY,
  question TEXT NOT NULL,
  title TEXT NOT NULL,
  category TEXT NOT NULL,
  season TEXT NOT NULL,
  price_cents INTEGER NOT NULL CHECK (price_cents BETWEEN 0 AND 100000000000),
  verdict INTEGER CHECK (verdict IN (0, 1)),
  stored_at_ms INTEGER NOT NULL,
  flight INTEGER,
  -- when xAI refused the question for its content; NULL: it did not. A refused question may have no verdict
  refused_at_ms INTEGER,
  -- the model that gave the verdict, or refused; NULL: not recorded
  model TEXT,
  CHECK (verdict IS NOT NULL OR refused_at_ms IS NOT NULL)
) STRICT;

-- The flights: which worker asks, or asked, xAI for a missing verdict. The live flight of a key holds the lease named
-- after the key; the row of a lapsed flight stays a day, since its answer may still come.
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
  ending TEXT CHECK (ending = 'answer' OR ending = 'abandon' OR ending = 'void'),
  -- why the flight was abandoned, in a word
  failure TEXT,
  CHECK ((ended_at_ms IS NULL) = (ending IS NULL))
) STRICT;

CREATE INDEX xai_flight_by_start ON xai_flight (started_at_ms);
-- Pruning old days deletes their units; for each one SQLite looks up whether a flight refers to it.
CREATE INDEX xai_flight_by_unit ON xai_flight (unit);

-- What the calls of a day used, by the model that answered, as xAI's answers report it. 10,000,000,000 USD ticks are a
-- dollar; calls_without_cost counts the calls whose answers gave no cost.
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

-- One row: the id of the master key that seals (NULL before the first secret), and the salt of the fingerprints by
-- which credentials of the environment are known.
CREATE TABLE spapi_sealing (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  key_id TEXT CHECK (length(key_id) = 16 AND key_id NOT GLOB '*[^0-9a-f]*'),
  salt BLOB NOT NULL CHECK (length(salt) = 32)
) STRICT;

INSERT INTO spapi_sealing (id, key_id, salt) VALUES (1, NULL, randomblob(32));

-- The credentials of a seller. The sealed columns open only with the master key that key_id names, and only in their
-- own row and column.
CREATE TABLE spapi_credential (
  account TEXT NOT NULL PRIMARY KEY CHECK (length(account) BETWEEN 1 AND 200),
  seller_id TEXT NOT NULL CHECK (length(seller_id) BETWEEN 1 AND 200),
  region TEXT NOT NULL CHECK (region IN ('na', 'eu', 'fe')),
  client_id_sealed BLOB NOT NULL,
  client_secret_sealed BLOB NOT NULL,
  refresh_token_sealed BLOB NOT NULL,
  key_id TEXT NOT NULL CHECK (length(key_id) = 16 AND key_id NOT GLOB '*[^0-9a-f]*'),
  -- counts the changes by `spapi set`: the result of a refresh that used an older version is not stored
  version INTEGER NOT NULL CHECK (version >= 1),
  changed_at_ms INTEGER NOT NULL,
  -- Amazon refuses a client secret that is older than 180 days
  secret_made_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The access token of a set of credentials, and the result of its last refresh. `name` says where the credentials are:
-- 'database ACCOUNT' or 'environment FINGERPRINT'.
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
  -- failed refreshes in a row, and the instant before which no worker tries again
  failures INTEGER NOT NULL CHECK (failures >= 0),
  next_try_at_ms INTEGER,
  environment TEXT NOT NULL CHECK (environment IN ('unknown', 'production', 'sandbox', 'neither')),
  environment_reason TEXT,
  probed_at_ms INTEGER,
  CHECK ((token_sealed IS NULL) = (token_id IS NULL)),
  CHECK ((token_sealed IS NULL) = (key_id IS NULL)),
  CHECK ((token_sealed IS NULL) = (expires_at_ms IS NULL))
) STRICT, WITHOUT ROWID;

-- The usage plan of an operation, shared by all processes: when the next request would be due if requests came evenly
-- (the theoretical arrival time of the generic cell rate algorithm); until when a 429 of Amazon's stops all requests,
-- also those that had been given a slot; and the time between two requests, where Amazon has stated its rate for this
-- seller.
CREATE TABLE spapi_pace (
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 250),
  operation TEXT NOT NULL CHECK (length(operation) BETWEEN 1 AND 100),
  due_at_ms INTEGER NOT NULL,
  paused_until_ms INTEGER,
  interval_ms INTEGER CHECK (interval_ms BETWEEN 1 AND 3600000),
  PRIMARY KEY (name, operation)
) STRICT, WITHOUT ROWID;
