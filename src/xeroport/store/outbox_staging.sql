-- name: table
CREATE TEMP TABLE IF NOT EXISTS staged (
  push     INTEGER NOT NULL,
  seq      INTEGER PRIMARY KEY,
  key      TEXT NOT NULL,
  body     BLOB NOT NULL,
  hash     BLOB NOT NULL,
  ids      TEXT NOT NULL,
  line     INTEGER,
  expected TEXT NOT NULL DEFAULT '{}',
  delivery INTEGER,
  was      TEXT
)
-- name: refusals
CREATE TEMP TABLE IF NOT EXISTS refused (
  push     INTEGER NOT NULL,
  line     INTEGER,
  key      TEXT NOT NULL,
  messages TEXT NOT NULL
)
-- name: keys
CREATE INDEX IF NOT EXISTS temp.staged_key ON staged (push, key)
-- name: deliveries
CREATE INDEX IF NOT EXISTS temp.staged_delivery ON staged (delivery, push)
-- name: next_push
SELECT coalesce(max(push), 0) + 1 FROM temp.staged
-- name: mark_push
INSERT INTO temp.staged (push, key, body, hash, ids, was) VALUES (?, '', x'', x'', '{}', 'mark')
-- name: add
INSERT INTO temp.staged (push, key, body, hash, ids, line, expected)
VALUES (?, ?, ?, ?, ?, ?, ?)
-- name: refuse
INSERT INTO temp.refused (push, line, key, messages) VALUES (?, ?, ?, ?)
-- name: refused
SELECT line, key, messages FROM temp.refused WHERE push = ? ORDER BY line
-- name: waiting
SELECT key, line FROM temp.staged
WHERE push = ? AND delivery IS NULL AND was IS NOT 'mark' ORDER BY seq
-- name: want
INSERT INTO temp.staged (push, key, body, hash, ids, delivery, was)
VALUES (?, ?, x'', x'', '{}', ?, 'wanted')
-- name: repeated
SELECT key, json_group_array(line), count(DISTINCT hash), min(seq) AS first
FROM temp.staged WHERE push = ? AND was IS NOT 'mark'
GROUP BY key HAVING count(*) > 1 ORDER BY first LIMIT ?
-- name: drop_repeated
DELETE FROM temp.staged
WHERE push = :push AND was IS NOT 'mark'
  AND seq NOT IN (SELECT min(seq) FROM temp.staged WHERE push = :push GROUP BY key)
-- name: count
SELECT count(*) FROM temp.staged WHERE push = ? AND was IS NOT 'mark'
-- name: is_known
SELECT EXISTS (SELECT 1 FROM temp.staged WHERE push = ? AND was IS NOT NULL AND was IS NOT 'mark')
-- name: drop_clashing
DELETE FROM temp.staged
WHERE push = :push AND was IS NOT 'mark'
  AND key IN (SELECT key FROM temp.staged WHERE push = :push GROUP BY key
              HAVING count(DISTINCT hash) > 1)
-- name: unsent
SELECT s.key, s.line,
       CASE WHEN s.was = 'pending' THEN d.body ELSE s.body END AS body,
       CASE WHEN s.was = 'pending' THEN d.ids ELSE s.ids END AS ids,
       CASE WHEN s.was = 'pending' THEN d.send_by ELSE :endpoint END AS send_by,
       CASE WHEN s.was = 'pending' THEN d.batch_limit ELSE 1000000 END AS batch_limit,
       d.xero_id,
       coalesce(s.was LIKE 'changed %' AND (d.xero_id NOT NULL OR d.status = 'sent'), 0) AS revises
FROM temp.staged AS s LEFT JOIN delivery AS d ON d.id = s.delivery
WHERE s.push = :push AND s.was IS NOT 'mark'
  AND (s.was IS NULL OR s.was = 'pending' OR (s.was = 'changed rejected' AND d.xero_id IS NULL)
       OR (:update AND s.was IN ('changed pending', 'changed sent', 'changed discarded',
                                 'changed rejected')))
ORDER BY revises, send_by, ids, d.id IS NULL, d.id, s.seq
-- name: forget
DELETE FROM temp.staged WHERE push = ?
-- name: forget_refused
DELETE FROM temp.refused WHERE push = ?
-- name: link
UPDATE temp.staged AS s
SET delivery = d.id,
    was = CASE WHEN d.hash = s.hash THEN d.status ELSE 'changed ' || d.status END
