"""One operation of Xero as a Python function: its arguments in, the value of its reply out.

`xero.invoices.list(statuses=["AUTHORISED"], page_size=50)` is the endpoint `invoices.list` with
Xero's parameters `Statuses` and `pageSize`. Names, parameters and what a reply holds come from
the catalogue; `scripts/build_stubs.py` writes the same down for editors and type checkers.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

from msgspec import Struct, field

from xeroport.catalogue import Endpoint
from xeroport.catalogue.columns import snake
from xeroport.errors import InputError, Refused, UnknownName
from xeroport.plurals import counted
from xeroport.xero.policy.outcomes import outcomes
from xeroport.xero.wire.headers import check_headers
from xeroport.xero.wire.reply import Reply

Gives = Literal["records", "record", "as given", "bytes", "nothing"]
"""What a call gives: a list of records, one record, one or a list as the body was, a file's
bytes, or nothing."""

LISTS = frozenset({"list", "actions"})
SHARED = ("timeout", "retries", "headers")
"""Keyword arguments that every operation takes besides Xero's own parameters."""


class OperationCall(Struct, frozen=True):
    """The arguments of one operation, sorted."""

    params: dict[str, Any]
    body: Any = None
    modified_since: datetime | date | str | None = None
    idempotency_key: str | None = None
    timeout: float | None = None
    retries: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    force: bool = False


def argument_name(parameter: str) -> str:
    """Xero's spelling of a parameter as a Python argument: `pageSize` → `page_size`."""
    return re.sub(r"_+", "_", snake(parameter.replace("IDs", "Ids")))


def gives(endpoint: Endpoint) -> Gives:
    """What a call of the endpoint gives."""
    if endpoint.reply in ("binary", "pdf"):
        return "bytes"
    if endpoint.reply == "empty":
        return "nothing"
    if not endpoint.is_write:
        return "records" if endpoint.verb in LISTS else "record"
    return "as given" if endpoint.body == "json" and endpoint.batch > 1 else "record"


def options(endpoint: Endpoint) -> tuple[str, ...]:
    """The keyword arguments that the endpoint takes besides Xero's own parameters."""
    own = []
    if endpoint.modified_since:
        own.append("modified_since")
    if endpoint.idempotent:
        own.append("idempotency_key")
    if endpoint.retired:
        own.append("force")
    return (*own, *SHARED)


def signature(endpoint: Endpoint) -> inspect.Signature:
    """The operation's signature: path parameters and the body in order, all else by keyword."""
    place = inspect.Parameter.POSITIONAL_OR_KEYWORD
    by_keyword = inspect.Parameter.KEYWORD_ONLY
    path = [parameter for parameter in endpoint.parameters if parameter.place == "path"]
    query = [parameter for parameter in endpoint.parameters if parameter.place == "query"]
    required = [parameter for parameter in query if parameter.required]
    optional = [parameter for parameter in query if not parameter.required]
    parameters = [inspect.Parameter(argument_name(parameter.name), place) for parameter in path]
    if endpoint.body in ("json", "binary"):
        parameters.append(inspect.Parameter("body", place))
    parameters += [
        inspect.Parameter(argument_name(parameter.name), place) for parameter in required
    ]
    names = [*(argument_name(parameter.name) for parameter in optional), *options(endpoint)]
    parameters += [inspect.Parameter(name, by_keyword, default=None) for name in names]
    return inspect.Signature(parameters)


def request(endpoint: Endpoint, args: Sequence[Any], keywords: Mapping[str, Any]) -> OperationCall:
    """The arguments of a call, sorted; UnknownName for one that the operation does not take."""
    form = signature(endpoint)
    for name in keywords:
        if name not in form.parameters:
            raise UnknownName("argument", name, form.parameters, of=endpoint.name)
    try:
        values = dict(form.bind(*args, **keywords).arguments)
    except TypeError as error:
        raise InputError(
            f"`{endpoint.name}`: {str(error).replace(chr(39), '`')}",
            hint=f"it is called as `{endpoint.name}{_shown(form)}`",
        ) from None
    params = {
        parameter.name: values.pop(argument_name(parameter.name))
        for parameter in endpoint.parameters
        if argument_name(parameter.name) in values
    }
    force = bool(values.pop("force", None))
    headers = values.pop("headers", None)
    check_headers(headers)
    return OperationCall(params=params, headers=headers or {}, force=force, **values)


def reads_all_pages(endpoint: Endpoint, request: OperationCall) -> bool:
    """Whether a call gives the records of all pages: of a list, unless a page is asked for."""
    return gives(endpoint) == "records" and not {"page", "offset"} & request.params.keys()


def value(endpoint: Endpoint, request: OperationCall, reply: Reply) -> Any:
    """What a call gives for its reply; Refused where that holds no record and should."""
    kind = gives(endpoint)
    if kind == "nothing":
        return None
    if kind == "bytes":
        return reply.body
    records = reply.records
    if kind == "records" or (kind == "as given" and not isinstance(request.body, Mapping)):
        return records
    if not records:
        raise Refused(
            f"Xero's reply to `{endpoint.name}` holds no record",
            hint=f"`xero.call({endpoint.name!r}, …).body` shows what it holds",
            status=reply.status,
            body=reply.body,
        )
    return records[0]


def raise_refused(reply: Reply, body: bytes) -> None:
    """Raise Refused, with what Xero accepted, if it refused any record of the reply, whose body
    may be in a file."""
    endpoint = reply.endpoint
    found = outcomes(endpoint, body) if endpoint.record else ()
    refused = [outcome for outcome in found if outcome.status == "error"]
    if not refused:
        return
    words = "; ".join(refused[0].messages) or "no reason given"
    count = f"{len(refused)} of {counted(len(found), 'record')}" if len(found) > 1 else "the record"
    raise Refused(
        f"Xero refused {count} of `{endpoint.name}`: {words}",
        hint="`error.problems` has all of Xero's messages, `error.records` what it accepted"
        if len(found) > 1
        else None,
        status=reply.status,
        problems=tuple(text for outcome in refused for text in outcome.messages),
        body=body,
        records=tuple(outcome.record for outcome in found if outcome.status != "error"),
    )


def _shown(form: inspect.Signature) -> str:
    required = [name for name, each in form.parameters.items() if each.default is each.empty]
    return f"({', '.join([*required, '…'])})"
