-- Flows as they were added, and how far each has read its source.
CREATE TABLE flow (
  name     TEXT PRIMARY KEY,
  document TEXT NOT NULL,                -- the TOML, as it was given
  folder   TEXT NOT NULL,                -- where relative paths in it begin
  enabled  INTEGER NOT NULL DEFAULT 1,
  state    TEXT NOT NULL DEFAULT '{}',   -- the checkpoint, JSON
  added_at TEXT NOT NULL
);
-- What a flow carries: one row a record and step, from the moment its source gave it.
CREATE TABLE flow_record (
  id         INTEGER PRIMARY KEY,
  flow       TEXT NOT NULL REFERENCES flow (name) ON DELETE CASCADE,
  step       INTEGER NOT NULL,
  key        TEXT NOT NULL,
  origin     TEXT NOT NULL,              -- where in the source it was
  source     TEXT,                       -- what the source gave, JSON; gone once delivered
  body       TEXT,                       -- what the target gets, JSON; NULL: none could be made
  ids        TEXT NOT NULL DEFAULT '{}', -- path parameters, JSON
  hash       BLOB NOT NULL,
  status     TEXT NOT NULL
             CHECK (status IN ('waiting', 'ready', 'queued', 'sent', 'refused', 'unknown')),
  messages   TEXT NOT NULL DEFAULT '[]',
  delivery   INTEGER,                    -- in the outbox
  place      TEXT,                       -- the file that it goes into
  changed_at TEXT NOT NULL,
  UNIQUE (flow, step, key)
) STRICT;
CREATE INDEX flow_record_open ON flow_record (flow, step, status) WHERE status <> 'sent';
-- Which records a run was about, so that the same can be tried again.
CREATE TABLE flow_run (
  run    INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  record INTEGER NOT NULL REFERENCES flow_record (id) ON DELETE CASCADE,
  PRIMARY KEY (run, record)
) WITHOUT ROWID;
CREATE INDEX flow_run_record ON flow_run (record);
-- Files that a flow has read to their end, by what is in them.
CREATE TABLE flow_file (
  flow    TEXT NOT NULL REFERENCES flow (name) ON DELETE CASCADE,
  digest  TEXT NOT NULL,
  name    TEXT NOT NULL,
  read_at TEXT NOT NULL,
  PRIMARY KEY (flow, digest)
);
