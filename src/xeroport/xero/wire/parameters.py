"""Parameters checked against the catalogue and written the way Xero reads them.

Xero ignores what it does not know, so a misspelt parameter would silently change the question.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from xeroport.catalogue import Endpoint, Parameter, load
from xeroport.errors import InputError, UnknownName
from xeroport.xero.wire.encode import stamp

PLACEHOLDER = re.compile(r"\{(\w+)\}")
UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
DATE_TEXT = re.compile(r"\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:?\d{2})?)?")
RANGES = {"page": (1, None), "pageSize": (1, 1000), "unitdp": (2, 4), "offset": (0, None)}


def defaults(endpoint: Endpoint) -> dict[str, Any]:
    """What is sent unless the caller says otherwise.

    Without `page` Xero answers with thin summary rows; without `summarizeErrors=false` a batch
    with one bad record hides the ids of the good ones; without `unitdp=4` prices are rounded.
    """
    wanted = {"page": 1, "summarizeErrors": False, "unitdp": 4}
    return {name: value for name, value in wanted.items() if name in endpoint.by_name}


def target(endpoint: Endpoint, params: Mapping[str, Any] | None) -> str:
    """Path and query of a call; InputError names the parameter that is unknown, missing or wrong.

    A value of None counts as not given. Lists are comma-joined.
    """
    values = {name: value for name, value in (params or {}).items() if value is not None}
    for name in values:
        if name not in endpoint.by_name:
            raise UnknownName(
                "parameter",
                name,
                endpoint.by_name,
                of=endpoint.name,
                hint=_known(endpoint),
            )
    for parameter in endpoint.parameters:
        if parameter.required and parameter.name not in values:
            raise InputError(
                f"`{endpoint.name}` needs the parameter `{parameter.name}`",
                hint=f"give `{parameter.name}=…`; see `xeroport describe {endpoint.name}`",
            )
    texts = {
        name: _text(endpoint, endpoint.by_name[name], value)
        for name, value in (defaults(endpoint) | values).items()
    }
    return _join(endpoint.path, texts)


def free_target(path: str, params: Mapping[str, Any] | None) -> str:
    """The same for a path that the catalogue does not know: anything goes."""
    texts = {
        name: _free(value) if not isinstance(value, list | tuple) else ",".join(map(_free, value))
        for name, value in (params or {}).items()
        if value is not None
    }
    return _join(path, texts)


def _join(template: str, texts: dict[str, str]) -> str:
    def fill(match: re.Match[str]) -> str:
        name = match[1]
        text = texts.pop(name, "")
        if text in ("", ".", ".."):
            raise InputError(
                f"`{name}` cannot be `{text}`" if text else f"`{name}` is missing",
                hint=f"give `{name}=…`",
            )
        return quote(text, safe="")

    path = PLACEHOLDER.sub(fill, template)
    query = urlencode(texts, quote_via=quote)
    return path + ("&" if "?" in path else "?") + query if query else path


def _known(endpoint: Endpoint) -> str:
    names = ", ".join(f"`{name}`" for name in endpoint.by_name)
    return f"it takes {names}" if names else "it takes no parameters"


def _free(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return stamp(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _text(endpoint: Endpoint, parameter: Parameter, value: Any) -> str:
    if parameter.type == "list":
        items: Iterable[Any] = value.split(",") if isinstance(value, str) else value
        if not isinstance(items, list | tuple | set | frozenset):
            raise _wrong(endpoint, parameter, value, "a list, or its items joined with commas")
        kind = parameter.of or "text"
        texts = [_scalar(endpoint, parameter, kind, item) for item in items]
        for text in texts:
            if "," in text:
                raise _with_comma(endpoint, parameter, text)
            _check_value(endpoint, parameter, text)
        return ",".join(texts)
    text = _scalar(endpoint, parameter, parameter.type, value)
    _check_value(endpoint, parameter, text)
    return text


def _with_comma(endpoint: Endpoint, parameter: Parameter, text: str) -> InputError:
    where = "where" if "where" in endpoint.by_name else None
    field = parameter.name.removesuffix("s")
    return InputError(
        f"`{parameter.name}` of `{endpoint.name}` cannot hold `{text}`: "
        "Xero reads what follows the comma as the next value",
        hint=f"ask with `where='{field}==\"{text}\"'` instead" if where else "ask without it",
    )


def _check_value(endpoint: Endpoint, parameter: Parameter, text: str) -> None:
    """InputError, with the nearest, for a value that is a slip for one which Xero documents. One
    that is like none of them goes through: Xero adds values without notice."""
    known = _values(endpoint, parameter)
    if not known or not text or text in known:
        return
    near = {name.lower(): name for name in known}
    matches = difflib.get_close_matches(text.lower(), near, n=1, cutoff=0.8)
    if matches:
        raise InputError(
            f"`{parameter.name}` of `{endpoint.name}` cannot be `{text}`",
            hint=f"did you mean `{near[matches[0]]}`?",
        )


def _values(endpoint: Endpoint, parameter: Parameter) -> tuple[str, ...]:
    """What a parameter may be: its own values, or those of the status that it filters by."""
    if parameter.values or parameter.name not in ("Status", "Statuses") or not endpoint.record:
        return parameter.values
    field = load().record(endpoint.record).by_name.get("Status")
    return load().values(field) if field is not None else ()


def _scalar(endpoint: Endpoint, parameter: Parameter, kind: str, value: Any) -> str:
    text = _free(value).strip() if kind != "text" else _free(value)
    if kind == "uuid":
        if not (isinstance(value, UUID) or UUID_TEXT.fullmatch(text)):
            raise _wrong(endpoint, parameter, value, "a UUID")
    elif kind == "integer":
        if isinstance(value, bool) or not re.fullmatch(r"-?\d+", text):
            raise _wrong(endpoint, parameter, value, "a whole number")
        low, high = RANGES.get(parameter.name, (None, None))
        if (low is not None and int(text) < low) or (high is not None and int(text) > high):
            bounds = f"at least {low}" if high is None else f"from {low} to {high}"
            raise _wrong(endpoint, parameter, value, bounds)
    elif kind == "boolean":
        if text.lower() not in ("true", "false"):
            raise _wrong(endpoint, parameter, value, "`true` or `false`")
        return text.lower()
    elif kind in ("date", "timestamp"):
        if isinstance(value, datetime) and kind == "date":
            return value.date().isoformat()
        if not isinstance(value, date) and not _is_date(text):
            raise _wrong(endpoint, parameter, value, "a date such as `2026-07-01`")
    elif kind in ("money", "number"):
        try:
            Decimal(text)
        except ArithmeticError:
            raise _wrong(endpoint, parameter, value, "a number") from None
    elif isinstance(value, dict | list | tuple | set | bytes):
        raise _wrong(endpoint, parameter, value, "a text")
    return text


def _is_date(text: str) -> bool:
    if not DATE_TEXT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _wrong(endpoint: Endpoint, parameter: Parameter, value: Any, wanted: str) -> InputError:
    return InputError(
        f"`{parameter.name}` of `{endpoint.name}` must be {wanted}, not `{value}`",
        hint=f"see `xeroport describe {endpoint.name}`",
    )
