CREATE TABLE scheduler_process (
    process TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    beat_at TEXT NOT NULL
);
CREATE TABLE console_setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
