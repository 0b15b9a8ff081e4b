-- How many batches ever left for Xero. A file beside the store has the same number, so that a store
-- that was restored from an older backup is known by it.
CREATE TABLE departure (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  batches INTEGER NOT NULL
);
INSERT INTO departure VALUES (1, 0);
