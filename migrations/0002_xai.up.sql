-- xAI: the daily quota of paid calls, the cache of verdicts, and who is asking just now.

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
  no_credits INTEGER NOT NULL CHECK (no_credits IN (0, 1))
) STRICT;

-- A row a day. calls_today is the sum of the day's units but the bypassing ones.
CREATE TABLE xai_day (
  date TEXT NOT NULL PRIMARY KEY CHECK (date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  calls_today INTEGER NOT NULL CHECK (calls_today >= 0),
  bypass_calls INTEGER NOT NULL CHECK (bypass_calls >= 0),
  cache_hits INTEGER NOT NULL CHECK (cache_hits >= 0),
  cache_misses INTEGER NOT NULL CHECK (cache_misses >= 0)
) STRICT, WITHOUT ROWID;

INSERT INTO xai_day (date, calls_today, bypass_calls, cache_hits, cache_misses) VALUES ('1970-01-01', 0, 0, 0, 0);
INSERT INTO xai_quota (id, daily_limit, time_zone, last_reset_date, day_ends_at_ms, no_credits)
VALUES (1, 1000, 'UTC', '1970-01-01', 86400000, 0);

-- What was counted: a call, a bypassing call (seen, never counted in calls_today), or what an operator, an import or a
-- restore stated (one row with a count, which may take away).
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
  verdict INTEGER NOT NULL CHECK (verdict IN (0, 1)),
  stored_at_ms INTEGER NOT NULL,
  flight INTEGER
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
  ending TEXT CHECK (ending IN ('answer', 'abandon', 'void')),
  CHECK ((ended_at_ms IS NULL) = (ending IS NULL))
) STRICT;

CREATE INDEX xai_flight_by_start ON xai_flight (started_at_ms);
