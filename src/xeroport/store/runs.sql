-- name: finish
UPDATE run SET status = :status, report = :report, finished_at = :now WHERE id = :run
-- name: over
SELECT r.id, r.status, r.process, r.beat_at, r.started_at FROM run AS r JOIN run AS me ON me.id = :run
WHERE r.instance = me.instance AND r.job = me.job
  AND (me.job <> 'flow'
       OR json_extract(r.arguments, '$.flow') = json_extract(me.arguments, '$.flow'))
ORDER BY r.id DESC LIMIT -1 OFFSET :kept
-- name: forget
DELETE FROM run WHERE id = :run
  AND NOT EXISTS (
    SELECT 1 FROM flow_run AS f JOIN flow_record AS c ON c.id = f.record
    WHERE f.run = run.id AND c.status IN ('refused', 'unknown')
      AND f.run = (SELECT max(run) FROM flow_run WHERE record = f.record))
  AND NOT (job = 'push' AND status = 'partial' AND EXISTS (
    SELECT 1 FROM delivery AS d
    WHERE d.instance = run.instance AND d.endpoint = json_extract(run.arguments, '$.endpoint')
      AND d.status IN ('rejected', 'unknown')))
-- name: latest of each
SELECT run.* FROM instance LEFT JOIN run
  ON run.id = (SELECT max(id) FROM run WHERE run.instance = instance.name AND run.job = :job)
ORDER BY instance.name
