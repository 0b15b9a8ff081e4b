"""Xero → a destination: every stream, complete and current."""
