-- name: set_key
INSERT INTO webhook (instance, signing_key) VALUES (?, ?)
ON CONFLICT (instance) DO UPDATE SET signing_key = excluded.signing_key
-- name: receive
INSERT OR IGNORE INTO inbox (tenant, resource, category, type, at, received_at, instance)
SELECT ?, ?, ?, ?, ?, ?, name FROM instance WHERE name = ?
-- name: unread
SELECT * FROM inbox
WHERE instance = :instance AND id > coalesce(
  (SELECT position FROM inbox_position WHERE instance = :instance AND reader = :reader), 0)
ORDER BY id LIMIT :limit
-- name: with_news
SELECT w.instance FROM webhook AS w
LEFT JOIN inbox_position AS p ON p.instance = w.instance AND p.reader = :reader
WHERE EXISTS (
  SELECT 1 FROM inbox AS i WHERE i.instance = w.instance AND i.id > coalesce(p.position, 0))
ORDER BY 1
-- name: overview
SELECT w.instance, count(i.id) AS events, max(i.received_at) AS last,
  count(i.id) FILTER (WHERE i.id > coalesce(
    (SELECT min(position) FROM inbox_position AS p WHERE p.instance = w.instance), 0)) AS waiting
FROM webhook AS w LEFT JOIN inbox AS i ON i.instance = w.instance
GROUP BY w.instance ORDER BY 1
-- name: advance
INSERT INTO inbox_position (instance, reader, position) VALUES (?, ?, ?)
ON CONFLICT (instance, reader) DO UPDATE SET position = max(position, excluded.position)
-- name: recent
SELECT * FROM inbox WHERE :instance IS NULL OR instance = :instance
ORDER BY id DESC LIMIT :limit
