"""Xero's refusals, told apart and said in the user's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from xeroport.catalogue import Endpoint
from xeroport.errors import NotAuthenticated, NotAuthorised, Refused, Unavailable, XeroportError
from xeroport.settings import parts_of
from xeroport.xero.wire.answer import Answered, Loss

MISSING_SCOPE = re.compile(r"insuffi?cient_scope|insufficent_scope", re.IGNORECASE)
TAGS = re.compile(r"<[^>]*>")
SAID = 300

HINTS: dict[str, str] = {
    "QueryParseException": 'compare with `==`, put text in double quotes, ids in `Guid("…")` and '
    "dates in `DateTime(2026,07,01)`",
    "HighVolumeException": "give `page=1`, or narrow the query",
    "PostDataInvalidException": "the body must be JSON as `xeroport describe` shows it",
}


def document(body: bytes) -> dict[str, Any]:
    """The JSON object in a body; empty for plain text, HTML and anything else."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def first_words(outcome: Answered) -> str:
    """What Xero said, on one line: the message of a JSON body, or the text of any other."""
    fields = document(outcome.body)
    for key in ("Detail", "Message", "detail", "message", "Title", "error_description", "error"):
        if isinstance(fields.get(key), str) and fields[key].strip():
            return " ".join(fields[key].split())[:SAID]
    text = " ".join(TAGS.sub(" ", outcome.body[:4000].decode("utf-8", "replace")).split())
    return text[:SAID] if text else f"HTTP {outcome.status}"


def messages(record: dict[str, Any], kind: str = "ValidationErrors") -> tuple[str, ...]:
    """Xero's own messages on a record and on the records inside it, without repeats."""
    texts: dict[str, None] = {}
    _gather(record, {kind: texts})
    return tuple(texts)


