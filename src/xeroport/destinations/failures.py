"""What a destination's own errors mean to the user: one line, a hint, an exit status."""

from __future__ import annotations

import errno
import re

from xeroport.errors import InputError, Unavailable, XeroportError, first_line
from xeroport.plurals import counted

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class BatchFailed(XeroportError):
    """One batch cannot be written; the destination and the other streams are well."""


class ManyGone(BatchFailed):
    """A batch would mark `count` records as gone at Xero, which is more than it may."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"{counted(count, 'record')} would be marked as gone at Xero",
            hint="none of it was written; the same command asks again",
        )
        self.count = count


def check_gone(count: int, most: int | None) -> None:
    """ManyGone where a batch marks more records as gone than it may; called before its commit."""
    if most is not None and count > most:
        raise ManyGone(count)


def as_our_error(error: Exception) -> XeroportError:
    """The error as one of ours. BatchFailed concerns one stream; all others end the sync."""
    if isinstance(error, XeroportError):
        return error
    first = first_line(error)
    if isinstance(error, OSError):
        reason = (error.strerror or first).lower()
        named = f" at `{error.filename}`" if error.filename else ""
        return InputError(f"a file cannot be written{named}: {reason}", hint=_hint(error.errno))
    if _is_of_the_file(error):
        if "space left" in str(error).lower():
            return InputError(
                "the destination cannot be written: no space left on its disk",
                hint=_hint(errno.ENOSPC),
            )
        return InputError(
            f"the destination cannot be used: {first}",
            hint="name another with `--to`, or restore it",
        )
    return BatchFailed(
        f"the destination refused a batch: {first}",
        hint="none of the batch was written; the same command tries again",
    )


def unreachable(error: Exception, where: str) -> XeroportError:
    """A database that cannot be used: one that answered but refused is a matter of its URL."""
    refused = re.search(r"FATAL: +(.+)", str(error))
    if refused and not re.search(r"starting up|shutting down|too many|terminating", refused[1]):
        return InputError(
            f"{where} refuses: {refused[1]}",
            hint="check the user, password and database in the URL of `--to`",
        )
    return Unavailable(
        f"{where} cannot be used: {first_line(error)}",
        hint="check that the database is running, then run the same command again",
    )


def _is_of_the_file(error: Exception) -> bool:
    """Whether DuckDB cannot use its file any more."""
    import duckdb  # not above, where the start of a sync would wait for it

    kinds = (duckdb.IOException, duckdb.FatalException, duckdb.InternalException)
    return isinstance(error, (*kinds, duckdb.SerializationException)) or "Corrupt" in str(error)


def _hint(number: int | None) -> str:
    if number in FULL:
        return "make room on the disk, then run the same command again"
    return "check that the place can be written, then run the same command again"
