-- Whether what is sealed is bound to its row and column yet: the first release bound nothing.
ALTER TABLE vault ADD COLUMN is_bound INTEGER NOT NULL DEFAULT 0