def errors_and_warnings(record: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The messages of both kinds."""
    errors: dict[str, None] = {}
    warnings: dict[str, None] = {}
    _gather(record, {"ValidationErrors": errors, "Warnings": warnings})
    return tuple(errors), tuple(warnings)


def _gather(record: dict[str, Any], found: Mapping[str, dict[str, None]]) -> None:
    """Add the messages of a record, as JSON was read, to those of their kind."""
    for kind, texts in found.items():
        items = record.get(kind)
        for item in items if type(items) is list else ():
            if type(item) is dict and (text := item.get("Message") or item.get("Description")):
                texts[str(text)] = None
    for value in record.values():
        shape = type(value)
        if shape is dict:
            _gather(value, found)
        elif shape is list:
            for record_inside in value:
                if type(record_inside) is dict:
                    _gather(record_inside, found)


def may_be_stale(outcome: Answered) -> bool:
    """Whether a 401 can be cured by a new token: not where it names a scope or a right."""
    if MISSING_SCOPE.search(outcome.headers.get("www-authenticate", "")):
        return False
    return "authorizationunsuccessful" not in first_words(outcome).lower()


def explain(endpoint: Endpoint, outcome: Answered) -> XeroportError:
    """The error for an answer that no retry will change."""
    status = outcome.status
    if status in (401, 403):
        return _denied(endpoint, outcome)
    if 300 <= status < 400:
        return redirected(f"`{endpoint.name}`", outcome.headers.get("location", ""))
    fields = document(outcome.body)
    words = first_words(outcome)
    problems = messages(fields)
    if problems:
        words = "; ".join(problems)[:SAID]
    what = {
        404: f"Xero has nothing at `{endpoint.path}` for these parameters",
        412: f"Xero refused a condition of `{endpoint.name}`",
        413: f"the body of `{endpoint.name}` is too large for Xero",
        501: f"Xero has not implemented `{endpoint.name}`",
    }.get(status, f"Xero refused `{endpoint.name}`")
    hint = HINTS.get(str(fields.get("Type")))
    if status == 413:
        hint = "send fewer records a call (at most 3.5 MB), or a smaller file (at most 10 MB)"
    return Refused(
        f"{what}: {words}", hint=hint, status=status, problems=problems, body=outcome.body
    )


def redirected(what: str, location: str) -> Unavailable:
    """The error for a redirect, which Xero never answers with."""
    target = parts_of(location).hostname
    where = f" to `{target}`" if target else ""
    return Unavailable(
        f"{what} was answered with a redirect{where}: the base URL is not Xero's API, or the "
        "network wants you to sign in first",
        hint="open a page in the browser to sign in to the "
        "network; otherwise correct the base URL: "
        "`xeroport instance edit NAME --base-url URL`",
    )


def _denied(endpoint: Endpoint, outcome: Answered) -> XeroportError:
    words = first_words(outcome).lower()
    challenge = outcome.headers.get("www-authenticate", "")
    if MISSING_SCOPE.search(challenge) or "authorizationunsuccessful" in words:
        return missing_scope(endpoint)
    if "authenticationunsuccessful" in words:
        return NotAuthorised(
            "the organisation is not connected: the connection was removed, its subscription "
            "lapsed, or the tenant id is another's",
            hint="ask the authorising user to connect the organisation again in Xero",
        )
    if outcome.status == 401:
        return NotAuthenticated(
            f"Xero does not take a token it has just issued, on `{endpoint.name}`",
            hint="check the base URL, and whether the connection is still active in Xero",
        )
    if endpoint.resource == "Organisation":
        return NotAuthorised(
            "the connection has not been authorised yet: Xero issues tokens, but accepts none",
            hint="the authorising user must open the e-mail from Xero, consent and choose the "
            "organisation; changed scopes need that again",
        )
    return NotAuthorised(
        f"Xero forbids `{endpoint.name}`: consent is not given, or the authorising user's role "
        "does not allow it",
        hint="run `xeroport instance check NAME`; reports and journals need a user with reporting "
        "permission",
    )


def missing_scope(endpoint: Endpoint) -> NotAuthorised:
    """The error for a call that the connection's scopes do not cover."""
    if endpoint.gated:
        return NotAuthorised(
            f"Xero keeps `{endpoint.name}` for approved apps only: it needs {endpoint.gated}",
            hint="new connections cannot read it; the other endpoints work without it",
            missing_scope=next(iter(endpoint.granular_scopes), None),
        )
    scope = next(iter(endpoint.granular_scopes), None)
    name = f" `{scope}`" if scope else ""
    return NotAuthorised(
        f"the connection lacks the scope{name} that `{endpoint.name}` needs",
        hint="add it to the custom connection in Xero's developer portal and have it authorised "
        "again",
        missing_scope=scope,
    )


NETWORK_HINTS: Mapping[str, str] = {
    "tls": "check the base URL and the clock; where a proxy inspects TLS, name its certificate in "
    "`SSL_CERT_FILE`",
    "proxy": "check `HTTPS_PROXY` and `NO_PROXY`; a proxy's user and password go into its URL",
}
"""Kind of loss → what to do, where it is another thing than to check the network."""


def unreachable(endpoint: Endpoint, kind: Loss, detail: str, *, outcome_known: bool) -> Unavailable:
    """The error for an answer that never came whole."""
    what = {
        "dns": "the name of the server cannot be resolved",
        "tls": "the server's certificate cannot be trusted",
        "refused": "the server cannot be reached",
        "connect_timeout": "the server does not take connections in time",
        "timeout": "Xero did not answer in time",
        "dropped": "the connection broke before the answer was complete",
        "broken": "the answer arrived damaged",
        "too_large": "the answer is larger than any of Xero's",
        "proxy": "the network's proxy does not let calls through",
    }[kind]
    hint = "check the network, and the base URL of the instance"
    if not outcome_known:
        hint = "Xero may have done it: check before you do it again"
    elif kind == "too_large":
        hint = "check the base URL; ask for less with `page` and `pageSize`"
    else:
        hint = NETWORK_HINTS.get(kind, hint)
    return Unavailable(
        f"{what} (`{endpoint.name}`: {detail})", hint=hint, outcome_known=outcome_known
    )
