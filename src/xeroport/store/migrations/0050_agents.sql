-- What AI clients asked over MCP, without what they asked: the arguments are a hash.
CREATE TABLE agent_call (
  id           INTEGER PRIMARY KEY,
  at           TEXT    NOT NULL,
  client       TEXT    NOT NULL,  -- the name that the client gave itself
  tool         TEXT    NOT NULL,
  instance     TEXT    NOT NULL,
  arguments    TEXT    NOT NULL,
  outcome      TEXT    NOT NULL,  -- done, or the kind of error
  rows         INTEGER NOT NULL,
  bytes        INTEGER NOT NULL,
  milliseconds INTEGER NOT NULL
) STRICT;
CREATE INDEX agent_call_instance ON agent_call (instance, id);
-- The MCP servers that run, and what each lets its clients do.
CREATE TABLE agent_server (
  process TEXT    NOT NULL,
  door    TEXT    NOT NULL,       -- stdio or http
  live    INTEGER NOT NULL,
  propose INTEGER NOT NULL,
  since   TEXT    NOT NULL
) STRICT;
