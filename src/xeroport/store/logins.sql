-- name: put
INSERT INTO login (name, base_url, identity_url, client_id, secret, scopes, access, expires_at,
    refresh, refreshed_at, signed_in_at)
VALUES (:name, :base_url, :identity_url, :client_id, :secret, :scopes, :access, :expires_at,
    :refresh, :refreshed_at, :now)
ON CONFLICT (name) DO UPDATE
SET base_url = excluded.base_url, identity_url = excluded.identity_url,
    client_id = excluded.client_id, secret = excluded.secret, scopes = excluded.scopes,
    access = excluded.access, expires_at = excluded.expires_at, refresh = excluded.refresh,
    refreshed_at = excluded.refreshed_at, previous = NULL, signed_in_at = excluded.signed_in_at,
    ended = NULL, warned_at = 0, refresher = NULL, refreshing_until = 0
-- name: app_of_instances
UPDATE instance SET client_id = :client_id WHERE login = :name AND client_id <> :client_id
-- name: end
UPDATE login SET access = NULL, refresh = NULL, previous = NULL, expires_at = 0, ended = :reason,
    refresher = NULL, refreshing_until = 0
WHERE name = :name
-- name: quiet
SELECT name FROM login WHERE refresh NOT NULL AND ended IS NULL AND refreshed_at < :before
ORDER BY name
-- name: refresher
SELECT refresher, refreshing_until FROM login WHERE name = :name
-- name: claim
UPDATE login SET refresher = :claim, refreshing_until = :until WHERE name = :name
-- name: save
UPDATE login SET access = :access, expires_at = :expires_at, refresh = :refresh,
    refreshed_at = :refreshed_at, previous = :previous, scopes = :scopes, ended = NULL,
    warned_at = 0, refresher = NULL, refreshing_until = 0
WHERE name = :name AND refresher = :claim
-- name: give_up
UPDATE login SET refresher = NULL, refreshing_until = 0 WHERE name = :name AND refresher = :claim
-- name: ended
UPDATE login SET ended = :reason, refresher = NULL, refreshing_until = 0
WHERE name = :name AND refresher = :claim
