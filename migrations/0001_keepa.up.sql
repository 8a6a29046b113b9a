-- The house itself and the Keepa ledger.
-- Units are in the names: *_millitokens are thousandths of a Keepa token, *_ms are milliseconds,
-- *_at_ms are milliseconds since the Unix epoch, UTC. Read the ops_ views for tokens and dates.

-- What was applied to this file, and with which text (SHA-256). PRAGMA user_version is the newest of them.
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
  ending TEXT CHECK (ending IN ('settle', 'release', 'expire', 'void')),
  consumed_millitokens INTEGER CHECK (consumed_millitokens >= 0),
  CHECK ((ended_at_ms IS NULL) = (ending IS NULL)),
  CHECK (consumed_millitokens IS NULL OR ending IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX keepa_reservation_open ON keepa_reservation (account_id, expires_at_ms) WHERE ended_at_ms IS NULL;
CREATE UNIQUE INDEX keepa_reservation_idempotency ON keepa_reservation (account_id, idempotency_key)
  WHERE idempotency_key IS NOT NULL;

-- The fair queue: one place a task, served in the order of id.
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

CREATE TRIGGER keepa_ledger_append_only BEFORE UPDATE ON keepa_ledger
BEGIN
  SELECT RAISE(ABORT, 'keepa_ledger is append-only');
END;
