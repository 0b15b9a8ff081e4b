"""To be written with the store: logs."""
