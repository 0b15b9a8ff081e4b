"""Files and tables → Xero: each record once, and known to be."""
