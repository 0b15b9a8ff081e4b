"""The general ledger: journals derived from synced documents, tied to Xero's trial balance, and
the statements on it. Shares nothing with the emulator's ledger, which it is tested against."""
