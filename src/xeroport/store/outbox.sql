-- name: organisation
SELECT lower(base_url || ' ' || coalesce('organisation ' || organisation_id,
                                         'tenant ' || tenant_id, 'app ' || client_id))
FROM instance WHERE name = ?
-- name: sharers
SELECT name FROM instance
WHERE name <> ? AND lower(base_url || ' ' || coalesce('organisation ' || organisation_id,
                                                      'tenant ' || tenant_id,
                                                      'app ' || client_id)) = ?
-- name: others_at
SELECT 1 FROM instance WHERE name <> :name AND lower(base_url) = :base_url
UNION ALL
SELECT 1 FROM (SELECT 1 FROM delivery
               WHERE organisation >= :at || 'organisation ' AND organisation < :at || 'organisation~'
               LIMIT 1)
LIMIT 1
-- name: yield_clashing
DELETE FROM delivery
WHERE organisation = :now AND status IN ('held', 'pending', 'rejected', 'discarded')
  AND EXISTS (SELECT 1 FROM delivery AS w
              WHERE w.organisation = :was AND w.endpoint = delivery.endpoint
                AND w.key = delivery.key AND w.status IN ('sent', 'unknown', 'claimed'))
-- name: adopt_deliveries
UPDATE OR IGNORE delivery SET organisation = :now WHERE organisation = :was
-- name: adopt_batches
UPDATE batch SET organisation = :now WHERE organisation = :was
-- name: forget_unsent
DELETE FROM delivery
WHERE organisation = :organisation AND status IN ('held', 'pending', 'rejected')
-- name: forget_bodies
UPDATE delivery SET body = x'7b7d' WHERE organisation = :organisation AND status = 'sent'
-- name: forget_all
DELETE FROM delivery WHERE organisation = :organisation
-- name: forget_batches
DELETE FROM batch WHERE organisation = :organisation AND status <> 'claimed'
  AND id NOT IN (SELECT batch FROM delivery WHERE batch IS NOT NULL)
  AND id NOT IN (SELECT doubted FROM delivery WHERE doubted IS NOT NULL)
-- name: deliveries
SELECT * FROM delivery
WHERE organisation = :organisation
  AND (:status = '[]' OR status IN (SELECT value FROM json_each(:status)))
  AND (:endpoint IS NULL OR endpoint = :endpoint)
  AND (:keys = '[]' OR key IN (SELECT value FROM json_each(:keys)))
ORDER BY id LIMIT :limit
-- name: of_run
SELECT * FROM delivery WHERE run = ? ORDER BY id
-- name: counts
SELECT endpoint, status, count(*) FROM delivery WHERE organisation = ?
GROUP BY endpoint, status ORDER BY endpoint, status
-- name: retry
UPDATE delivery
SET status = 'pending', batch = NULL, position = NULL, messages = '[]', differences = '[]',
    settled_at = NULL, batch_limit = 1000000
WHERE id = ? AND status = ? AND status IN ('rejected', 'unknown', 'discarded')
-- name: discard
UPDATE delivery SET status = 'discarded', messages = ?, settled_at = ?
WHERE id = ? AND status IN ('held', 'pending', 'rejected', 'unknown')
-- name: head
SELECT d.id, d.send_by, d.ids, d.batch_limit FROM delivery AS d
WHERE d.organisation = :organisation AND d.endpoint = :endpoint AND d.status = 'pending'
  AND EXISTS (SELECT 1 FROM temp.staged AS s WHERE s.delivery = d.id AND s.push = :push)
ORDER BY d.send_by, d.ids, d.id LIMIT 1
-- name: group
SELECT d.id, d.key, d.body, d.expected, d.batch_limit, d.doubted FROM delivery AS d
WHERE d.organisation = :organisation AND d.endpoint = :endpoint AND d.status = 'pending'
  AND d.send_by = :send_by AND d.ids = :ids AND d.id >= :id
  AND EXISTS (SELECT 1 FROM temp.staged AS s WHERE s.delivery = d.id AND s.push = :push)
ORDER BY d.id LIMIT :limit
-- name: new_batch
INSERT INTO batch (id, organisation, instance, app, endpoint, send_by, ids, status, owner,
                   expires_at, created_at)
VALUES (:id, :organisation, :instance, :app, :endpoint, :send_by, :ids, 'claimed', :owner,
        :expires_at, :now)
