"""History: the notes people add to a record, and those Xero adds when it changes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from xeroport.catalogue.model import Endpoint
from xeroport.emulator.incoming import elements
from xeroport.emulator.message import Reply, Request
from xeroport.emulator.owners import by_name, owner, owner_kind
from xeroport.emulator.problems import invalid
from xeroport.emulator.render import compact, head
from xeroport.emulator.shape import shape
from xeroport.emulator.table import Table

if TYPE_CHECKING:
    from xeroport.emulator.app import Application

Record = dict[str, Any]

LONGEST = 2500
MISSING = "The document with the supplied id was not found for this endpoint."
_DONE = {
    "SUBMITTED": "Submitted",
    "AUTHORISED": "Approved",
    "POSTED": "Approved",
    "PAID": "Paid",
    "VOIDED": "Voided",
    "DELETED": "Deleted",
    "ARCHIVED": "Archived",
    "SENT": "Sent",
    "ACCEPTED": "Accepted",
    "DECLINED": "Declined",
    "INVOICED": "Invoiced",
    "BILLED": "Billed",
}


def _note(changes: str, user: str, at: datetime, details: str) -> Record:
    return {"Changes": changes, "DateUTC": at, "User": user, "Details": details}


def _status(record: Record | None) -> str:
    return str((record or {}).get("Status") or (record or {}).get("ContactStatus") or "")


def recorder(app: Application) -> Any:
    """A listener of the organisation that notes what was done to each record."""

    def note(table: Table, before: Record | None, after: Record | None) -> None:
        if after is None or table.key not in after:
            return
        new = _status(after)
        if before is None:
            changes, details = "Created", f"Created as {new}" if new else "Created"
        elif new != _status(before):
            changes = _DONE.get(new, "Edited")
            details = f"Status changed from {_status(before)} to {new}"
        else:
            fields = [name for name in after if after[name] != before.get(name)]
            fields = [name for name in fields if name != "UpdatedDateUTC" and name[0] != "_"]
            if not fields:
                return
            changes, details = "Edited", "Changed: " + ", ".join(fields)
        notes = app.extras.notes.setdefault(str(after[table.key]), [])
        notes.append(_note(changes, "System Generated", app.now(), details[:LONGEST]))

    return note


def note_list(app: Application, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """The notes on a record, the latest first."""
    table, record = owner(app, endpoint, ids)
    notes = app.extras.notes.get(str(record[table.key]), [])
    if not any(each["Changes"] == "Created" for each in notes):
        at = record.get("CreatedDateUTC") or record.get("UpdatedDateUTC") or app.now()
        notes = [_note("Created", "System Generated", at, "Created"), *notes]
    return _shown(app, reversed(notes))


def add_notes(app: Application, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """Add notes to a record; they can be neither changed nor removed."""
    given = elements(endpoint, request)
    table = app.organisation.tables[owner_kind(endpoint)]
    record = by_name(table, next(iter(ids.values())))
    if record is None:
        raise invalid({}, MISSING)
    texts = []
    for each in given:
        text = each.get("Details")
        if not isinstance(text, str) or not text.strip():
            raise invalid({}, "The Details of a note are required.")
        if len(text) > LONGEST:
            raise invalid({}, f"The field Details must be at most {LONGEST} characters long.")
        texts.append(text)
    made = [_note("Note", "System Generated", app.now(), text) for text in texts]
    app.extras.notes.setdefault(str(record[table.key]), []).extend(made)
    app.touched(table, record, record)
    return _shown(app, made)


def _shown(app: Application, notes: Any) -> Reply:
    shown = [shape("HistoryRecord", each) for each in notes]
    return Reply(200, compact({**head(app.now()), "HistoryRecords": shown}))
