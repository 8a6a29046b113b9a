ALTER TABLE xai_flight DROP COLUMN failure;
ALTER TABLE keepa_account DROP COLUMN refresh_begun_at_ms;
DROP TABLE xai_usage;
