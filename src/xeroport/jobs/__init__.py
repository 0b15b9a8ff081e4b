"""The work, one file per job."""
