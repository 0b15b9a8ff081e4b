"""*Try it*: one call of any endpoint, its reply, and what is left of the budgets."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from xeroport.catalogue import Endpoint
from xeroport.console.jobs.uploads import clean_name
from xeroport.console.pages.endpoints import detail
from xeroport.console.reading import record_ids, tables
from xeroport.console.reading.books_protocol import NoBooks
from xeroport.console.web.chosen_place import reading
from xeroport.console.web.forms import form_at, text
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import console
from xeroport.errors import InputError, UnknownName, XeroportError
from xeroport.plurals import counted
from xeroport.store import instances
from xeroport.store.instances import schema_name
from xeroport.xero.client import open_client
from xeroport.xero.wire.reply import Reply

SHOWN = 60_000
"""Characters of a reply that the page shows."""
KINDS = {"pdf": "application/pdf", "json": "application/json"}


@dataclass(frozen=True)
class ShownReply:
    """A reply as the page shows it; `key` finds its bytes for the download."""

    status: int
    text: str
    cut: bool
    size: int
    wire: int
    seconds: float
    day: int | None
    minute: int | None
    key: str


def attempt(request: Request, form: FormData) -> Response:
    """Call the endpoint with the form's values; a write is asked about first."""
    endpoint = console(request).catalogue.endpoint(request.path_params["endpoint"])
    values = {p.name: text(form, f"p.{p.name}") for p in endpoint.parameters}
    values["instance"] = text(form, "instance")
    values["since"] = text(form, "since")
    body = text(form, "body") if endpoint.body == "json" else None
    if endpoint.body == "binary":
        raise InputError("no file was chosen", hint="choose one, then press the button")
    try:
        values |= _ids(request, endpoint, values)
        if endpoint.is_write and text(form, "sure") != "yes":
            _check_json(body)
            return detail(request, endpoint, values=values, body=body, ask=True)
        shown = asyncio.run(_call(request, endpoint, values, body))
    except XeroportError as error:
        return detail(request, endpoint, values=values, body=body, wrong=error)
    return detail(request, endpoint, values=values, body=body, reply=shown)


def _ids(request: Request, endpoint: Endpoint, values: dict[str, str]) -> dict[str, str]:
    """The ids of records that were given by a number, code or name, from the synced books."""
    asked = {
        parameter.name: values[parameter.name]
        for parameter in endpoint.parameters
        if parameter.type == "uuid"
        and values[parameter.name]
        and not record_ids.UUID.fullmatch(values[parameter.name])
    }
    if not asked:
        return {}
    instance = instances.get(console(request).store, values["instance"])
    schema = schema_name(instance.name)
    try:
        with reading(request, instance) as books:
            present = tables.present(books, schema)
            return {
                name: record_ids.id_of(books, schema, name, value, present)
                for name, value in asked.items()
            }
    except NoBooks:
        name, value = next(iter(asked.items()))
        raise InputError(
            f"`{value}` is not an id, and nothing was synced to find it in",
            hint=f"give the id for `{name}`, or sync first",
        ) from None


def _check_json(body: str | None) -> None:
    """InputError for a body that is not JSON."""
    try:
        json.loads(body or "null")
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"the body is not JSON: {error}", hint="correct it and send again"
        ) from None


def send_file(request: Request, form: FormData) -> Response:
    """Send a file to an endpoint that takes one, such as an attachment."""
    endpoint = console(request).catalogue.endpoint(request.path_params["endpoint"])
    values = {p.name: text(form, f"p.{p.name}") for p in endpoint.parameters}
    values |= {"instance": text(form, "instance"), "since": ""}
    file = form.get("file")
    try:
        if endpoint.body != "binary":
            raise InputError(f"`{endpoint.name}` takes no file", hint="fill in its form")
        if not isinstance(file, UploadFile) or not file.filename:
            raise InputError("no file was chosen", hint="choose one, then press the button")
        if text(form, "sure") != "yes":
            raise InputError("this changes the books", hint="tick the box to confirm, then send")
        if "FileName" in values and not values["FileName"]:
            values["FileName"] = clean_name(file.filename)
        values |= _ids(request, endpoint, values)
        shown = asyncio.run(_call(request, endpoint, values, file.file.read()))
    except XeroportError as error:
        return detail(request, endpoint, values=values, wrong=error)
    return detail(request, endpoint, values=values, reply=shown)


async def _call(
    request: Request, endpoint: Endpoint, values: dict[str, str], body: str | bytes | None
) -> ShownReply:
    state = console(request)
    if not isinstance(body, bytes):
        _check_json(body)
    instance = instances.get(state.store, values["instance"])
    given = {
        parameter.name: values[parameter.name]
        for parameter in endpoint.parameters
        if values[parameter.name]
    }
    async with open_client(state.store, instance.name) as client:
        began = time.perf_counter()
        reply = await client.call(
            endpoint,
            given,
            body=body.encode() if isinstance(body, str) else body,
            modified_since=values["since"] or None,
        )
        seconds = time.perf_counter() - began
    left = instances.budgets_of(state.calls, instance).state()
    readable = _readable(endpoint, reply)
    return ShownReply(
        status=reply.status,
        text=readable[:SHOWN],
        cut=len(readable) > SHOWN,
        size=len(reply.body),
        wire=reply.wire_bytes,
        seconds=seconds,
        day=left.day_remaining,
        minute=max(instance.rate_limit - left.minute_used, 0),
        key=state.replies.keep((endpoint, reply.body)),
    )


def _readable(endpoint: Endpoint, reply: Reply) -> str:
    if not reply.body:
        return "(an empty reply, as expected)"
    if endpoint.reply != "json":
        return f"({counted(len(reply.body), 'byte')}; download the reply to see it)"
    try:
        return json.dumps(json.loads(reply.body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return reply.body.decode(errors="replace")


def download(request: Request) -> Response:
    """The bytes of a reply that was shown."""
    key = str(request.path_params["key"])
    found = console(request).replies.find(key)
    if not isinstance(found, tuple) or len(found) != 2 or not isinstance(found[0], Endpoint):
        raise UnknownName("reply", key, (), hint="it is no longer kept; send the call again")
    endpoint, body = found
    ending = endpoint.reply if endpoint.reply in KINDS else "bin"
    return Response(
        body,
        media_type=KINDS.get(endpoint.reply, "application/octet-stream"),
        headers={"Content-Disposition": f'attachment; filename="{endpoint.name}.{ending}"'},
    )


ROUTES = [
    form_at("/endpoints/{endpoint}", attempt),
    form_at("/endpoints/{endpoint}/upload", send_file, files=1),
    page_at("/tries/{key}", download),
]
