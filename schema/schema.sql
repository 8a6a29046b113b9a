-- The whole present schema, as people read it. Made by nobody: edited by hand together with a migration, and held equal
-- by a test to what the migrations build. The views are in views.sql.

CREATE TABLE schema_migration (
  version INTEGER NOT NULL PRIMARY KEY CHECK (version > 0),
  name TEXT NOT NULL,
  checksum TEXT NOT NULL CHECK (length(checksum) = 64),
  applied_at_ms INTEGER NOT NULL
) STRICT;

-- One row: what was chosen when the database was made.
CREATE TABLE database_setting (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  durability TEXT NOT NULL CHECK (durability IN ('full', 'normal')),
  created_at_ms INTEGER NOT NULL
) STRICT;

-- How a task is decided: by threshold and margin (may go into debt), or by a buffer (never below it).
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
  -- when the last free /token request was begun: at most one in 30 s
  refresh_begun_at_ms INTEGER,
  -- how many observations were applied: what orders them, with Keepa's own stamps
  observations INTEGER NOT NULL DEFAULT 0,
  -- whether one without a stamp was applied since the last stamp, which then orders nothing
  unstamped_since INTEGER NOT NULL DEFAULT 0 CHECK (unstamped_since IN (0, 1)),
  CHECK (next_tick_at_ms IS NULL OR refill_remainder = 0),
  CHECK (known = 0 OR (observed_at_ms IS NOT NULL AND observed_balance_millitokens IS NOT NULL))
) STRICT;

INSERT INTO keepa_account (id, name, known, balance_millitokens, held_millitokens, refill_remainder, as_of_at_ms,
                           refill_rate_millitokens_per_minute, flow_reduction_millitokens_per_minute)
VALUES (1, 'default', 0, 0, 0, 0, 0, 0, 0);

-- A grant. Open until ended_at_ms is set, which happens once. The id begins with its time, so that new rows
-- stay together in the file; the rest is random.
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
  -- what the settlement stated; NULL: nothing, and the full cost was charged
  consumed_millitokens INTEGER CHECK (consumed_millitokens >= 0),
  -- what was known at the grant: the account's count of observations, and its last stamp of Keepa's
  granted_after INTEGER NOT NULL DEFAULT 0,
  granted_after_server_at_ms INTEGER,
  CHECK ((ended_at_ms IS NULL) = (ending IS NULL)),
  CHECK (consumed_millitokens IS NULL OR ending IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX keepa_reservation_open ON keepa_reservation (account_id, expires_at_ms) WHERE ended_at_ms IS NULL;
CREATE UNIQUE INDEX keepa_reservation_idempotency ON keepa_reservation (account_id, idempotency_key)
  WHERE idempotency_key IS NOT NULL;
-- The calls that tell what their kind costs, the latest last. A call that was to cost and cost nothing is not among
-- them: it was refused at the door (a 429), and Keepa never worked on it.
CREATE INDEX keepa_reservation_kind
  ON keepa_reservation (account_id, kind, ended_at_ms, id, consumed_millitokens, cost_millitokens)
  WHERE kind IS NOT NULL AND (consumed_millitokens > 0 OR consumed_millitokens = cost_millitokens);

-- The fair queue: one place a task, served in the order of id.
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
  -- the last time that any worker of the task asked, and how long this keeps the place
  asked_at_ms INTEGER NOT NULL,
  live_ms INTEGER NOT NULL CHECK (live_ms >= 0),
  -- since when others have seen that it could run; and whether others were granted before it (1), or were and it has
  -- asked again since (2)
  reached_at_ms INTEGER,
  passed INTEGER NOT NULL DEFAULT 0 CHECK (passed BETWEEN 0 AND 2),
  UNIQUE (account_id, task)
) STRICT;

-- Tasks that asked and have no policy of their own.
CREATE TABLE keepa_unknown_task (
  account_id INTEGER NOT NULL REFERENCES keepa_account (id),
  task TEXT NOT NULL,
  first_seen_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account_id, task)
) STRICT, WITHOUT ROWID;

