"""What a push did, for people, programs and spreadsheets."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from xeroport.catalogue import Endpoint, RecordType
from xeroport.delivery.hints import hint_for
from xeroport.errors import XeroportError
from xeroport.plurals import counted
from xeroport.records import targets
from xeroport.records.document_checks import amount_of
from xeroport.rows.problems import Problem
from xeroport.store.outbox.enqueuing import is_conflict
from xeroport.store.outbox.outbox import Delivery

KEPT = 100_000
"""A report holds all results up to here, and of a larger push only those that are not sent."""
DIFFERENT = "sent, with differences"
"""In Xero, but not in all as it was sent; the messages say in what."""
FOUND = "found "
"""How our own words about a sent record begin; all others are Xero's warnings."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    "line",
    "key",
    "status",
    "xero_id",
    "xero_number",
    "messages",
    "settled_at",
    "batch",
    "endpoint",
)
CALL_COLUMNS = ("method", "path", "records", "bytes", "body")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one record; `messages` are Xero's own words, after those about differences.
    `warned` says that Xero took it with a warning, in the push that this is the report of."""

    line: int | None
    key: str
    status: str
    xero_id: str | None
    xero_number: str | None
    messages: tuple[str, ...]
    settled_at: datetime | None
    batch: str | None
    endpoint: str
    file: str | None = None
    warned: bool = False

    def __repr__(self) -> str:
        return f"<Result of `{self.key}`: {self.status}>"

    @property
    def hint(self) -> str | None:
        """What to do about Xero's refusal, where its words are known."""
        return hint_for(self.messages) if self.status in ("rejected", "unknown") else None


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """One call as a dry run shows it."""

    method: str
    path: str
    records: int
    bytes: int
    body: str

    def __repr__(self) -> str:
        size = f"{counted(self.records, 'record')}, {counted(self.bytes, 'byte')}"
        return f"<SampleRequest: {self.method} {self.path}, {size}>"


@dataclass(slots=True)
class Preview:
    """What a push would send, added up one record after another: how many records it would delete,
    void, approve or e-mail, the sum of what they say they move, also by currency ("" where a record
    names none), and how many have each status and each type ("" where a record names none)."""

    records: int = 0
    amount: Decimal = Decimal(0)
    effects: Counter[str] = field(default_factory=Counter)
    amounts: dict[str, Decimal] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)

    def __repr__(self) -> str:
        return f"<Preview of {counted(self.records, 'record')}>"

    def add(self, record: RecordType | None, endpoint: Endpoint, values: Mapping[str, Any]) -> None:
        """Add one record; None where the endpoint takes no record."""
        self.records += 1
        for effect in targets.effects(record, endpoint, values):
            self.effects[effect] += 1
        if record is None:
            return
        self.statuses[str(values.get("Status") or "")] += 1
        self.types[str(values.get("Type") or "")] += 1
        amount = amount_of(values)
        self.amount += amount
        if amount:
            currency = str(values.get("CurrencyCode") or "")
            self.amounts[currency] = self.amounts.get(currency, Decimal(0)) + amount

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "effects": dict(self.effects),
            "amounts": {currency: str(amount) for currency, amount in self.amounts.items()},
            "statuses": dict(self.statuses),
            "types": dict(self.types),
        }


@dataclass(frozen=True, slots=True)
class PushPlan:
    """What a push would do: its calls, and what Xero still allows today (None: not known).

    `requests` are the first calls only; `out` and the command line have all of them.
    """

    records: int
    calls: int
    day_remaining: int | None
    minute_limit: int
    requests: tuple[SampleRequest, ...]
    preview: Preview | None = None

    def __repr__(self) -> str:
        return f"<PushPlan: {counted(self.records, 'record')} in {counted(self.calls, 'call')}>"

    @property
    def minutes(self) -> int:
        """How many whole minutes the calls take under the minute limit, at least."""
        return max(self.calls - 1, 0) // self.minute_limit

    @property
    def fits_today(self) -> bool:
        """False where the calls are more than Xero is known to allow today."""
        return self.day_remaining is None or self.calls <= self.day_remaining


