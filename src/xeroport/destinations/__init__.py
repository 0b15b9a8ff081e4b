"""Where a sync writes to, by URL: `duckdb:PATH`, `postgresql://…` or `parquet:DIR`."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

from xeroport import logs
from xeroport.config import own_books
from xeroport.destinations.protocol import Batch, Checkpoint, Destination, LandedBatch
from xeroport.errors import InputError, XeroportError, first_line
from xeroport.store.instances import schema_name

__all__ = [
    "Batch",
    "Checkpoint",
    "Destination",
    "LandedBatch",
    "default_url",
    "duckdb_location",
    "open_destination",
    "settled",
    "shown",
]


class DuckDBLocation(Struct, frozen=True):
    """What `duckdb:PATH?storage=VERSION` names: the file, and the version of DuckDB that must be
    able to read it (None: this one)."""

    path: Path
    storage: str | None = None


def duckdb_location(rest: str) -> DuckDBLocation:
    """The file that a destination's URL names after `duckdb:`."""
    path, mark, storage = rest.rpartition("?storage=")
    return DuckDBLocation(Path(path if mark else rest).expanduser(), storage if mark else None)


def default_url(home: Path) -> str:
    """The destination of a home folder, where none is named."""
    return f"duckdb:{own_books(home)}"


def shown(url: str) -> str:
    """A destination's URL as people and records may see it: without a password, however wrongly it
    is written. From here on the log hides the password too."""
    logs.hide(url)
    visible = re.sub(logs.NAMED_PASSWORD, r"\1=…", url)
    credentials, at, place = visible.rpartition("@")
    scheme, colon, rest = credentials.partition(":")
    if not at or not colon:
        return visible
    slashes = rest[: len(rest) - len(rest.lstrip("/"))]
    user, has_password, _ = rest[len(slashes) :].partition(":")
    if not re.match(logs.ADDRESS, url):  # such as `user:password@host`
        return f"{scheme}:…@{place}"
    return f"{scheme}:{slashes}{user}{':…' if has_password else ''}@{place}"


def is_postgres(url: str) -> bool:
    """Whether a destination is a Postgres database."""
    return url.partition(":")[0] in ("postgresql", "postgres")


def settled(url: str) -> str:
    """A URL that means the same from every folder, for jobs that run later and elsewhere;
    InputError if it is no destination."""
    scheme, _, rest = url.partition(":")
    if scheme in ("duckdb", "parquet") and rest:
        return f"{scheme}:{Path(rest).expanduser().absolute()}"
    if is_postgres(url) and rest.startswith("//"):
        _check_credentials(url)
        return url
    raise _unknown(url)


def _check_credentials(url: str) -> None:
    """InputError where a password is written so that its parts are taken for a host or a path, and
    would be shown as such."""
    credentials = re.sub(logs.NAMED_PASSWORD, "", url).partition("://")[2].rpartition("@")[0]
    if ":" in credentials and re.search(r"[@/?#\s]", credentials):
        raise InputError(
            f"the password in `{shown(url)}` holds a character that must be encoded",
            hint="write `@` as `%40`, `/` as `%2F`, `?` as `%3F`, `#` as `%23`",
        )


def open_destination(url: str, *, instance: str, rebuild: bool = False) -> Destination:
    """Open the destination a URL names, for one instance; close it when done. To `rebuild` it,
    damaged files of a Parquet folder are left out, since everything is read again.

    InputError for a URL that names none, or a place that cannot be written.
    """
    try:
        return _opened(url, instance, rebuild)
    except XeroportError:
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(
            f"the destination `{shown(url)}` cannot be used: {reason}",
            hint="name a place that can be written, with `--to`",
        ) from error
    except Exception as error:
        raise InputError(
            f"the destination `{shown(url)}` cannot be used: {first_line(error)}",
            hint="name another with `--to`, or restore this one",
        ) from error


def _opened(url: str, instance: str, rebuild: bool) -> Destination:
    scheme, _, rest = url.partition(":")
    if scheme == "duckdb" and rest:
        from xeroport.destinations.duckdb import DuckDBDestination

        file = duckdb_location(rest)
        return DuckDBDestination(file.path, schema=schema_name(instance), storage=file.storage)
    if scheme == "parquet" and rest:
        from xeroport.destinations.parquet import ParquetDestination

        return ParquetDestination(
            Path(rest).expanduser(), schema=schema_name(instance), rebuild=rebuild
        )
    if is_postgres(url) and rest.startswith("//"):
        if find_spec("psycopg") is None:
            raise InputError(
                "the Postgres driver is not installed",
                hint="install it with `pip install 'xeroport[postgres]'`",
            )
        from xeroport.destinations.postgres import PostgresDestination

        return PostgresDestination(url, schema=schema_name(instance))
    raise _unknown(url)


def _unknown(url: str) -> InputError:
    return InputError(
        f"the destination `{shown(url)}` is none of `duckdb:PATH`, `postgresql://…`, `parquet:DIR`",
        hint="for example `--to duckdb:books.duckdb`",
    )
