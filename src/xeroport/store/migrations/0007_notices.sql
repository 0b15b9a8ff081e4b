-- What is still to be said of incidents; written together with the end of the run that it is about.
CREATE TABLE notice (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  schedule TEXT NOT NULL REFERENCES schedule (name) ON DELETE CASCADE,
  event    TEXT NOT NULL CHECK (event IN ('opened', 'closed')),
  since    TEXT NOT NULL,                -- when the incident began
  due      TEXT NOT NULL,
  message  TEXT NOT NULL,
  made_at  TEXT NOT NULL,
  tries    INTEGER NOT NULL DEFAULT 0,
  try_at   TEXT NOT NULL,
  problem  TEXT,                         -- why the last try failed
  owner    TEXT,                         -- who is at it, until `try_at`
  UNIQUE (schedule, since, event)
) STRICT;