-- Every movement. The sums of the change columns are the account's balance and held; each row shows both after it.
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

CREATE TRIGGER keepa_ledger_append_only BEFORE UPDATE ON keepa_ledger
BEGIN
  SELECT RAISE(ABORT, 'keepa_ledger is append-only');
END;

-- Named single-flights: who has one, and until when. A fence is random: whoever lost his lease cannot be mistaken for
-- the one who has it now.
CREATE TABLE lease (
  name TEXT NOT NULL PRIMARY KEY,
  fence TEXT NOT NULL,
  holder TEXT NOT NULL,
  taken_at_ms INTEGER NOT NULL,
  live_ms INTEGER NOT NULL CHECK (live_ms > 0)
) STRICT, WITHOUT ROWID;

-- One row: the settings, and the day that is being counted. The day only moves forward; it ends at day_ends_at_ms, the
-- first instant of the next day in time_zone, which is stored so that nobody needs the time zone before.
CREATE TABLE xai_quota (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  daily_limit INTEGER NOT NULL CHECK (daily_limit BETWEEN 0 AND 1000000000),
  time_zone TEXT NOT NULL CHECK (length(time_zone) BETWEEN 1 AND 100),
  last_reset_date TEXT NOT NULL REFERENCES xai_day (date),
  day_ends_at_ms INTEGER NOT NULL,
  -- xAI said that the credits are used up: nothing is granted until the next day, or until `purser xai limit`
  no_credits INTEGER NOT NULL CHECK (no_credits IN (0, 1)),
  -- whether xai_pause has any row
  paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1))
) STRICT;

-- A row a day. calls_today is the sum of the day's units but the bypassing ones.
CREATE TABLE xai_day (
  date TEXT NOT NULL PRIMARY KEY CHECK (date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  calls_today INTEGER NOT NULL CHECK (calls_today >= 0),
  bypass_calls INTEGER NOT NULL CHECK (bypass_calls >= 0),
  cache_hits INTEGER NOT NULL CHECK (cache_hits >= 0),
  cache_misses INTEGER NOT NULL CHECK (cache_misses >= 0),
  -- how often somebody took the safe assumption for a verdict
  assumed INTEGER NOT NULL DEFAULT 0 CHECK (assumed >= 0),
  -- how often somebody stated what the day has used; a unit knows how many of them came before it, and the later ones
  -- cover it
  statements INTEGER NOT NULL DEFAULT 0 CHECK (statements >= 0)
) STRICT, WITHOUT ROWID;

INSERT INTO xai_day (date, calls_today, bypass_calls, cache_hits, cache_misses) VALUES ('1970-01-01', 0, 0, 0, 0);
INSERT INTO xai_quota (id, daily_limit, time_zone, last_reset_date, day_ends_at_ms, no_credits)
VALUES (1, 1000, 'UTC', '1970-01-01', 86400000, 0);

-- Until when xAI is not asked with one key and model: one worker found out, the others are told. In xai_quota stands
-- whether there is any: that row is read by every claim, this table only then.
CREATE TABLE xai_pause (
  -- a hash of the address, the key and the model
  asker TEXT NOT NULL PRIMARY KEY CHECK (length(asker) = 32 AND asker NOT GLOB '*[^0-9a-f]*'),
  reason TEXT NOT NULL
    CHECK (reason = 'rate_limited' OR reason = 'wrong_key' OR reason = 'no_permission' OR reason = 'unknown_model'),
  since_at_ms INTEGER NOT NULL,
  lasts_ms INTEGER NOT NULL CHECK (lasts_ms BETWEEN 1 AND 3600000),
  -- how often in a row: the next one lasts longer
  times INTEGER NOT NULL CHECK (times >= 1),
  model TEXT NOT NULL,
  worker TEXT NOT NULL,
  -- somebody with another key or model is answered since: it holds up only who asks with this one
  others_answered INTEGER NOT NULL DEFAULT 0 CHECK (others_answered IN (0, 1)),
  -- once it is over, the flight that finds out whether xAI answers again, and until when the others wait for that
  probe TEXT,
  prober TEXT,
  probe_since_at_ms INTEGER,
  probe_lasts_ms INTEGER CHECK (probe_lasts_ms > 0),
  CHECK ((probe IS NULL) = (prober IS NULL)),
  CHECK ((probe IS NULL) = (probe_since_at_ms IS NULL)),
  CHECK ((probe IS NULL) = (probe_lasts_ms IS NULL))
) STRICT, WITHOUT ROWID;

-- What was counted: a call, a bypassing call (seen, never counted in calls_today), or what an operator, an import or a
-- restore stated (one row with a count, which may take away).
CREATE TABLE xai_unit (
  id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32 AND id NOT GLOB '*[^0-9a-f]*'),
  date TEXT NOT NULL REFERENCES xai_day (date),
  kind TEXT NOT NULL CHECK (kind = 'call' OR kind = 'bypass' OR kind = 'stated'),
  count INTEGER NOT NULL,
  purpose TEXT,
  worker TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  released_at_ms INTEGER,
  -- of the day, before it
  statements INTEGER NOT NULL DEFAULT 0,
  CHECK (kind = 'stated' OR count IN (0, 1)),
  CHECK (released_at_ms IS NULL OR (kind = 'call' AND count = 0))
) STRICT, WITHOUT ROWID;

