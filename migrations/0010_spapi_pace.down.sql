-- Loses what Amazon said of its usage plans.
ALTER TABLE spapi_pace DROP COLUMN interval_ms;
