-- Who works on what just now; whoever finds a lease run out, or its process dead, may take it.
CREATE TABLE lease (
  name TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  until TEXT NOT NULL
);
