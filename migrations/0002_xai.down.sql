DROP TABLE xai_flight;
DROP TABLE xai_verdict;
DROP TABLE xai_unit;
DROP TABLE xai_quota;
DROP TABLE xai_day;
DROP TABLE lease;
