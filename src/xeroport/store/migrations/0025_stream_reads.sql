-- When each stream was last read into a destination, and when that last brought something: the
-- plan of calls goes by it. `number` is the destination's own batch number at that time; a
-- destination that is behind it was replaced, and the row says nothing of it.
CREATE TABLE stream_read (
  instance TEXT NOT NULL REFERENCES instance (name) ON DELETE CASCADE ON UPDATE CASCADE,
  place TEXT NOT NULL,
  stream TEXT NOT NULL,
  read_at TEXT NOT NULL,
  changed_at TEXT,
  number INTEGER NOT NULL,
  PRIMARY KEY (instance, place, stream)
) WITHOUT ROWID;
