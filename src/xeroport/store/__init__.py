"""Control state of a home folder, in one SQLite file."""
