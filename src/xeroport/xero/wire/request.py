"""A call, made into what goes over the wire: URL, headers and bytes, checked by the catalogue."""

from __future__ import annotations

import mimetypes
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, cast

from xeroport.catalogue import Endpoint
from xeroport.catalogue.model import Method
from xeroport.errors import InputError
from xeroport.settings import API_PATH
from xeroport.xero.wire import parameters
from xeroport.xero.wire.encode import encode_body, stamp

RAW = re.compile(r"(GET|PUT|POST|DELETE|PATCH)\s+/?(\S+)", re.IGNORECASE)
EARLIEST = datetime(1753, 1, 1, tzinfo=UTC)
LONGEST_KEY = 128
KEY = re.compile(rf"[!-~]{{1,{LONGEST_KEY}}}")
ACCEPT = {"json": "application/json", "pdf": "application/pdf", "empty": "application/json"}


def raw_endpoint(text: str) -> Endpoint | None:
    """An endpoint that the catalogue need not know, from `GET /NewThing`; its reply may be
    anything. None for a text that is no method and path."""
    match = RAW.fullmatch(text.strip())
    if match is None:
        return None
    method = match[1].upper()
    path = "/" + match[2].removeprefix(API_PATH.lstrip("/") + "/")
    return Endpoint(
        name=f"{method} {path}",
        operation=f"{method} {path}",
        method=cast(Method, method),
        path=path,
        resource=path.strip("/").split("/")[0],
        scopes=(),
        granular_scopes=(),
        reply="json",
        body="json" if method != "GET" else "none",
        modified_since=True,
        idempotent=method in ("PUT", "POST", "PATCH"),
    )


def url_part(endpoint: Endpoint, params: Mapping[str, Any] | None) -> str:
    """Path and query of the call; a raw endpoint takes any parameter."""
    if endpoint.name.startswith(endpoint.method + " "):
        return parameters.free_target(endpoint.path, params)
    return parameters.target(endpoint, params)


def check_retired(endpoint: Endpoint, *, force: bool, today: date) -> None:
    """InputError for an endpoint that Xero switches off, unless forced."""
    if endpoint.retired is None or force:
        return
    past = today >= date.fromisoformat(endpoint.retired)
    raise InputError(
        f"Xero {'has switched' if past else 'switches'} off `{endpoint.name}` on "
        f"`{endpoint.retired}`",
        hint="call it anyway with `--force` (`force=True` in Python)",
    )


def content_of(endpoint: Endpoint, body: Any) -> bytes | None:
    """The bytes to send, None for none; InputError if the endpoint takes them otherwise."""
    if endpoint.body == "none" and body is not None:
        raise InputError(f"`{endpoint.name}` takes no body", hint="leave the body out")
    if body is None:
        if endpoint.body in ("json", "binary") and not endpoint.name.startswith(endpoint.method):
            raise InputError(
                f"`{endpoint.name}` needs a body",
                hint=f"see `xeroport describe {endpoint.name}`",
            )
        return b"" if endpoint.is_write and endpoint.body != "none" else None
    return encode_body(endpoint, body)


def headers_of(
    endpoint: Endpoint, params: Mapping[str, Any] | None, content: bytes | None
) -> dict[str, str]:
    """What is accepted and what is sent, as media types."""
    headers = {"Accept": ACCEPT.get(endpoint.reply, "*/*")}
    if endpoint.body == "binary":
        name = str((params or {}).get("FileName", ""))
        headers["Content-Type"] = mimetypes.guess_type(name)[0] or "application/octet-stream"
    elif content is not None:
        headers["Content-Type"] = "application/json; charset=utf-8"
    return headers


def since(endpoint: Endpoint, moment: datetime | date | str) -> str:
    """The moment for If-Modified-Since: UTC, whole seconds, which is all that Xero takes."""
    if not endpoint.modified_since:
        raise InputError(
            f"`{endpoint.name}` cannot be limited to what changed since a given time",
            hint=f"see `xeroport describe {endpoint.name}`",
        )
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            raise InputError(
                f"`{moment}` is not a point in time", hint="such as `2026-07-01T00:00:00Z`"
            ) from None
    if not isinstance(moment, date):
        raise InputError(
            f"`{moment}` is not a point in time", hint="give a `datetime`, a `date` or text"
        )
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    if aware < EARLIEST:
        raise InputError(
            f"Xero accepts no time before 1753, such as `{moment}`",
            hint="leave it out to ask for everything",
        )
    return stamp(aware)


def key_for(endpoint: Endpoint, given: str | None) -> str | None:
    """The Idempotency-Key of a write: the one given, or a new one; None where Xero takes none."""
    if not endpoint.idempotent:
        if given is not None:
            raise InputError(
                f"Xero takes no idempotency key on `{endpoint.name}`", hint="leave it out"
            )
        return None
    if given is not None and not KEY.fullmatch(given):
        raise InputError(
            f"an idempotency key has 1 to {LONGEST_KEY} visible characters of ASCII",
            hint="leave it out to have one made",
        )
    return given or str(uuid.uuid4())
