-- What a person chose on a page of an instance, under a name: `page` is the rest of its address.
CREATE TABLE saved_view (
  id INTEGER PRIMARY KEY,
  instance TEXT NOT NULL REFERENCES instance (name) ON DELETE CASCADE,
  page TEXT NOT NULL,
  name TEXT NOT NULL,
  query TEXT NOT NULL,
  UNIQUE (instance, page, name)
);
