"""What only Xero can say of one record: its history and its attachments, asked for when a person
wants them, with two calls."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from xeroport.catalogue import Catalogue
from xeroport.console.pages.books import document_address, kind_named
from xeroport.console.reading.document_kinds import Kind
from xeroport.console.web.forms import form_at
from xeroport.console.web.render import page
from xeroport.console.web.state import Console, console, instance_of
from xeroport.errors import InputError
from xeroport.xero.client import open_client

SHOWN = 100


def ask(request: Request, _: FormData) -> Response:
    """Ask Xero, and show what it says."""
    state, kind = console(request), kind_named(request)
    key = str(request.path_params["key"])
    instance = instance_of(request)
    names = [name for name in endpoints_of(state.catalogue, kind) if name]
    if not names:
        raise InputError(
            f"Xero keeps no history for a {kind.singular.lower()}",
            hint="its journal is on its own page, if it posts",
        )
    answers = asyncio.run(_answers(state, instance.name, names, key))
    return page(
        request,
        "history.html",
        here=kind.section,
        kind=kind,
        back=document_address(instance.name, kind, key),
        notes_of=answers.get("history", [])[:SHOWN],
        attachments=answers.get("attachments", [])[:SHOWN],
    )


async def _answers(state: Console, name: str, names: list[str], key: str) -> dict[str, Any]:
    """What each endpoint says of the record: its kind of answer → the records."""
    answers = {}
    async with open_client(state.store, name) as client:
        for endpoint in map(state.catalogue.endpoint, names):
            reply = await client.call(endpoint, {endpoint.path_names[0]: key})
            answers[endpoint.name.split(".")[1]] = reply.records
    return answers


def endpoints_of(catalogue: Catalogue, kind: Kind) -> tuple[str, str]:
    """The endpoints that list the history and the attachments of a kind, "" for none."""
    known = {endpoint.name for endpoint in catalogue.endpoints}
    history, attachments = (
        name if (name := f"{kind.table}s.{what}.list") in known else ""
        for what in ("history", "attachments")
    )
    return history, attachments


ROUTES = [form_at("/instances/{instance}/books/{kind}/{key}/history", ask)]