CREATE INDEX xai_unit_by_date ON xai_unit (date);

-- What xAI answered. The key is the five columns; id is a 64-bit hash of them (XXH3) or one of the three numbers after
-- it, so that a look-up reads one place of a small tree.
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
  -- when xAI refused the question for its content; then there may be no verdict
  refused_at_ms INTEGER,
  -- that gave the verdict, or refused; NULL: nobody said
  model TEXT,
  CHECK (verdict IS NOT NULL OR refused_at_ms IS NOT NULL)
) STRICT;

-- Who asks, or asked, for a verdict that was missing. The live one of a key holds the lease of the key's name; the row
-- of a lapsed one stays a day, since its answer may still come.
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
  -- why it was abandoned, in a word
  failure TEXT,
  CHECK ((ended_at_ms IS NULL) = (ending IS NULL))
) STRICT;

CREATE INDEX xai_flight_by_start ON xai_flight (started_at_ms);
-- A unit that goes, when old days are pruned, asks whether a flight refers to it.
CREATE INDEX xai_flight_by_unit ON xai_flight (unit);

-- What the calls of a day used, by the model that answered: as xAI's answers say it. 10,000,000,000 USD ticks are a
-- dollar; calls_without_cost are those whose answers gave no cost.
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

-- One row: which master key seals (NULL before the first secret), and the salt under which credentials of the
-- environment are known by a fingerprint.
CREATE TABLE spapi_sealing (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  key_id TEXT CHECK (length(key_id) = 16 AND key_id NOT GLOB '*[^0-9a-f]*'),
  salt BLOB NOT NULL CHECK (length(salt) = 32)
) STRICT;

INSERT INTO spapi_sealing (id, key_id, salt) VALUES (1, NULL, randomblob(32));

-- The credentials of a seller. The sealed columns open only with the master key key_id, and only in their own row.
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

-- The access token of a set of credentials, and what became of the last refresh: of the database's ('database NAME') or
-- of the environment's ('environment FINGERPRINT').
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

-- The usage plan of an operation, shared by all processes: when the next request would be due if requests came evenly
-- (the theoretical arrival time of the generic cell rate algorithm); and until when Amazon's 429 stopped all, also those
-- whose slot had been given; and the time between two requests where Amazon has said its rate for this seller.
CREATE TABLE spapi_pace (
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 250),
  operation TEXT NOT NULL CHECK (length(operation) BETWEEN 1 AND 100),
  due_at_ms INTEGER NOT NULL,
  paused_until_ms INTEGER,
  interval_ms INTEGER CHECK (interval_ms BETWEEN 1 AND 3600000),
  PRIMARY KEY (name, operation)
) STRICT, WITHOUT ROWID;
