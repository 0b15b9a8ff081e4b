-- When a run last showed that its process lives, for processes that cannot be seen from here.
ALTER TABLE run ADD COLUMN beat_at TEXT
