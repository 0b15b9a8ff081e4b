-- Destinations that an instance was synced into; the URL is sealed.
CREATE TABLE place (
  id INTEGER PRIMARY KEY,
  instance TEXT NOT NULL REFERENCES instance (name) ON DELETE CASCADE,
  shown TEXT NOT NULL,
  url BLOB NOT NULL,
  used_at TEXT NOT NULL,
  UNIQUE (instance, shown)
);
