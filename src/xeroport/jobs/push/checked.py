"""What the checks of a source came to, and what a push may do unasked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from xeroport.catalogue import Catalogue
from xeroport.errors import InputError
from xeroport.plurals import counted
from xeroport.records import targets
from xeroport.rows.problems import FilePlace, Problem, Tally
from xeroport.store.outbox.outbox import Conflict, Due

EFFECTS = {
    "delete": "deletes",
    "void": "voids",
    "approve": "approves",
    "e-mail": "e-mails",
}


@dataclass(slots=True)
class Checked:
    """What the checks of a source found out.

    `unfit` says that the source as a whole cannot be used. `effects` counts deletes, voids,
    approvals and mails.
    """

    endpoint: str
    tally: Tally
    documents: int = 0
    invalid: int = 0
    unfit: bool = False
    amount: Decimal = Decimal(0)
    effects: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def said(self) -> str:
        """The effects in words, such as `voids 1 and e-mails 3 records`."""
        effects = [f"{EFFECTS[name]} {n:,}" for name, n in self.effects.items()]
        total = sum(self.effects.values())
        return f"{' and '.join(effects)} {'record' if total == 1 else 'records'}"

    def conflict(self, conflict: Conflict) -> Problem:
        """A key that the outbox has with other contents, as a problem of its line."""
        hint = {
            "claimed": "it is under way; try again when its fate is known",
            "unknown": f"its fate is unknown; see `xeroport outbox` for `{conflict.key}`",
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
        if not agree(f"This {checked.said} in Xero. Go on?"):
            raise InputError(
                f"this {checked.said}, and nobody said yes", hint="say so with `--yes`"
            )


def effects_of(catalogue: Catalogue, due: Iterable[Due]) -> Counter[str]:
    """The effects of what will really be sent: of a file sent before, nothing is."""
    effects: Counter[str] = Counter()
    for delivery in due:
        endpoint = catalogue.endpoint(delivery.send_by)
        record = targets.record_of(catalogue, endpoint)
        values = msgspec.json.decode(delivery.body) if record is not None else {}
        effects.update(targets.effects(record, endpoint, values))
    return effects
