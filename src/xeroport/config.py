"""To be written with the store: config."""
