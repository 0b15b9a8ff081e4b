-- Who named a server that alerts, mail and records of flows go to. One that only a console user named
-- has to be on the internet when it is connected to, whatever its name resolves to.
CREATE TABLE alert_host (
  host TEXT PRIMARY KEY,
  named_by TEXT NOT NULL CHECK (named_by IN ('command line', 'console'))
);
