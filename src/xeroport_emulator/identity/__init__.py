"""The identity server: apps, tokens, sign-in with consent, connections."""
