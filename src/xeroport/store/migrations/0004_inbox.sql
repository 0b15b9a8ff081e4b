-- The sealed signing key of an instance's webhooks.
CREATE TABLE webhook (
  instance TEXT PRIMARY KEY REFERENCES instance (name) ON DELETE CASCADE,
  signing_key BLOB NOT NULL
);
-- Events as they came; the unique columns are all the identity that an event of Xero has.
CREATE TABLE inbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  instance TEXT NOT NULL REFERENCES instance (name) ON DELETE CASCADE,
  tenant TEXT NOT NULL,
  resource TEXT NOT NULL,
  category TEXT NOT NULL,
  type TEXT NOT NULL,
  at TEXT NOT NULL,
  received_at TEXT NOT NULL,
  UNIQUE (instance, tenant, resource, category, type, at)
);
CREATE INDEX inbox_by_instance ON inbox (instance, id);
-- How far each reader of an inbox has come.
CREATE TABLE inbox_position (
  instance TEXT NOT NULL REFERENCES instance (name) ON DELETE CASCADE,
  reader TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (instance, reader)
);
