-- name: put
INSERT INTO flow (name, document, folder, added_at) VALUES (:name, :document, :folder, :now)
ON CONFLICT (name) DO UPDATE SET document = excluded.document, folder = excluded.folder,
  state = CASE WHEN :afresh THEN '{}' ELSE state END
-- name: held
SELECT id, hash, status FROM flow_record WHERE flow = ? AND step = ? AND key = ?
-- name: insert
INSERT INTO flow_record (flow, step, key, origin, source, body, ids, hash, status, messages,
                         changed_at)
VALUES (:flow, :step, :key, :origin, :source, :body, :ids, :hash, :status, :messages, :now)
-- name: change
UPDATE flow_record
SET origin = :origin, source = :source, body = :body, ids = :ids, hash = :hash, status = :status,
    messages = :messages, delivery = NULL, place = NULL, changed_at = :now
WHERE id = :id
-- name: of_run
INSERT OR IGNORE INTO flow_run (run, record) VALUES (?, ?)
-- name: ready
SELECT * FROM flow_record WHERE flow = ? AND step = ? AND status = 'ready' ORDER BY id
-- name: promote
UPDATE flow_record AS r SET status = 'ready', changed_at = :now
WHERE r.flow = :flow AND r.step = :step AND r.status = 'waiting' AND NOT EXISTS (
  SELECT 1 FROM flow_record AS b
  WHERE b.flow = r.flow AND b.step < r.step AND b.key = r.key AND b.status <> 'sent')
-- name: queued
UPDATE flow_record SET status = :status, messages = :messages, delivery = :delivery,
  changed_at = :now
WHERE flow = :flow AND step = :step AND key = :key AND status = 'ready'
-- name: follow
UPDATE flow_record AS r
SET status = CASE d.status WHEN 'sent' THEN 'sent' WHEN 'unknown' THEN 'unknown'
                           WHEN 'rejected' THEN 'refused' WHEN 'discarded' THEN 'refused'
                           ELSE 'queued' END,
    messages = (SELECT json_group_array(value) FROM (
      SELECT value FROM json_each(d.differences) UNION ALL SELECT value FROM json_each(d.messages))),
    changed_at = :now, source = CASE d.status WHEN 'sent' THEN NULL ELSE r.source END
FROM delivery AS d
WHERE r.flow = :flow AND r.step = :step AND r.delivery = d.id AND r.status <> 'sent'
  AND r.status <> 'ready'
-- name: undelivered
SELECT r.delivery, r.key FROM flow_record AS r
WHERE r.flow = ? AND r.step = ? AND r.status IN ('ready', 'queued', 'unknown')
  AND r.delivery IS NOT NULL
ORDER BY r.id
-- name: settle
UPDATE flow_record
SET status = :status, messages = :messages, changed_at = :now,
    source = CASE :status WHEN 'sent' THEN NULL ELSE source END
WHERE id = :id AND hash = :hash
-- name: place
UPDATE flow_record SET place = :place
WHERE flow = :flow AND step = :step AND status = 'ready' AND place IS NULL
-- name: adopt
INSERT OR IGNORE INTO flow_run (run, record)
SELECT :run, id FROM flow_record
WHERE flow = :flow AND step = :step AND status IN ('ready', 'queued')
-- name: run_counts
SELECT r.step, r.status, count(*) AS number
FROM flow_run AS f JOIN flow_record AS r ON r.id = f.record WHERE f.run = ?
GROUP BY r.step, r.status
-- name: counts
SELECT step, status, count(*) AS number FROM flow_record WHERE flow = ? GROUP BY step, status
-- name: forget_broken
DELETE FROM flow_record
WHERE flow = :flow AND status = 'refused' AND key = origin
  AND substr(origin, 1, length(:file)) = :file
-- name: refused
SELECT * FROM flow_record WHERE flow = ? AND status IN ('refused', 'unknown') ORDER BY step, id
LIMIT ?
-- name: records_of_run
SELECT r.* FROM flow_run AS f JOIN flow_record AS r ON r.id = f.record
WHERE f.run = ? ORDER BY r.step, r.id
-- name: again
UPDATE flow_record
SET status = CASE step WHEN 0 THEN 'ready' ELSE 'waiting' END, messages = '[]', place = NULL,
    changed_at = :now
WHERE id = :id AND body IS NOT NULL
-- name: runs
SELECT id FROM run
WHERE job = 'flow' AND json_extract(arguments, '$.flow') = ? ORDER BY id DESC LIMIT ?
