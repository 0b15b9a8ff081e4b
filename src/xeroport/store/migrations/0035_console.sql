CREATE TABLE console_session (
    digest BLOB PRIMARY KEY,
    csrf TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('view', 'act')),
    opened_at REAL NOT NULL,
    used_at REAL NOT NULL
);
CREATE TABLE console_link (
    digest BLOB PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('view', 'act')),
    expires_at REAL NOT NULL
);
CREATE TABLE console_address (
    process TEXT PRIMARY KEY,
    address TEXT NOT NULL,
    started_at REAL NOT NULL
);
CREATE TABLE alert_place (
    name TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('command', 'url')),
    place TEXT NOT NULL
);
CREATE TABLE mail_server (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    security TEXT NOT NULL CHECK (security IN ('tls', 'starttls', 'none')),
    sender TEXT NOT NULL,
    user TEXT,
    password BLOB
);
