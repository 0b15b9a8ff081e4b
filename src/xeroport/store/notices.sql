-- name: keep
INSERT OR IGNORE INTO notice (schedule, event, since, due, message, made_at, try_at)
VALUES (:schedule, :event, :since, :due, :message, :now, :now)
-- name: candidates
SELECT n.*, s.notify, s.target FROM notice AS n JOIN schedule AS s ON s.name = n.schedule
WHERE n.id = (SELECT min(id) FROM notice WHERE schedule = n.schedule)
ORDER BY n.try_at, n.id
-- name: take
UPDATE notice SET owner = :owner, try_at = :until, tries = tries + 1 WHERE id = :id
-- name: done
DELETE FROM notice WHERE id = :id AND owner = :owner
-- name: later
UPDATE notice SET owner = NULL, try_at = :try_at, problem = :problem
WHERE id = :id AND owner = :owner
-- name: waiting
SELECT n.*, s.notify, s.target FROM notice AS n JOIN schedule AS s ON s.name = n.schedule
ORDER BY n.id
