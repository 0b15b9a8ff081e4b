"""Other ways to get the same invoices into DuckDB, each a script of its own."""
