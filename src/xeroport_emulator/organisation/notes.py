"""The notes that Xero adds to a record's history when it changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from xeroport_emulator.organisation.extras import Extras
from xeroport_emulator.organisation.organisation import Committed
from xeroport_emulator.organisation.table import Record, Table

LONGEST = 2500
"""Characters a note may have."""
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


def noted(changes: str, user: str, at: datetime, details: str) -> Record:
    """One note of a record's history."""
    return {"Changes": changes, "DateUTC": at, "User": user, "Details": details}


def _status(record: Record | None) -> str:
    return str((record or {}).get("Status") or (record or {}).get("ContactStatus") or "")


def _sent(before: Record, after: Record) -> bool:
    """Whether an invoice has been sent to its contact; in Xero's words."""
    return bool("InvoiceID" in after and after.get("SentToContact") and not before["SentToContact"])


def _credited(before: Record, after: Record) -> str:
    """What credits an invoice has got, in Xero's words; empty if none."""
    new = [
        each
        for name in ("CreditNotes", "Prepayments", "Overpayments")
        for each in after.get(name) or ()
        if each not in (before.get(name) or ())
    ]
    if (
        not new
        or "AmountCredited" not in after
        or after["AmountCredited"] <= before.get("AmountCredited", 0)
    ):
        return ""
    amount = after["AmountCredited"] - before.get("AmountCredited", 0)
    return f"Amount credited on {new[-1]['Date']:%d/%m/%Y} for {amount:.2f}."


def recorder(extras: Extras, now: Callable[[], datetime]) -> Committed:
    """A listener of the organisation that notes what was done to each record."""

    def note(table: Table, before: Record | None, after: Record | None) -> None:
        if after is None or table.key not in after:
            return
        new = _status(after)
        if before is not None and _sent(before, after):
            changes, details = "Invoice sent", "This invoice has been sent"
        elif before is not None and (credited := _credited(before, after)):
            changes, details = "Credited", credited
        elif before is None:
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
        notes = extras.notes.setdefault(str(after[table.key]), [])
        notes.append(noted(changes, "System Generated", now(), details[:LONGEST]))

    return note
