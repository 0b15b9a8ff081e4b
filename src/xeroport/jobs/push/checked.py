"""What the checks of a source came to, and what a push may do unasked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from xeroport.catalogue import Endpoint, RecordType, load
from xeroport.errors import InputError
from xeroport.jobs.push.report import Preview
from xeroport.plurals import counted
from xeroport.records import targets
from xeroport.records.document_checks import amount_of
from xeroport.rows.problems import FilePlace, Problem, Tally
from xeroport.store.outbox.outbox import Conflict, Due

EFFECTS = {
    "delete": "deletes",
    "void": "voids",
    "approve": "approves",
    "e-mail": "e-mails",
}


@dataclass(slots=True)
class PushSums:
    """What records come to that are sent, added up one after another."""

    records: int = 0
    amount: Decimal = Decimal(0)
    effects: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    amounts: dict[str, Decimal] = field(default_factory=dict)

    def add(self, record: RecordType | None, endpoint: Endpoint, values: Mapping[str, Any]) -> None:
        """Add one record; None where the endpoint takes no record."""
        self.records += 1
        for effect in targets.effects(record, endpoint, values):
            self.effects[effect] += 1
        if record is None:
            return
        self.statuses[str(values.get("Status") or "")] += 1
        self.types[str(values.get("Type") or "")] += 1
        amount = amount_of(record, values)
        self.amount += amount
        if amount:
            currency = str(values.get("CurrencyCode") or "")
            self.amounts[currency] = self.amounts.get(currency, Decimal(0)) + amount

    def preview(self) -> Preview:
        """The sums as a person sees them."""
        return Preview(
            dict(self.effects), dict(self.amounts), dict(self.statuses), dict(self.types)
        )


@dataclass(slots=True)
class Checked:
    """What the checks of a source found out.

    `unfit` says that the source as a whole cannot be used. `effects` counts deletes, voids,
    approvals and mails, `sums` are of all records that were staged.
    """

    endpoint: str
    tally: Tally
    documents: int = 0
    invalid: int = 0
    unfit: bool = False
    sums: PushSums = field(default_factory=PushSums)
    effects: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def amount(self) -> Decimal:
        """What the records move, as far as they say."""
        return self.sums.amount

    @property
    def said(self) -> str:
        """The effects in words, such as `voids 1 and e-mails 3 records`."""
        effects = [f"{EFFECTS[name]} {n:,}" for name, n in self.effects.items()]
        total = sum(self.effects.values())
        return f"{' and '.join(effects)} {'record' if total == 1 else 'records'}"

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


def effects_of(due: Iterable[Due]) -> Counter[str]:
    """The effects of what will really be sent: of a file sent before, nothing is."""
    effects: Counter[str] = Counter()
    for delivery in due:
        endpoint = load().endpoint(delivery.send_by)
        record = targets.record_of(endpoint)
        values = msgspec.json.decode(delivery.body) if record is not None else {}
        effects.update(targets.effects(record, endpoint, values))
    return effects
