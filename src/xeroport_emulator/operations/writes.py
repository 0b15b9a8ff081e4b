"""Writes: every element on its own, and what the caller learns of each.

With `summarizeErrors` left out or true, one bad element makes the reply a 400 that holds only the
failed ones, while the good ones are committed all the same; with false the reply is 200 with all.
"""

from __future__ import annotations

import re
from typing import Any

from xeroport.catalogue import load
from xeroport.catalogue.model import Endpoint
from xeroport_emulator.http.bodies import elements
from xeroport_emulator.http.coerce import NO_ID, coerce, in_basic_plane
from xeroport_emulator.http.message import Reply, Request
from xeroport_emulator.http.refusals import not_found, server_error
from xeroport_emulator.http.render import compact, head
from xeroport_emulator.organisation.views import written_form
from xeroport_emulator.rules.apply import WriteOutcome, apply
from xeroport_emulator.world import World, in_envelope

NEVER_SUMMED = {"batch_payments.create"}
"""Writes that are answered 200 with the reason at the element, whatever the caller asks."""
UNPROCESSABLE = re.compile(
    r"Account code '.*' is not a valid code|Tracking option '.*' is not valid"
)
Record = dict[str, Any]


def written(world: World, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """Carry out a write and say what became of it."""
    elements_sent = elements(endpoint, request) if endpoint.body == "json" else [{}]
    if world.switches.emoji == "dropped":
        elements_sent = [in_basic_plane(element_sent) for element_sent in elements_sent]
    if world.switches.repeating == "new" and endpoint.name == "repeating_invoices.update":
        endpoint, ids = load().endpoint("repeating_invoices.create"), {}
    world.organisation.archived_names = world.switches.archived_names
    unitdp = 4 if request.param("unitdp") == "4" else 2
    if world.switches.bad_batches == "500" and endpoint.method == "PUT" and len(elements_sent) > 1:
        _refuse_together(world, endpoint, ids, elements_sent)
    outcomes = []
    for element in elements_sent:
        outcome = apply(world.organisation, endpoint, element, ids, unit_places=unitdp)
        if not outcome.found:
            raise not_found()
        outcomes.append(outcome)
        _remember(world, endpoint, outcome)
    if endpoint.reply == "empty" and all(outcome.ok for outcome in outcomes):
        return Reply(204)
    summarised = _is_summarised(endpoint, request)
    if summarised and not all(outcome.ok for outcome in outcomes):
        failed = [
            _failed(world, endpoint, ids, element, outcome)
            for element, outcome in zip(elements_sent, outcomes, strict=True)
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
        else {**_failed(world, endpoint, ids, element, outcome), "StatusAttributeString": "ERROR"}
        for element, outcome in zip(elements_sent, outcomes, strict=True)
    ]
    if endpoint.envelope is None:
        return Reply(200, compact(shown[0]))
    envelope = head(world.now(), endpoint.record, summarise=summarised)
    reply = Reply(200, compact({**envelope, endpoint.envelope: shown}))
    return in_envelope(endpoint.record or "", reply)


def _is_summarised(endpoint: Endpoint, request: Request) -> bool:
    """Whether one bad element makes the reply a 400: unless the caller says otherwise, and always
    where the reply is a bare record that cannot say what is wrong."""
    if endpoint.name in NEVER_SUMMED:
        return False
    return endpoint.envelope is None or request.flag("summarizeErrors") is not False


def _refuse_together(
    world: World, endpoint: Endpoint, ids: dict[str, str], given: list[Record]
) -> None:
    """500 for all, and nothing done, if one record cannot be processed."""
    for element in given:
        outcome = apply(world.organisation, endpoint, element, ids, keep=False)
        if any(UNPROCESSABLE.match(error) for error in outcome.errors):
            raise server_error()


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
    whole |= _flags(kind, errors=False)
    shown = world.shown(kind, whole, unitdp, write=endpoint.envelope is not None)
    if told:
        shown["StatusAttributeString"] = "WARNING" if outcome.warnings else "OK"
    if outcome.warnings:
        shown["Warnings"] = _messages(outcome.warnings)
    return shown


def _failed(
    world: World, endpoint: Endpoint, ids: dict[str, str], element: Record, outcome: WriteOutcome
) -> Record:
    """The record that was refused, whole: as it was kept, if it was, with what was sent; a zero id
    where it had none; and the reasons."""
    kind = endpoint.record or ""
    if not kind:  # a removal: there is no record to show
        return {"ValidationErrors": _messages(outcome.errors)}
    record = load().record(kind)
    sent, _ = coerce(load(), kind, element)
    key = record.key[0] if record.key else ""
    refused: Record = {}
    if key and key in record.by_name and record.by_name[key].type == "uuid":
        refused[key] = NO_ID
    table = world.organisation.tables.get(kind)
    kept = table.get(ids.get(key) or sent.get(key)) if table is not None and key else None
    if kept is not None:
        refused |= written_form(world.organisation, kind, kept)
    refused |= sent | _flags(kind, errors=True)
    shown = world.shown(kind, refused, 4, write=True)
    for position, texts in outcome.line_errors.items():
        shown["LineItems"][position]["ValidationErrors"] = _messages(texts)
    shown.pop("ValidationErrors", None)
    if outcome.warnings:
        shown["Warnings"] = _messages(outcome.warnings)
    return {**_without_errors_of_parts(shown), "ValidationErrors": _messages(outcome.errors)}


def _without_errors_of_parts(shown: Record) -> Record:
    """A refused record: its contact, their telephones and its lines say that they have no errors
    of their own, where they say nothing else."""
    element = dict(shown)
    contact = element.get("Contact")
    if isinstance(contact, dict):
        phones = [{**phone, "ValidationErrors": []} for phone in contact.get("Phones") or ()]
        element["Contact"] = {**contact, "Phones": phones, "ValidationErrors": []}
    if "Phones" in element:
        element["Phones"] = [{**phone, "ValidationErrors": []} for phone in element["Phones"]]
    if "BatchPaymentID" in element and "Payments" in element:
        element["Payments"] = [
            {**payment, "ValidationErrors": []} for payment in element["Payments"]
        ]
    if "LineItems" in element:
        element["LineItems"] = [{"ValidationErrors": [], **line} for line in element["LineItems"]]
    return element
