"""Adding, importing and removing instances."""
