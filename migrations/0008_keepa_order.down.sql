-- Loses which observations each open reservation had seen: the older program orders late answers by the clock again;
-- Loses since when a waiting task could run, and whether it was passed: it holds others up until its place lapses.
ALTER TABLE keepa_place DROP COLUMN passed;
ALTER TABLE keepa_place DROP COLUMN reached_at_ms;
ALTER TABLE keepa_reservation DROP COLUMN granted_after_server_at_ms;
ALTER TABLE keepa_reservation DROP COLUMN granted_after;
ALTER TABLE keepa_account DROP COLUMN observations;
