-- What Amazon says of its usage plan for this seller (x-amzn-RateLimit-Limit): the time between two requests. NULL: it
-- has said nothing yet, and the plan that its documentation names holds.
ALTER TABLE spapi_pace ADD COLUMN interval_ms INTEGER CHECK (interval_ms BETWEEN 1 AND 3600000);
