-- One sign-in with Xero (code and PKCE) that several instances share. Tokens are sealed.
CREATE TABLE login (
  name             TEXT PRIMARY KEY,
  base_url         TEXT NOT NULL,
  identity_url     TEXT NOT NULL,
  client_id        TEXT NOT NULL,
  secret           BLOB,                       -- of a web app; NULL: an app without one
  scopes           TEXT NOT NULL DEFAULT '',   -- as Xero last granted them
  access           BLOB,
  expires_at       REAL NOT NULL DEFAULT 0,    -- of the access token, seconds since 1970
  refresh          BLOB,
  refreshed_at     REAL NOT NULL DEFAULT 0,    -- when the refresh token was issued
  previous         BLOB,                       -- the refresh token before, good for 30 minutes
  signed_in_at     REAL NOT NULL DEFAULT 0,
  ended            TEXT,                       -- why it needs sign-in again; NULL: it does not
  warned_at        REAL NOT NULL DEFAULT 0,    -- when it was last said that it cannot be refreshed
  refresher        TEXT,                       -- who is refreshing it, until `refreshing_until`
  refreshing_until REAL NOT NULL DEFAULT 0
) STRICT;
ALTER TABLE instance ADD COLUMN login TEXT REFERENCES login (name)
