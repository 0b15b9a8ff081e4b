"""Where synced records go: DuckDB, Postgres, Parquet."""
