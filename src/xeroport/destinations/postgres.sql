CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE IF NOT EXISTS {schema}._checkpoint (
  stream text PRIMARY KEY, number bigint, state text, committed_at timestamptz
);
CREATE TABLE IF NOT EXISTS {schema}._rejects (
  stream text, table_name text, record_key text, field text, value text, reason text,
  _synced_at timestamptz
);
