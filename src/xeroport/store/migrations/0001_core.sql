-- Proves that the key which opens the secrets is the one they were sealed with.
CREATE TABLE vault (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  source TEXT NOT NULL,
  proof BLOB NOT NULL
);
CREATE TABLE instance (
  name TEXT PRIMARY KEY,
  base_url TEXT NOT NULL,
  identity_url TEXT NOT NULL,
  client_id TEXT NOT NULL,
  secret BLOB NOT NULL,
  time_zone TEXT NOT NULL,
  date_format TEXT NOT NULL,
  rate_limit INTEGER NOT NULL,
  concurrency INTEGER NOT NULL,
  scopes TEXT NOT NULL,
  tenant_id TEXT,
  organisation TEXT,
  organisation_id TEXT,
  base_currency TEXT,
  health TEXT NOT NULL,
  checked_at TEXT,
  checked INTEGER NOT NULL
);
CREATE TABLE run (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  instance TEXT NOT NULL,
  job TEXT NOT NULL,
  arguments TEXT NOT NULL,
  status TEXT NOT NULL,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  process TEXT NOT NULL,
  progress TEXT NOT NULL DEFAULT '{}',
  report TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX run_by_instance ON run (instance, job, id);
CREATE TABLE run_line (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  at TEXT NOT NULL,
  text TEXT NOT NULL
);
CREATE INDEX run_line_run ON run_line (run);
