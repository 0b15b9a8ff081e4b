"""Our own Xero: for the demo, for tests, for the user's own tests."""
