-- Holds the place of a step that another branch brings; it changes nothing.
SELECT 1;
