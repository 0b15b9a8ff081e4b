-- name: set_key
INSERT INTO webhook (instance, signing_key) VALUES (?, ?)
ON CONFLICT (instance) DO UPDATE SET signing_key = excluded.signing_key
-- name: receive
INSERT OR IGNORE INTO inbox (instance, tenant, resource, category, type, at, received_at)
VALUES (?, ?, ?, ?, ?, ?, ?)
-- name: unread
SELECT * FROM inbox
WHERE instance = :instance AND id > coalesce(
  (SELECT position FROM inbox_position WHERE instance = :instance AND reader = :reader), 0)
ORDER BY id LIMIT :limit
-- name: advance
INSERT INTO inbox_position (instance, reader, position) VALUES (?, ?, ?)
ON CONFLICT (instance, reader) DO UPDATE SET position = max(position, excluded.position)
-- name: recent
SELECT * FROM inbox WHERE :instance IS NULL OR instance = :instance
ORDER BY id DESC LIMIT :limit
