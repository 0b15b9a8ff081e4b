"""Headers that a caller adds to a call: checked before anything is sent, each sent once."""

from __future__ import annotations

import re
from collections.abc import Mapping

from xeroport.errors import InputError

NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"[ -~\t]*")
OWN = frozenset(
    {"authorization", "connection", "content-length", "host", "te", "transfer-encoding"}
)
"""Headers that say how a call travels, which the client alone knows."""
ARGUMENTS = {"idempotency-key": "idempotency_key", "if-modified-since": "modified_since"}
"""Headers for which a call has an argument, which is checked."""


def check_headers(headers: object) -> None:
    """InputError for headers that a call cannot carry, or that are the client's own."""
    if headers is None:
        return
    if not isinstance(headers, Mapping):
        raise InputError(
            "`headers` must be a mapping of text to text", hint='such as `{"User-Agent": "acme/1"}`'
        )
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, str):
            wrong = name if not isinstance(name, str) else value
            raise InputError(f"the header `{name}` must be text, not {type(wrong).__name__}")
        if not NAME.fullmatch(name):
            raise InputError(
                f"`{' '.join(name.split())}` is not the name of a header",
                hint="it has letters, digits and hyphens",
            )
        if not VALUE.fullmatch(value):
            raise InputError(
                f"the header `{name}` has characters that a header cannot carry",
                hint="it takes visible ASCII",
            )
        if name.lower() in OWN:
            raise InputError(f"the header `{name}` is the client's own", hint="leave it out")
        if argument := ARGUMENTS.get(name.lower()):
            raise InputError(
                f"the header `{name}` has an argument of its own", hint=f"use `{argument}=…`"
            )


def added(headers: Mapping[str, str], more: Mapping[str, str] | None) -> dict[str, str]:
    """The headers with those of the caller, which win; a name stands once, however it is
    spelled."""
    if not more:
        return dict(headers)
    names = {name.lower(): name for name in headers}
    return {**headers, **{names.get(name.lower(), name): value for name, value in more.items()}}
