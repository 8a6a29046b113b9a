-- Observations are put in order by a count and by Keepa's stamps, never by a clock of ours; and a place of the queue knows
-- since when its target is reached, and whether it was passed.

-- How many observations were applied. What one that is open has seen at its grant was not kept: something may have been
-- applied since, so the account counts one, and they none.
ALTER TABLE keepa_account ADD COLUMN observations INTEGER NOT NULL DEFAULT 0;
UPDATE keepa_account SET observations = 1 WHERE observed_at_ms IS NOT NULL;

ALTER TABLE keepa_reservation ADD COLUMN granted_after INTEGER NOT NULL DEFAULT 0;
ALTER TABLE keepa_reservation ADD COLUMN granted_after_server_at_ms INTEGER;

ALTER TABLE keepa_place ADD COLUMN reached_at_ms INTEGER;
ALTER TABLE keepa_place ADD COLUMN passed INTEGER NOT NULL DEFAULT 0 CHECK (passed BETWEEN 0 AND 2);
