"""Deletes, voids, approvals and e-mails in words: what a person agrees to before it is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from starlette.datastructures import FormData

from xeroport.errors import InputError
from xeroport.plurals import counted

SENTENCES = {
    "delete": ("It deletes {} in Xero.", "A deleted record cannot be brought back."),
    "void": ("It voids {} in Xero.", "A voided document cannot be opened again."),
    "approve": ("It approves {}.", "An approved document counts in the books at once."),
    "pay": ("It records {} as paid.", "A payment changes what is owed and the bank account."),
    "archive": ("It archives {}.", "An archived contact is hidden; it can be restored in Xero."),
    "e-mail": ("It has Xero e-mail {} to the contact.", "An e-mail cannot be unsent."),
}


@dataclass(frozen=True)
class Effect:
    """One effect: its key in forms, what happens, and what that means."""

    key: str
    words: str
    meaning: str


def as_effects(counts: Mapping[str, int]) -> tuple[Effect, ...]:
    """The effects of so many records each."""
    return tuple(
        Effect(key, words.format(counted(n, "record")), meaning)
        for key, (words, meaning) in SENTENCES.items()
        if (n := counts.get(key, 0))
    )


def not_agreed(effects: Iterable[Effect], form: FormData, hint: str) -> InputError | None:
    """The effects that the form has no tick for, as what is wrong with it; None without any."""
    ticked = set(form.getlist("agree"))
    missing = [effect.words for effect in effects if effect.key not in ticked]
    return InputError(" ".join(missing), hint=hint) if missing else None
