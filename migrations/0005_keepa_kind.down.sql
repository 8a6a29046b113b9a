DROP INDEX keepa_reservation_kind;
UPDATE keepa_reservation SET consumed_millitokens = iif(ending = 'release', 0, cost_millitokens)
WHERE ending IN ('settle', 'release') AND consumed_millitokens IS NULL;
