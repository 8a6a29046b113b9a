CREATE TABLE keepa_reservation_rebuilt (
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
  -- what the settlement stated; NULL: nothing, and the full cost was charged
  consumed_millitokens INTEGER CHECK (consumed_millitokens >= 0),
  CHECK ((ended_at_ms IS NULL) = (ending IS NULL)),
  CHECK (consumed_millitokens IS NULL OR ending IS NOT NULL)
) STRICT, WITHOUT ROWID;

INSERT INTO keepa_reservation_rebuilt (
  id, account_id, task, worker, kind, cost_millitokens, created_at_ms, expires_at_ms, lifetime_ms,
  idempotency_key, ended_at_ms, ending, consumed_millitokens)
SELECT
  id, account_id, task, worker, kind, cost_millitokens, created_at_ms, expires_at_ms, lifetime_ms,
  idempotency_key, ended_at_ms, ending, consumed_millitokens
FROM keepa_reservation;

DROP TABLE keepa_reservation;
ALTER TABLE keepa_reservation_rebuilt RENAME TO keepa_reservation;

CREATE INDEX keepa_reservation_open ON keepa_reservation (account_id, expires_at_ms) WHERE ended_at_ms IS NULL;
CREATE UNIQUE INDEX keepa_reservation_idempotency ON keepa_reservation (account_id, idempotency_key)
  WHERE idempotency_key IS NOT NULL;

CREATE INDEX keepa_reservation_kind
  ON keepa_reservation (account_id, kind, ended_at_ms, id, consumed_millitokens, cost_millitokens)
  WHERE kind IS NOT NULL AND (consumed_millitokens > 0 OR consumed_millitokens = cost_millitokens);

CREATE TABLE keepa_place_rebuilt (
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

INSERT INTO keepa_place_rebuilt (
  id, account_id, task, worker, reason, cost_millitokens, target_millitokens, since_at_ms, asked_at_ms, live_ms)
SELECT
  id, account_id, task, worker, reason, cost_millitokens, target_millitokens, since_at_ms, asked_at_ms, live_ms
FROM keepa_place;

DROP TABLE keepa_place;
ALTER TABLE keepa_place_rebuilt RENAME TO keepa_place;

CREATE TABLE keepa_ledger_rebuilt (
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

INSERT INTO keepa_ledger_rebuilt (
  id, account_id, at_ms, kind, balance_change_millitokens, held_change_millitokens, balance_millitokens,
  held_millitokens, task, worker, reservation)
SELECT
  id, account_id, at_ms, kind, balance_change_millitokens, held_change_millitokens, balance_millitokens,
  held_millitokens, task, worker, reservation
FROM keepa_ledger;

DROP TABLE keepa_ledger;
ALTER TABLE keepa_ledger_rebuilt RENAME TO keepa_ledger;

CREATE TRIGGER keepa_ledger_append_only BEFORE UPDATE ON keepa_ledger
BEGIN
  SELECT RAISE(ABORT, 'keepa_ledger is append-only');
END;
