"""History: the notes people add to a record, and those Xero adds when it changes."""

from __future__ import annotations

from typing import Any

from xeroport.catalogue.model import Endpoint
from xeroport_emulator.http.bodies import elements
from xeroport_emulator.http.message import Reply, Request
from xeroport_emulator.http.refusals import invalid
from xeroport_emulator.http.render import compact, head
from xeroport_emulator.http.shape import shape
from xeroport_emulator.operations.owners import by_name, owner, owner_kind
from xeroport_emulator.organisation.notes import LONGEST, noted
from xeroport_emulator.world import World

Record = dict[str, Any]

MISSING = "The document with the supplied id was not found for this endpoint."


def note_list(world: World, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """The notes on a record, the latest first."""
    table, record = owner(world, endpoint, ids)
    notes = world.extras.notes.get(str(record[table.key]), [])
    if not any(note["Changes"] == "Created" for note in notes):
        at = record.get("CreatedDateUTC") or record.get("UpdatedDateUTC") or world.now()
        notes = [noted("Created", "System Generated", at, "Created"), *notes]
    return _shown(world, reversed(notes))


def add_notes(world: World, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """Add notes to a record; they can be neither changed nor removed."""
    elements_sent = elements(endpoint, request)
    table = world.organisation.tables[owner_kind(endpoint)]
    record = by_name(table, next(iter(ids.values())))
    if record is None:
        raise invalid({}, MISSING)
    texts = []
    for element in elements_sent:
        text = element.get("Details")
        if not isinstance(text, str) or not text.strip():
            raise invalid({}, "The Details of a note are required.")
        if len(text) > LONGEST:
            raise invalid({}, f"The field Details must be at most {LONGEST} characters long.")
        texts.append(text)
    notes = [noted("Note", "System Generated", world.now(), text) for text in texts]
    world.extras.notes.setdefault(str(record[table.key]), []).extend(notes)
    world.touch(table, record[table.key])
    return _shown(world, [{**note, "ValidationErrors": []} for note in notes], written=True)


def _shown(world: World, notes: Any, *, written: bool = False) -> Reply:
    """The notes; the reply to a write has neither user nor kind, and dates without an offset."""
    shown = [shape("HistoryRecord", note) for note in notes]
    if written and world.switches.replies == "recorded":
        columns = ("DateUTCString", "DateUTC", "Details", "ValidationErrors")
        shown = [
            {name: shown_note[name] for name in columns if name in shown_note}
            for shown_note in shown
        ]
        for shown_note in shown:
            shown_note["DateUTC"] = shown_note["DateUTC"].replace("+0000)", ")")
    return Reply(200, compact({**head(world.now()), "HistoryRecords": shown}))
