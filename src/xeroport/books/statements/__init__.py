"""Statements on the ledger in Xero's layout: pure functions of figures, without a database."""
