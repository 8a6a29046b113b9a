-- What a kind of call really costs: learnt from the settlements that said it.

-- consumed_millitokens is from here on what a settlement stated. Until now one that stated nothing had its full cost
-- there, which was charged by default and is no fact; what was stated in just that amount cannot be told from it, and is
-- learnt anew.
UPDATE keepa_reservation SET consumed_millitokens = NULL
WHERE ending = 'release' OR (ending = 'settle' AND consumed_millitokens = cost_millitokens);

-- The calls that tell what their kind costs, the latest last. A call that was to cost and cost nothing is not among
-- them: it was refused at the door (a 429), and Keepa never worked on it.
CREATE INDEX keepa_reservation_kind
  ON keepa_reservation (account_id, kind, ended_at_ms, id, consumed_millitokens, cost_millitokens)
  WHERE kind IS NOT NULL AND (consumed_millitokens > 0 OR consumed_millitokens = cost_millitokens);
