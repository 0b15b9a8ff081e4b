-- What was sent belongs to the organisation it was sent to, not to the name of an instance.
CREATE TABLE delivery_next (
  id           INTEGER PRIMARY KEY,
  organisation TEXT NOT NULL,                   -- see `-- name: organisation` in outbox.sql
  instance     TEXT NOT NULL,                   -- through which it was enqueued last
  endpoint     TEXT NOT NULL,
  key          TEXT NOT NULL,
  send_by      TEXT NOT NULL,
  ids          TEXT NOT NULL DEFAULT '{}',
  body         BLOB NOT NULL,
  hash         BLOB NOT NULL,
  file         TEXT,
  line         INTEGER,
  status       TEXT NOT NULL DEFAULT 'pending'
               CHECK (status IN ('held', 'pending', 'claimed', 'sent', 'rejected', 'unknown',
                                 'discarded')),
  batch        TEXT REFERENCES batch (id),
  position     INTEGER,
  batch_limit  INTEGER NOT NULL DEFAULT 1000000, -- halved when Xero does not take a batch; 0: alone
  messages     TEXT NOT NULL DEFAULT '[]',      -- Xero's own words, or a person's reason, JSON
  differences  TEXT NOT NULL DEFAULT '[]',      -- where Xero's reply is not what was sent, JSON
  xero_id      TEXT,
  xero_number  TEXT,
  run          INTEGER,                         -- the run that sent it
  person       TEXT,                            -- who approved or rejected it
  enqueued_at  REAL NOT NULL,
  settled_at   REAL,
  UNIQUE (organisation, endpoint, key)
) STRICT;
INSERT OR IGNORE INTO delivery_next (
  id, organisation, instance, endpoint, key, send_by, ids, body, hash, file, line, status, batch,
  position, batch_limit, messages, xero_id, xero_number, enqueued_at, settled_at)
SELECT d.id,
       coalesce(lower(i.base_url || ' ' || coalesce('organisation ' || i.organisation_id,
                                                    'tenant ' || i.tenant_id,
                                                    'app ' || i.client_id)), d.instance),
       d.instance, d.endpoint, d.key, d.send_by, d.ids, d.body, d.hash, d.file, d.line, d.status,
       d.batch, d.position, d.batch_limit, d.messages, d.xero_id, d.xero_number, d.enqueued_at,
       d.settled_at
FROM delivery AS d LEFT JOIN instance AS i ON i.name = d.instance
ORDER BY CASE d.status WHEN 'sent' THEN 0 WHEN 'unknown' THEN 1 WHEN 'claimed' THEN 2 ELSE 3 END,
         d.id;
DROP TABLE delivery;
ALTER TABLE delivery_next RENAME TO delivery;
CREATE INDEX delivery_pending ON delivery (organisation, endpoint, send_by, ids, id)
  WHERE status = 'pending';
CREATE INDEX delivery_of_batch ON delivery (batch) WHERE batch IS NOT NULL;
CREATE INDEX delivery_status ON delivery (organisation, status, endpoint);
CREATE INDEX delivery_of_run ON delivery (run) WHERE run IS NOT NULL;
ALTER TABLE batch ADD COLUMN organisation TEXT NOT NULL DEFAULT '';
ALTER TABLE batch ADD COLUMN app TEXT NOT NULL DEFAULT '';
ALTER TABLE batch ADD COLUMN boot TEXT;
ALTER TABLE batch ADD COLUMN first_uptime REAL;
UPDATE batch SET
  organisation = coalesce((SELECT lower(i.base_url || ' ' || coalesce(
    'organisation ' || i.organisation_id, 'tenant ' || i.tenant_id, 'app ' || i.client_id))
    FROM instance AS i WHERE i.name = batch.instance), instance),
  app = coalesce((SELECT i.client_id FROM instance AS i WHERE i.name = batch.instance), '');
DROP INDEX batch_open;
CREATE INDEX batch_open ON batch (organisation, endpoint) WHERE status = 'claimed';
