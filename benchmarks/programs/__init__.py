"""Small programs that run as they are in this revision and in 0.1.0, started by `pairs`."""