-- name: take
UPDATE delivery SET status = 'claimed', batch = ?, position = ? WHERE id = ? AND status = 'pending'
-- name: departs
UPDATE batch
SET first_sent_at = coalesce(first_sent_at, :now),
    boot = CASE WHEN first_sent_at IS NULL THEN :boot ELSE boot END,
    first_uptime = CASE WHEN first_sent_at IS NULL THEN :uptime ELSE first_uptime END,
    body = coalesce(body, :body), content_type = coalesce(content_type, :content_type),
    sends = sends + 1, expires_at = :expires_at
WHERE id = :id AND owner = :owner AND status = 'claimed'
-- name: departed
UPDATE departure SET batches = batches + 1 RETURNING batches
-- name: departures
SELECT batches FROM departure
-- name: sent_before
SELECT first_sent_at, boot, first_uptime, sends FROM batch WHERE id = ?
-- name: renew
UPDATE batch SET expires_at = ? WHERE owner = ? AND status = 'claimed'
-- name: close_batch
UPDATE batch SET status = :status, body = NULL, settled_at = :now
WHERE id = :id AND owner = :owner AND status = 'claimed'
-- name: settle
UPDATE delivery
SET status = :status, xero_id = coalesce(:xero_id, xero_id),
    xero_number = coalesce(:xero_number, xero_number), messages = :messages,
    differences = :differences, run = coalesce(:run, run), settled_at = :now,
    doubted = CASE :status WHEN 'unknown' THEN coalesce(doubted, batch) WHEN 'sent' THEN NULL
                           ELSE doubted END
WHERE id = :id AND batch = :batch AND status = :was
-- name: back
UPDATE delivery
SET status = 'pending', batch = NULL, position = NULL, batch_limit = min(batch_limit, :limit),
    doubted = CASE WHEN :has_left THEN coalesce(doubted, batch) ELSE doubted END
WHERE batch = :batch AND status = 'claimed'
-- name: doubt
UPDATE delivery
SET status = 'unknown', messages = :messages, batch_limit = min(batch_limit, :limit),
    doubted = coalesce(doubted, batch)
WHERE batch = :batch AND status = 'claimed'
-- name: open_batches
SELECT * FROM batch WHERE organisation = ? AND endpoint = ? AND status = 'claimed'
ORDER BY created_at
-- name: own
UPDATE batch SET owner = :owner, expires_at = :expires_at
WHERE id = :id AND owner = :was AND status = 'claimed'
-- name: members
SELECT id, key, body, expected, position, doubted FROM delivery WHERE batch = ? ORDER BY position
-- name: unknown
SELECT d.*, b.first_sent_at, b.boot, b.first_uptime, b.sends
FROM delivery AS d LEFT JOIN batch AS b ON b.id = coalesce(d.doubted, d.batch)
WHERE d.organisation = ? AND d.endpoint = ? AND d.status = 'unknown' ORDER BY d.id
-- name: taken
SELECT DISTINCT xero_id FROM delivery
WHERE +organisation = ? AND +status = 'sent' AND xero_id IN (SELECT value FROM json_each(?))
-- name: reopen
UPDATE delivery
SET status = CASE batch_limit WHEN 0 THEN 'rejected' ELSE 'pending' END,
    settled_at = CASE batch_limit WHEN 0 THEN :now ELSE settled_at END,
    messages = CASE batch_limit WHEN 0 THEN messages ELSE :messages END,
    batch = NULL, position = NULL, doubted = CASE WHEN :is_sure THEN NULL ELSE doubted END
WHERE id = :id AND batch = :batch AND status = 'unknown'
-- name: say
UPDATE delivery SET messages = :messages WHERE id = :id AND batch = :batch AND status = 'unknown'
-- name: approve
UPDATE delivery SET status = 'pending', person = :person
WHERE id = :id AND status = 'held' AND body = :body AND ids = :ids AND send_by = :send_by
-- name: decline
UPDATE delivery
SET status = 'discarded', person = :person, messages = :messages, settled_at = :now
WHERE id = :id AND status = 'held'
-- name: without_note
SELECT * FROM delivery AS d
WHERE d.organisation = ? AND d.person NOT NULL AND d.status = 'sent' AND d.xero_id NOT NULL
  AND NOT EXISTS (SELECT 1 FROM delivery AS n
                  WHERE n.organisation = d.organisation
                    AND n.endpoint = substr(d.send_by, 1, instr(d.send_by, '.')) || 'history.add'
                    AND n.key = 'approval ' || d.id)
ORDER BY d.id
-- name: undone
UPDATE delivery
SET status = 'discarded', messages = :messages, differences = '[]', xero_id = NULL,
    settled_at = :now
WHERE id = :id AND status = 'sent'
