-- name: put
INSERT INTO schedule (name, kind, target, arguments, cron, time_zone, notify, next_due)
VALUES (:name, :kind, :target, :arguments, :cron, :time_zone, :notify, :next_due)
ON CONFLICT (name) DO UPDATE
SET kind = excluded.kind, target = excluded.target, arguments = excluded.arguments,
    cron = excluded.cron, time_zone = excluded.time_zone, notify = excluded.notify,
    next_due = excluded.next_due, paused = 0
-- name: lease
UPDATE schedule SET owner = :owner, lease_until = :until WHERE name = :name
-- name: renew
UPDATE schedule SET lease_until = :until WHERE name = :name AND owner = :owner
-- name: release
UPDATE schedule SET owner = NULL, lease_until = NULL, failing_since = :failing_since
WHERE name = :name
-- name: let_go
UPDATE schedule SET owner = NULL, lease_until = NULL WHERE name = :name AND owner = :owner
-- name: not_counted
UPDATE firing SET attempts = attempts - 1 WHERE schedule = :name AND finished_at IS NULL
-- name: begin
INSERT INTO firing (schedule, due, started_at) VALUES (:name, :due, :now)
-- name: begun
SELECT rowid = (SELECT max(rowid) FROM firing WHERE schedule = :name) AS is_last
FROM firing WHERE schedule = :name AND due = :due
-- name: advance
UPDATE schedule SET next_due = :next_due WHERE name = :name
-- name: unfinished
SELECT * FROM firing WHERE schedule = ? AND finished_at IS NULL ORDER BY due LIMIT 1
-- name: again
UPDATE firing SET attempts = attempts + 1 WHERE schedule = ? AND due = ?
-- name: end
UPDATE firing SET finished_at = :now, status = :status, run = :run, message = :message
WHERE schedule = :name AND due = :due
-- name: firings
SELECT * FROM firing WHERE schedule = ? ORDER BY due DESC LIMIT ?
-- name: forget_old
DELETE FROM firing WHERE schedule = :name AND due <= (
  SELECT due FROM firing WHERE schedule = :name ORDER BY due DESC LIMIT 1 OFFSET :kept)
