-- Observations are put in order by a count and by Keepa's stamps, never by a clock of ours; and a place of the queue knows
-- since when its target is reached, and whether it was passed.

-- How many observations were applied. What one that is open has seen at its grant was not kept: something may have been
-- applied since, so the account counts one, and they none.
ALTER TABLE keepa_account ADD COLUMN observations INTEGER NOT NULL DEFAULT 0;
UPDATE keepa_account SET observations = 1 WHERE observed_at_ms IS NOT NULL;
-- Whether one without a stamp of Keepa's was applied since the last stamp, which then orders nothing.
ALTER TABLE keepa_account ADD COLUMN unstamped_since INTEGER NOT NULL DEFAULT 0 CHECK (unstamped_since IN (0, 1));

ALTER TABLE keepa_reservation ADD COLUMN granted_after INTEGER NOT NULL DEFAULT 0;
ALTER TABLE keepa_reservation ADD COLUMN granted_after_server_at_ms INTEGER;

ALTER TABLE keepa_place ADD COLUMN reached_at_ms INTEGER;
ALTER TABLE keepa_place ADD COLUMN passed INTEGER NOT NULL DEFAULT 0 CHECK (passed BETWEEN 0 AND 2);

-- xAI: one pause for all workers, questions that are refused for their content, the model of each verdict, what was
-- assumed, and statements of a day that are ordered by a count and not by a clock.

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

ALTER TABLE xai_quota ADD COLUMN paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1));

-- How often somebody took the safe assumption for a verdict.
ALTER TABLE xai_day ADD COLUMN assumed INTEGER NOT NULL DEFAULT 0 CHECK (assumed >= 0);
-- How often somebody stated what the day has used; a unit knows how many of them came before it, and the later ones
-- cover it.
ALTER TABLE xai_day ADD COLUMN statements INTEGER NOT NULL DEFAULT 0 CHECK (statements >= 0);
ALTER TABLE xai_unit ADD COLUMN statements INTEGER NOT NULL DEFAULT 0;

-- What was stated so far is ordered as it was until now.
WITH stated (date, id) AS MATERIALIZED (SELECT date, id FROM xai_unit WHERE kind = 'stated')
UPDATE xai_unit SET statements = (
  SELECT count(*) FROM stated WHERE stated.date = xai_unit.date AND stated.id < xai_unit.id)
WHERE date IN (SELECT date FROM stated);
WITH stated (date) AS MATERIALIZED (SELECT date FROM xai_unit WHERE kind = 'stated')
UPDATE xai_day SET statements = (SELECT count(*) FROM stated WHERE stated.date = xai_day.date)
WHERE date IN (SELECT date FROM stated);

CREATE TABLE xai_verdict_rebuilt (
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

INSERT INTO xai_verdict_rebuilt (id, question, title, category, season, price_cents, verdict, stored_at_ms, flight)
SELECT id, question, title, category, season, price_cents, verdict, stored_at_ms, flight FROM xai_verdict ORDER BY id;

DROP TABLE xai_verdict;
ALTER TABLE xai_verdict_rebuilt RENAME TO xai_verdict;

-- What Amazon says of its usage plan for this seller (x-amzn-RateLimit-Limit): the time between two requests. NULL: it
-- has said nothing yet, and the plan that its documentation names holds.
ALTER TABLE spapi_pace ADD COLUMN interval_ms INTEGER CHECK (interval_ms BETWEEN 1 AND 3600000);
