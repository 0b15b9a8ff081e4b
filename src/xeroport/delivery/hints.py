"""What to do about Xero's refusals, by words that they hold: the ones that people meet most."""

from __future__ import annotations

from collections.abc import Iterable

HINTS: tuple[tuple[str, str], ...] = (
    (
        "not of valid status for modification",
        "look the document up in Xero: it is paid, approved, voided or deleted, and cannot be "
        "changed that way; a new one needs a number that no voided or deleted one holds",
    ),
    (
        "must be unique",
        "another record in Xero has this number or name: compare them, then give this one another",
    ),
    (
        "the contact must be un-archived",
        "restore the contact in Xero, or name another one",
    ),
    (
        "has been archived, or has been deleted",
        "restore the account in Xero, or use another account code",
    ),
    (
        "cannot be used with account code",
        "use a tax type that goes with the account: `xeroport call NAME tax_rates.list` has them",
    ),
    (
        "website must be valid",
        "write `http://` before the contact's website in Xero: the API cannot change it",
    ),
    (
        "lock date",
        "the date is before the organisation's lock date: change it, or the lock date in Xero",
    ),
    (
        "does not match the expected line total",
        "leave out `LineAmount`, and Xero works it out",
    ),
    (
        "only status accepted",
        "a payment can be deleted and not changed: send only its id, with `payments.delete`",
    ),
)
"""Words of a refusal, in lower case → what to do."""


def hint_for(messages: Iterable[str]) -> str | None:
    """What to do about a refusal, where its words are known."""
    said = " ".join(messages).lower()
    return next((hint for words, hint in HINTS if words in said), None)
