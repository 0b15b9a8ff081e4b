"""Rows become Xero records, checked against the catalogue and the last sync."""
