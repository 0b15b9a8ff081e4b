-- name: deliveries
SELECT * FROM delivery
WHERE instance = :instance
  AND (:status = '[]' OR status IN (SELECT value FROM json_each(:status)))
  AND (:endpoint IS NULL OR endpoint = :endpoint)
  AND (:keys = '[]' OR key IN (SELECT value FROM json_each(:keys)))
ORDER BY id LIMIT :limit
-- name: counts
SELECT endpoint, status, count(*) FROM delivery WHERE instance = ?
GROUP BY endpoint, status ORDER BY endpoint, status
-- name: retry
UPDATE delivery
SET status = 'pending', batch = NULL, position = NULL, messages = '[]', settled_at = NULL,
    batch_limit = 1000000
WHERE id = ? AND status = ? AND status IN ('rejected', 'unknown', 'discarded')
-- name: discard
UPDATE delivery SET status = 'discarded', messages = ?, settled_at = ?
WHERE id = ? AND status IN ('pending', 'rejected', 'unknown')
-- name: head
SELECT d.id, d.send_by, d.ids, d.batch_limit FROM delivery AS d
WHERE d.instance = :instance AND d.endpoint = :endpoint AND d.status = 'pending'
  AND EXISTS (SELECT 1 FROM temp.staged AS s WHERE s.delivery = d.id AND s.push = :push)
ORDER BY d.send_by, d.ids, d.id LIMIT 1
-- name: group
SELECT d.id, d.key, d.body, d.batch_limit FROM delivery AS d
WHERE d.instance = :instance AND d.endpoint = :endpoint AND d.status = 'pending'
  AND d.send_by = :send_by AND d.ids = :ids AND d.id >= :id
  AND EXISTS (SELECT 1 FROM temp.staged AS s WHERE s.delivery = d.id AND s.push = :push)
ORDER BY d.id LIMIT :limit
-- name: new_batch
INSERT INTO batch (id, instance, endpoint, send_by, ids, body, content_type, status, owner,
                   expires_at, created_at)
VALUES (:id, :instance, :endpoint, :send_by, :ids, :body, :content_type, 'claimed', :owner,
        :expires_at, :now)
-- name: take
UPDATE delivery SET status = 'claimed', batch = ?, position = ? WHERE id = ? AND status = 'pending'
-- name: departs
UPDATE batch
SET first_sent_at = coalesce(first_sent_at, :now), sends = sends + 1, expires_at = :expires_at
WHERE id = :id AND owner = :owner AND status = 'claimed'
-- name: renew
UPDATE batch SET expires_at = ? WHERE owner = ? AND status = 'claimed'
-- name: close_batch
UPDATE batch SET status = :status, body = NULL, settled_at = :now
WHERE id = :id AND owner = :owner AND status = 'claimed'
-- name: settle
UPDATE delivery
SET status = :status, xero_id = coalesce(:xero_id, xero_id),
    xero_number = coalesce(:xero_number, xero_number), messages = :messages, settled_at = :now
WHERE batch = :batch AND position = :position AND status = :was
-- name: back
UPDATE delivery
SET status = 'pending', batch = NULL, position = NULL, batch_limit = min(batch_limit, :limit)
WHERE batch = :batch AND status = 'claimed'
-- name: doubt
UPDATE delivery SET status = 'unknown', messages = ? WHERE batch = ? AND status = 'claimed'
-- name: open_batches
SELECT * FROM batch WHERE instance = ? AND endpoint = ? AND status = 'claimed' ORDER BY created_at
-- name: own
UPDATE batch SET owner = :owner, expires_at = :expires_at
WHERE id = :id AND owner = :was AND status = 'claimed'
-- name: members
SELECT id, key, body, position FROM delivery WHERE batch = ? ORDER BY position
-- name: unknown
SELECT d.*, b.first_sent_at, b.sends FROM delivery AS d LEFT JOIN batch AS b ON b.id = d.batch
WHERE d.instance = ? AND d.endpoint = ? AND d.status = 'unknown' ORDER BY d.id
-- name: held
SELECT DISTINCT xero_id FROM delivery
WHERE instance = ? AND status = 'sent' AND xero_id IN (SELECT value FROM json_each(?))
-- name: reopen
UPDATE delivery SET status = 'pending', batch = NULL, position = NULL, messages = :messages
WHERE id = :id AND batch = :batch AND status = 'unknown'
