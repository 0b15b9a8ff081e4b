"""Stand-ins for Xero that are not the limit: they answer from memory."""
