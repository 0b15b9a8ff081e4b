"""Everything that talks to Xero."""
