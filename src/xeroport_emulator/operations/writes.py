"""Writes: every element on its own, and what the caller learns of each.

With `summarizeErrors` left out or true, one bad element makes the reply a 400 that holds only the
failed ones, while the good ones are committed all the same; with false the reply is 200 with all.
"""

from __future__ import annotations

from typing import Any

from xeroport.catalogue import load
from xeroport.catalogue.model import Endpoint
from xeroport_emulator.http.bodies import elements
from xeroport_emulator.http.coerce import coerce
from xeroport_emulator.http.message import Reply, Request
from xeroport_emulator.http.refusals import not_found
from xeroport_emulator.http.render import compact, head
from xeroport_emulator.http.shape import shape
from xeroport_emulator.organisation.views import written_form
from xeroport_emulator.rules.apply import WriteOutcome, apply
from xeroport_emulator.world import World, in_envelope

NO_ID = "00000000-0000-0000-0000-000000000000"
Record = dict[str, Any]


def written(world: World, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """Carry out a write and say what became of it."""
    given = elements(endpoint, request) if endpoint.body == "json" else [{}]
    unitdp = 4 if request.param("unitdp") == "4" else 2
    outcomes = []
    for element in given:
        outcome = apply(world.organisation, endpoint, element, ids, unit_places=unitdp)
        if not outcome.found:
            raise not_found()
        outcomes.append(outcome)
        _remember(world, endpoint, outcome)
    if endpoint.reply == "empty" and all(each.ok for each in outcomes):
        return Reply(204)
    summarised = request.flag("summarizeErrors") is not False
    if summarised and not all(each.ok for each in outcomes):
        failed = [
            _failed(world, endpoint, element, outcome)
            for element, outcome in zip(given, outcomes, strict=True)
            if not outcome.ok
        ]
        body = {
            "ErrorNumber": 10,
            "Type": "ValidationException",
            "Message": "A validation exception occurred",
            "Elements": failed,
        }
        return Reply(400, compact(body))
    shown = [
        _done(world, endpoint, outcome, unitdp, told=not summarised)
        if outcome.ok
        else {**_failed(world, endpoint, element, outcome), "StatusAttributeString": "ERROR"}
        for element, outcome in zip(given, outcomes, strict=True)
    ]
    if endpoint.envelope is None:
        return Reply(200, compact(shown[0]))
    envelope = head(world.now(), endpoint.record, summarise=summarised)
    reply = Reply(200, compact({**envelope, endpoint.envelope: shown}))
    return in_envelope(endpoint.record or "", reply)


def _remember(world: World, endpoint: Endpoint, outcome: WriteOutcome) -> None:
    """Which records came in through the API, for createdByMyApp."""
    table = world.organisation.tables.get(endpoint.record or "")
    if table is not None and outcome.record is not None and outcome.ok:
        world.created.add(str(outcome.record.get(table.key)))


def _flags(kind: str, *, errors: bool) -> Record:
    known = load().record(kind).by_name
    return {name: errors for name in ("HasErrors", "HasValidationErrors") if name in known}


def _messages(texts: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"Message": text} for text in texts]


def _done(
    world: World, endpoint: Endpoint, outcome: WriteOutcome, unitdp: int, *, told: bool
) -> Record:
    kind = endpoint.record or ""
    whole = written_form(world.organisation, kind, outcome.record or {})
    shown = shape(kind, whole, unitdp)
    shown |= _flags(kind, errors=False)
    shown = world.formed(kind, shown, write=True)
    if told:
        shown["StatusAttributeString"] = "WARNING" if outcome.warnings else "OK"
    if outcome.warnings:
        shown["Warnings"] = _messages(outcome.warnings)
    return shown


def _failed(world: World, endpoint: Endpoint, element: Record, outcome: WriteOutcome) -> Record:
    """What was sent, as far as Xero knows it, with a zero id where it had none, and the reasons."""
    kind = endpoint.record or ""
    record = load().record(kind)
    sent, _ = coerce(load(), kind, element)
    key = record.key[0] if record.key else ""
    shown: Record = {}
    if key and key in record.by_name and record.by_name[key].type == "uuid":
        shown[key] = NO_ID
    shown |= shape(kind, sent, 4)
    shown |= _flags(kind, errors=True)
    shown = world.formed(kind, shown, write=True)
    shown.pop("ValidationErrors", None)
    if outcome.warnings:
        shown["Warnings"] = _messages(outcome.warnings)
    return {**shown, "ValidationErrors": _messages(outcome.errors)}
