-- When what runs by itself; a row's lease says which process is running it just now.
CREATE TABLE schedule (
  name TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  target TEXT NOT NULL,
  arguments TEXT NOT NULL,
  cron TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  notify TEXT,
  paused INTEGER NOT NULL DEFAULT 0,
  next_due TEXT NOT NULL,
  owner TEXT,
  lease_until TEXT,
  failing_since TEXT
);
-- One row a run that was due: the key is what makes it run once, whoever asks.
CREATE TABLE firing (
  schedule TEXT NOT NULL REFERENCES schedule (name) ON DELETE CASCADE,
  due TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 1,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  status TEXT NOT NULL DEFAULT 'running',
  run INTEGER,
  message TEXT,
  PRIMARY KEY (schedule, due)
);
