"""What a file sends in a bookkeeper's words: how many of which kind, drafts or approved."""

from __future__ import annotations

from dataclasses import dataclass

from xeroport.catalogue.columns import snake
from xeroport.console.reading.document_kinds import kind_of
from xeroport.jobs.push.report import Preview
from xeroport.plurals import counted

STATES = {
    "DRAFT": "Drafts",
    "SUBMITTED": "Awaiting approval",
    "AUTHORISED": "Approved",
    "POSTED": "Posted",
}
"""Xero's statuses as people say them; others are said as Xero does."""
BEGIN_AS_DRAFTS = frozenset(
    ("Invoice", "CreditNote", "PurchaseOrder", "Quote", "ManualJournal", "Receipt")
)
"""Records of which Xero makes a draft where no status is given."""


@dataclass(frozen=True)
class RecordCount:
    """So many records of what goes, and a remark."""

    number: int
    words: str
    remark: str = ""


def kinds(preview: Preview, record: str) -> tuple[RecordCount, ...]:
    """How many of each kind, such as 3 sales invoices."""
    return tuple(
        RecordCount(number, _kind(record, type_, number)) for type_, number in preview.types.items()
    )


def _kind(record: str, type_: str, number: int) -> str:
    kind = kind_of(snake(record), {"type": type_})
    if kind is None:
        return counted(number, snake(record).replace("_", " ")).partition(" ")[2]
    return (kind.singular if number == 1 else kind.title).lower()


def states(preview: Preview, record: str) -> tuple[RecordCount, ...]:
    """How many in each state; of records that name none only where Xero makes drafts of them."""
    parts: list[RecordCount] = []
    for status, number in preview.statuses.items():
        if status:
            parts.append(RecordCount(number, STATES.get(status, status.capitalize())))
        elif record in BEGIN_AS_DRAFTS:
            parts.append(RecordCount(number, "Without a status", "Xero makes drafts of new ones"))
    return tuple(parts)
