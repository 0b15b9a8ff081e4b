"""What an engine has to say about a query, in a line, and what may help."""

from __future__ import annotations

import duckdb

from xeroport.errors import XeroportError


def first_words(error: Exception) -> str:
    """The first line of what an engine has to say."""
    return str(error).strip().split("\n")[0][:500]


def unreadable(error: duckdb.Error) -> XeroportError:
    """Books that DuckDB cannot read: damaged, or made by another version."""
    return XeroportError(
        f"the books cannot be read: {first_words(error)}",
        hint="a full sync builds them again; the books in Xero are untouched",
    )


def duckdb_hint(error: duckdb.Error) -> str | None:
    """What may help after an error of DuckDB."""
    if isinstance(error, duckdb.PermissionException):
        return "this box reads the synced tables only: no files, no network, no extensions"
    if isinstance(error, duckdb.CatalogException):
        return "the tables are listed below the box"
    return "this box only reads" if "read-only" in str(error) else None


def postgres_hint(error: Exception) -> str | None:
    """What may help after an error of Postgres."""
    if "multiple commands" in str(error):
        return "one statement at a time; take out all but one"
    if "read-only" in str(error):
        return "this box only reads"
    return "begin with `select`; the tables are listed below the box"
