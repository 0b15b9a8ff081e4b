"""A stand-alone Xero connector."""