@dataclass(frozen=True, slots=True)
class PushReport:
    """The report of a push.

    `counts` is by status; `already` are records that were in the outbox before, unchanged;
    `conflicts` known keys with different contents; `invalid` records that failed the checks,
    with `errors` in all; `warned` records that Xero accepted with a warning.
    `amount` is the sum of the records' amounts; `throttled` counts replies 429.
    """

    instance: str
    endpoint: str
    source: str
    records: int
    counts: Mapping[str, int]
    new: int = 0
    already: int = 0
    revised: int = 0
    conflicts: int = 0
    invalid: int = 0
    errors: int = 0
    warnings: int = 0
    warned: int = 0
    amount: Decimal = Decimal(0)
    calls: int = 0
    throttled: int = 0
    seconds: float = 0.0
    run: int | None = None
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    results: tuple[Result, ...] = field(default=(), repr=False)
    plan: PushPlan | None = None
    stopped: XeroportError | None = None
    sent_nothing: bool = False

    def __repr__(self) -> str:
        counts = ", ".join(f"{number:,} {status}" for status, number in self.counts.items())
        records = counted(self.records, "record")
        return f"<PushReport of `{self.endpoint}`: {records}, {counts or 'none sent'}>"

    @property
    def exit_status(self) -> int:
        """What the command line ends with."""
        if self.stopped is not None:
            return self.stopped.exit_status
        if self.sent_nothing and any(problem.level == "error" for problem in self.problems):
            return 2
        bad = sum(self.counts.get(status, 0) for status in ("rejected", "unknown", DIFFERENT))
        return 1 if bad or self.invalid or self.conflicts else 0

    @property
    def ok(self) -> bool:
        """Whether every record is in Xero as it was sent (or, in a dry run, would be sent)."""
        return self.exit_status == 0

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values, for JSON."""
        out = {each.name: getattr(self, each.name) for each in fields(self)} | {
            "counts": dict(self.counts),
            "amount": str(self.amount),
            "seconds": round(self.seconds, 3),
            "exit_status": self.exit_status,
            "notes": list(self.notes),
            "problems": [_problem(problem) for problem in self.problems],
            "results": [_result(result) for result in self.results],
        }
        for name in ("plan", "stopped", "sent_nothing"):
            del out[name]
        if self.plan is not None:
            out["plan"] = asdict(replace(self.plan, preview=None)) | {
                "fits_today": self.plan.fits_today,
                "minutes": self.plan.minutes,
                "preview": self.plan.preview and self.plan.preview.as_dict(),
            }
        if self.stopped is not None:
            out["stopped"] = {
                "kind": type(self.stopped).__name__,
                "message": self.stopped.message,
                "hint": self.stopped.hint,
            }
        return out


def has_warnings(delivery: Delivery) -> bool:
    """Whether Xero took a record with a warning of its own."""
    return delivery.status == "sent" and any(
        not words.startswith(FOUND) for words in delivery.messages
    )


def result_of(delivery: Delivery, was: str | None = None, *, run: int | None = None) -> Result:
    """A delivery as a result; a conflict shows as such, whatever the known record's status.

    Differences between what was sent and Xero's reply show as a status of their own, with `run`
    only where that run sent the record: a later push has nothing to do with them.
    """
    status: str = delivery.status
    messages = (*delivery.differences, *delivery.messages)
    if was is not None and is_conflict(was):
        status = "conflict"
        messages = (f"the record changed; what was given before is {delivery.status}",)
    elif delivery.differences and status == "sent" and run in (None, delivery.run):
        status = DIFFERENT
    settled = delivery.settled_at
    return Result(
        line=delivery.line,
        key=delivery.key,
        status=status,
        xero_id=delivery.xero_id,
        xero_number=delivery.xero_number,
        messages=messages,
        settled_at=None if settled is None else datetime.fromtimestamp(settled, UTC),
        batch=delivery.batch,
        endpoint=delivery.endpoint,
        file=delivery.file,
        warned=has_warnings(delivery) and run in (None, delivery.run),
    )


def write_csv(path: Path, results: Iterable[Result]) -> int:
    """Write results as a CSV that no spreadsheet takes for formulas; gives the number of rows."""
    return _write(path, COLUMNS, (list(_result(result).values()) for result in results))


def write_requests(path: Path, requests: Iterable[SampleRequest]) -> int:
    """Write the calls of a dry run as a CSV, one a row; gives their number."""
    return _write(path, CALL_COLUMNS, (list(asdict(request).values()) for request in requests))


def _write(path: Path, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    draft = path.with_name(f".{path.name}.part")
    number = 0
    with draft.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(heads)
        for row in rows:
            writer.writerow([cell(value) for value in row])
            number += 1
    draft.replace(path)
    return number


def cell(value: Any) -> str:
    """A value as the text of a CSV cell, with a `'` before what would be a formula."""
    if value is None:
        return ""
    text = "; ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _result(result: Result) -> dict[str, Any]:
    settled = result.settled_at
    return {name: getattr(result, name) for name in COLUMNS} | {
        "messages": list(result.messages),
        "settled_at": None if settled is None else settled.isoformat(timespec="seconds"),
    }


def _problem(each: Problem) -> dict[str, Any]:
    return {
        "level": each.level,
        "line": each.place.line,
        "column": each.place.column,
        "name": each.place.name,
        "message": each.message,
        "hint": each.hint,
    }
