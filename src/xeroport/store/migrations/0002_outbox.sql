CREATE TABLE batch (
  id            TEXT PRIMARY KEY,              -- also the Idempotency-Key
  instance      TEXT NOT NULL,
  endpoint      TEXT NOT NULL,                 -- as the user named it
  send_by       TEXT NOT NULL,                 -- the endpoint that carries it
  ids           TEXT NOT NULL,                 -- path parameters, JSON
  body          BLOB,                          -- the exact bytes; gone once settled
  content_type  TEXT,                          -- of a file; NULL is JSON
  status        TEXT NOT NULL CHECK (status IN ('claimed', 'settled', 'unknown', 'released')),
  owner         TEXT NOT NULL,
  expires_at    REAL NOT NULL,                 -- seconds since 1970, UTC
  first_sent_at REAL,                          -- NULL: not one byte has left
  sends         INTEGER NOT NULL DEFAULT 0,
  created_at    REAL NOT NULL,
  settled_at    REAL
) STRICT;
CREATE INDEX batch_open ON batch (instance, endpoint) WHERE status = 'claimed';
CREATE TABLE delivery (
  id          INTEGER PRIMARY KEY,
  instance    TEXT NOT NULL,
  endpoint    TEXT NOT NULL,
  key         TEXT NOT NULL,
  send_by     TEXT NOT NULL,
  ids         TEXT NOT NULL DEFAULT '{}',
  body        BLOB NOT NULL,
  hash        BLOB NOT NULL,
  file        TEXT,
  line        INTEGER,
  status      TEXT NOT NULL DEFAULT 'pending'
              CHECK (status IN ('pending', 'claimed', 'sent', 'rejected', 'unknown', 'discarded')),
  batch       TEXT REFERENCES batch (id),
  position    INTEGER,
  batch_limit INTEGER NOT NULL DEFAULT 1000000, -- halved when Xero refuses a batch as a whole
  messages    TEXT NOT NULL DEFAULT '[]',      -- Xero's own words, or a person's reason, JSON
  xero_id     TEXT,
  xero_number TEXT,
  enqueued_at REAL NOT NULL,
  settled_at  REAL,
  UNIQUE (instance, endpoint, key)
) STRICT;
CREATE INDEX delivery_pending ON delivery (instance, endpoint, send_by, ids, id)
  WHERE status = 'pending';
CREATE INDEX delivery_of_batch ON delivery (batch) WHERE batch IS NOT NULL;
CREATE INDEX delivery_status ON delivery (instance, status, endpoint);
