"""To be written with the store: credentials."""
