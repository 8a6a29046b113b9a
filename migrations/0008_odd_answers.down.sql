-- Loses which observations each open reservation had seen: the older program orders late answers by the clock again;
-- Loses since when a waiting task could run, and whether it was passed: it holds others up until its place lapses;
-- Loses the pauses of xAI, the questions that it refused for their content, the model of each verdict, how often a
-- Loses verdict was assumed, and the order of units and statements beyond what their ids say;
-- Loses what Amazon said of its usage plans.
ALTER TABLE keepa_place DROP COLUMN passed;
ALTER TABLE keepa_place DROP COLUMN reached_at_ms;
ALTER TABLE keepa_reservation DROP COLUMN granted_after_server_at_ms;
ALTER TABLE keepa_reservation DROP COLUMN granted_after;
ALTER TABLE keepa_account DROP COLUMN unstamped_since;
ALTER TABLE keepa_account DROP COLUMN observations;

CREATE TABLE xai_verdict_rebuilt (
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

INSERT INTO xai_verdict_rebuilt (id, question, title, category, season, price_cents, verdict, stored_at_ms, flight)
SELECT id, question, title, category, season, price_cents, verdict, stored_at_ms, flight FROM xai_verdict
WHERE verdict IS NOT NULL ORDER BY id;

DROP TABLE xai_verdict;
ALTER TABLE xai_verdict_rebuilt RENAME TO xai_verdict;

ALTER TABLE xai_unit DROP COLUMN statements;
ALTER TABLE xai_day DROP COLUMN statements;
ALTER TABLE xai_day DROP COLUMN assumed;
ALTER TABLE xai_quota DROP COLUMN paused;
DROP TABLE xai_pause;

ALTER TABLE spapi_pace DROP COLUMN interval_ms;
