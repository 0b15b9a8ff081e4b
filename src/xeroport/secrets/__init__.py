"""Secrets: what never shows itself, and the vault that seals it."""
