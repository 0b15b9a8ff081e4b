"""Every error a caller can meet, grouped by what the caller should do.

    XeroportError
    ├── InputError              correct the input or the usage                    exit 2
    │   ├── UnknownName         no such instance, endpoint, parameter, stream …
    │   ├── InvalidRows         a push sent nothing: `problems` says why
    │   └── StoreError          the home folder or its store cannot be used
    ├── AccessError             correct credentials, consent or scopes            exit 3
    │   ├── NotAuthenticated    wrong id or secret, or rotated
    │   └── NotAuthorised       consent missing, scope missing, gated, disconnected
    ├── DayLimitReached         continue after `resets_at`                        exit 4
    ├── Unavailable             Xero cannot be reached or answers 5xx             exit 5
    │   └── Busy                another process is doing the same
    ├── Refused                 Xero refused the records, in its own words        exit 1
    ├── Incomplete              done in part: `report` says what is not done      exit 1
    └── Interrupted             the user stopped the work                         exit 130

`str(error)` is one line with literals in backticks, and in brackets the hint: what to do next.
`message` and `hint` are the two parts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar


class XeroportError(Exception):
    """Base of all; `exit_status` is what the command line ends with.

    `outcome_known` is False where a write went out before this and Xero may have done it.
    `report` is that of the sync, push, flow or fleet that this ended, where there is one.
    """

    exit_status: ClassVar[int] = 1
    outcome_known: bool = True
    report: Any = None

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.args, self.__dict__)


class InputError(XeroportError):
    """The input or the usage is wrong; nothing was changed."""

    exit_status = 2


class UnknownName(InputError):
    """A name that does not exist (`of` says in what); the hint names the nearest that does."""

    def __init__(
        self,
        kind: str,
        name: str,
        known: Iterable[str],
        *,
        of: str | None = None,
        hint: str | None = None,
    ) -> None:
        import difflib  # a tenth of the time that `xeroport --help` takes

        near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
        super().__init__(
            f"there is no {kind} `{name}`" + (f" of `{of}`" if of else ""),
            hint=f"did you mean `{near[0]}`?" if near else hint,
        )
        self.name = name


class InvalidRows(InputError):
    """Rows of a push are not right, and nothing was sent; `problems` has each with its place."""

    def __init__(
        self, message: str, *, hint: str | None = None, problems: tuple[Any, ...] = ()
    ) -> None:
        super().__init__(message, hint=hint)
        self.problems = problems


class StoreError(InputError):
    """The home folder or the store in it cannot be used."""


class AccessError(XeroportError):
    """Xero does not let this instance in."""

    exit_status = 3


class NotAuthenticated(AccessError):
    """Xero does not accept the client id and secret."""


class NotAuthorised(AccessError):
    """The credentials are right, but do not allow this; `missing_scope` where Xero named one."""

    def __init__(
        self, message: str, *, hint: str | None = None, missing_scope: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.missing_scope = missing_scope


class DayLimitReached(XeroportError):
    """Xero's daily limit is used up; all done so far is kept."""

    exit_status = 4

    def __init__(
        self, message: str, *, hint: str | None = None, resets_at: datetime | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.resets_at = resets_at


class Unavailable(XeroportError):
    """Xero could not be reached, or kept failing (with HTTP `status`, where it answered)."""

    exit_status = 5

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        outcome_known: bool = True,
        status: int | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.outcome_known = outcome_known
        self.status = status


class Busy(Unavailable):
    """Another process of the home folder is doing just this."""


class Refused(XeroportError):
    """Xero refused the request (HTTP status `status`), or records of it; `problems` are its own
    messages, `records` those of the same call that it accepted."""

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        status: int = 400,
        problems: tuple[str, ...] = (),
        body: bytes = b"",
        records: tuple[dict[str, Any], ...] = (),
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.problems = problems
        self.body = body
        self.records = records


class Incomplete(XeroportError):
    """Some of the work is done and some is not: rejected records, failed streams; `report` says
    which."""


class Interrupted(XeroportError):
    """The user stopped the work; run the same command again to continue."""

    exit_status = 130


def first_line(error: BaseException) -> str:
    """The first line with anything in it of what an error says; its type where it says nothing."""
    lines = (line.strip() for line in str(error).splitlines())
    return next(filter(None, lines), type(error).__name__)


def _restored(kind: type[XeroportError], args: tuple[Any, ...], state: dict[str, Any]) -> Any:
    """An error as it was before it was pickled, whatever its constructor takes."""
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error
