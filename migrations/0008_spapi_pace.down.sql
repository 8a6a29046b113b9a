ALTER TABLE spapi_pace DROP COLUMN interval_ms;