FROM delivery AS d
WHERE s.push = :push AND s.delivery IS NULL AND s.was IS NOT 'mark'
  AND d.organisation = :organisation AND d.endpoint = :endpoint AND d.key = s.key
-- name: changed
SELECT s.key, s.line, s.body AS new_body, s.ids AS new_ids, s.hash AS new_hash, s.was, s.expected,
       d.id, d.status, d.xero_id, d.line AS old_line, d.file AS old_file
FROM temp.staged AS s JOIN delivery AS d ON d.id = s.delivery
WHERE s.push = ? AND s.was LIKE 'changed %' ORDER BY s.seq
-- name: siblings
SELECT s.key, s.line, s.body, d.endpoint, d.status, d.line AS old_line, d.file AS old_file
FROM temp.staged AS s CROSS JOIN json_each(:endpoints) AS e
CROSS JOIN delivery AS d ON d.organisation = :organisation AND d.endpoint = e.value AND d.key = s.key
WHERE s.push = :push AND s.delivery IS NULL AND s.was IS NOT 'mark'
  AND d.status IN ('sent', 'unknown', 'claimed', 'pending')
ORDER BY s.seq
-- name: drop_key
DELETE FROM temp.staged WHERE push = ? AND key = ? AND was IS NOT 'mark'
-- name: span
SELECT min(seq), max(seq) FROM temp.staged WHERE push = ?
-- name: insert
INSERT INTO delivery (organisation, instance, endpoint, key, send_by, ids, body, hash, file, line,
                      status, expected, enqueued_at)
SELECT :organisation, :instance, :endpoint, s.key, :endpoint, s.ids, s.body, s.hash, :file, s.line,
       :status, s.expected, :now
FROM temp.staged AS s
WHERE s.push = :push AND s.seq BETWEEN :low AND :high AND s.delivery IS NULL
  AND s.was IS NOT 'mark'
ORDER BY s.seq
ON CONFLICT (organisation, endpoint, key) DO NOTHING
-- name: link_new
UPDATE temp.staged AS s
SET delivery = d.id, was = CASE WHEN d.hash = s.hash THEN 'new' ELSE 'changed ' || d.status END
FROM delivery AS d
WHERE s.push = :push AND s.seq BETWEEN :low AND :high AND s.delivery IS NULL
  AND s.was IS NOT 'mark'
  AND d.organisation = :organisation AND d.endpoint = :endpoint AND d.key = s.key
-- name: replace
UPDATE delivery
SET body = :body, hash = :hash, ids = :ids, send_by = :send_by, file = :file, line = :line,
    status = CASE WHEN :held OR status = 'held' THEN 'held' ELSE 'pending' END, batch = NULL,
    position = NULL, batch_limit = 1000000, messages = '[]', differences = '[]',
    instance = :instance, expected = :expected, enqueued_at = :now, settled_at = NULL
WHERE id = :id AND status = :was
-- name: tally
SELECT was, count(*) FROM temp.staged WHERE push = ? AND was IS NOT 'mark' GROUP BY was
-- name: results
SELECT s.was, coalesce(s.line, d.line) AS line,
       CASE WHEN s.line IS NULL THEN d.file ELSE :file END AS file, d.*
FROM temp.staged AS s JOIN delivery AS d ON d.id = s.delivery
WHERE s.push = :push ORDER BY s.seq
-- name: open
SELECT d.status, count(*) FROM temp.staged AS s JOIN delivery AS d ON d.id = s.delivery
LEFT JOIN batch AS b ON b.id = d.batch
WHERE s.push = :push AND (d.status IN ('pending', 'unknown')
                          OR (d.status = 'claimed' AND b.owner <> :owner))
GROUP BY d.status
-- name: unknown
SELECT d.id, d.batch_limit FROM temp.staged AS s JOIN delivery AS d ON d.id = s.delivery
WHERE s.push = ? AND d.status = 'unknown'
-- name: keys_by_xero_id
SELECT d.key, d.xero_id FROM delivery AS d
WHERE d.xero_id IN (SELECT value FROM json_each(:ids)) AND d.status = 'sent'
  AND d.send_by = :send_by
  AND EXISTS (SELECT 1 FROM temp.staged AS s WHERE s.delivery = d.id AND s.push = :push)
-- name: wants
SELECT 1 FROM delivery AS d
WHERE d.batch = :batch
  AND EXISTS (SELECT 1 FROM temp.staged AS s WHERE s.delivery = d.id AND s.push = :push)
LIMIT 1
