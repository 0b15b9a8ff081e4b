"""SQL that a person wrote, over rows, in a sandbox."""
