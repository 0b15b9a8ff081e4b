-- What a destination held after the last sync into it, so that one that brings nothing need not
-- open it. `stamp` is how its file stood then; a file that stands otherwise is looked into.
CREATE TABLE destination_state (
  instance TEXT NOT NULL REFERENCES instance (name) ON DELETE CASCADE ON UPDATE CASCADE,
  place TEXT NOT NULL,
  stamp TEXT NOT NULL,
  checkpoints BLOB NOT NULL,
  PRIMARY KEY (instance, place)
) WITHOUT ROWID;
-- Why Xero did not give a stream when it was last asked for, as JSON.
ALTER TABLE stream_read ADD COLUMN refusal TEXT;
