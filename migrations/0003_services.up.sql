-- The services: when Keepa was last asked for the balance, and what xAI's answers used.

-- When the last free /token request of this account was begun: at most one in 30 s.
ALTER TABLE keepa_account ADD COLUMN refresh_begun_at_ms INTEGER;

-- Why a flight was abandoned, in a word: whoever waited for it is told so and does not ask the same again at once.
ALTER TABLE xai_flight ADD COLUMN failure TEXT;

-- What the calls of a day used, by the model that answered: as xAI's answers say it. 10,000,000,000 USD ticks are a
-- dollar; calls_without_cost are those whose answers gave no cost.
CREATE TABLE xai_usage (
  date TEXT NOT NULL REFERENCES xai_day (date),
  model TEXT NOT NULL CHECK (length(model) BETWEEN 1 AND 200),
  calls INTEGER NOT NULL CHECK (calls >= 0),
  prompt_tokens INTEGER NOT NULL CHECK (prompt_tokens >= 0),
  cached_prompt_tokens INTEGER NOT NULL CHECK (cached_prompt_tokens >= 0),
  completion_tokens INTEGER NOT NULL CHECK (completion_tokens >= 0),
  reasoning_tokens INTEGER NOT NULL CHECK (reasoning_tokens >= 0),
  total_tokens INTEGER NOT NULL CHECK (total_tokens >= 0),
  cost_usd_ticks INTEGER NOT NULL CHECK (cost_usd_ticks >= 0),
  calls_without_cost INTEGER NOT NULL CHECK (calls_without_cost >= 0),
  PRIMARY KEY (date, model)
) STRICT, WITHOUT ROWID;
