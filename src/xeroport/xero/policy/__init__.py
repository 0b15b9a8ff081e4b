"""What to do about a reply, and how fast to call: pure decisions and Xero's limits."""
