"""What the checks of a source came to, and what a push may do unasked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from xeroport.errors import InputError
from xeroport.jobs.push.report import Preview
from xeroport.plurals import counted, word_for
from xeroport.rows.problems import FilePlace, Problem, Tally
from xeroport.store.outbox.enqueuing import Conflict

EFFECTS = {
    "approve": "approves",
    "void": "voids",
    "delete": "deletes",
    "archive": "archives",
    "e-mail": "e-mails",
    "pay": "pays",
    "change": "changes",
    "create": "creates",
}
"""What sending does → how it is said, the gravest first."""


def in_words(effects: Mapping[str, int], records: int) -> str:
    """The effects on so many records, such as `voids 1 and e-mails 3 records`."""
    said = [f"{verb} {effects[name]:,}" for name, verb in EFFECTS.items() if effects.get(name)]
    return f"{' and '.join(said)} {word_for(records, 'record')}"


@dataclass(slots=True)
class Checked:
    """What the checks of a source found out.

    `unfit` says that the source as a whole cannot be used. `effects` counts deletes, voids,
    approvals and mails, `sums` are of all records that were staged.
    """

    endpoint: str
    source: str
    tally: Tally
    documents: int = 0
    invalid: int = 0
    unfit: bool = False
    sums: Preview = field(default_factory=Preview)
    effects: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def amount(self) -> Decimal:
        """What the records move, as far as they say."""
        return self.sums.amount

    @property
    def said(self) -> str:
        """The effects in words, such as `voids 1 and e-mails 3 records`."""
        return in_words(self.effects, sum(self.effects.values()))

    def conflict(self, conflict: Conflict) -> Problem:
        """A key that the outbox has with other contents, as a problem of its line."""
        hint = {
            "claimed": "it is under way; try again when its outcome is known",
            "unknown": f"its outcome is unknown; see `xeroport outbox` for `{conflict.key}`",
        }.get(conflict.status, "`--update` sends the change")
        return Problem(
            FilePlace(conflict.line),
            f"`{conflict.key}` was given before with other contents, and is {conflict.status}",
            hint,
        )


@dataclass(frozen=True, slots=True)
class Guard:
    """What a push may do unasked. By hand, `agreed` is `--yes`; code has made up its mind."""

    agreed: bool = True
    most_records: int | None = None
    most_amount: Decimal | None = None

    def check(self, checked: Checked, agree: Callable[[str], bool]) -> None:
        """InputError for more than allowed, or for effects that nobody agreed to."""
        valid = checked.documents - checked.invalid
        if self.most_records is not None and valid > self.most_records:
            raise InputError(
                f"the input holds {counted(valid, 'record')}, "
                f"more than `--max {self.most_records}`",
                hint="raise `--max` if that is right",
            )
        if self.most_amount is not None and checked.amount > self.most_amount:
            raise InputError(
                f"the records come to {checked.amount:,}, more than "
                f"`--max-amount {self.most_amount}`",
                hint="raise `--max-amount` if that is right",
            )
        if not checked.effects or self.agreed:
            return
        if not agree(f"This {checked.said} in Xero. Continue?"):
            raise InputError(
                f"this {checked.said}, which was not confirmed", hint="confirm it with `--yes`"
            )
