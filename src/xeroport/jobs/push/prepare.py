"""Taking in a source: every document cleaned, checked and staged, every problem placed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, cast

import msgspec

from xeroport.catalogue import Catalogue, RecordType
from xeroport.delivery.reconcile import natural_key
from xeroport.errors import InputError
from xeroport.records import document_checks as rules
from xeroport.records import targets
from xeroport.records.document_checks import Known
from xeroport.records.field_checks import UUID, Cleaner, Finding
from xeroport.records.from_rows import Document, Plan, documents
from xeroport.rows.problems import Place, Problem, Tally
from xeroport.rows.source import Source
from xeroport.store.outbox.claims import ENVELOPE, MAX_BYTES
from xeroport.store.outbox.outbox import Conflict, Due
from xeroport.store.outbox.staging import Draft, Staging
from xeroport.xero.wire.encode import encode

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
        told = [f"{EFFECTS[name]} {n:,}" for name, n in self.effects.items()]
        total = sum(self.effects.values())
        return f"{' and '.join(told)} {'record' if total == 1 else 'records'}"

    def conflict(self, each: Conflict) -> Problem:
        """A key that the outbox has with other contents, as a problem of its line."""
        hint = {
            "claimed": "it is under way; try again when its fate is known",
            "unknown": f"its fate is unknown; see `xeroport outbox` for `{each.key}`",
        }.get(each.status, "`--update` sends the change")
        return Problem(
            Place(each.line),
            f"`{each.key}` was given before with other contents, and is {each.status}",
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
                f"the input holds {valid:,} records, more than `--max {self.most_records}`",
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


def stage(
    given: Source,
    plan: Plan,
    catalogue: Catalogue,
    staging: Staging,
    tally: Tally,
    *,
    known: Known,
    date_format: str,
    base: Path,
) -> Checked:
    """Check every document and stage the good ones; `base` is where relative files lie."""
    record = targets.record_of(catalogue, plan.endpoint)
    cleaner = Cleaner(catalogue, date_format)
    checked = Checked(plan.endpoint.name, tally)
    checked.unfit = tally.add(plan.problems)
    creates = record is not None and plan.endpoint.method == "PUT"
    nameless = 0
    for document in documents(given, plan):
        checked.documents += 1
        checked.unfit |= document.rest_lost
        problems, values = _examine(document, plan, record, cleaner, known, base)
        if problems and tally.add(problems):
            checked.invalid += 1
            why = [each.message for each in problems if each.level == "error"]
            staging.refuse(document.line, document.key, why)
            continue
        draft = _draft(document, plan, values)
        if len(draft.body) + ENVELOPE > MAX_BYTES:
            said = f"the record has {len(draft.body):,} bytes; Xero takes {MAX_BYTES:,} in one call"
            tally.add([Problem(Place(document.line), said, "give it fewer or shorter lines")])
            staging.refuse(document.line, document.key, [said])
            checked.invalid += 1
            continue
        if record is not None:
            checked.amount += rules.amount_of(record, values)
            nameless += creates and natural_key(record, values) is None
        checked.effects.update(targets.effects(record, plan.endpoint, values))
        staging.add(draft)
    _repeats(staging, checked, given.unit)
    if nameless and record is not None and record.natural_keys:
        names = " and ".join(f"`{name}`" for name in record.natural_keys[0].fields)
        checked.notes.append(
            f"{nameless:,} records have no {names} that Xero holds unique: should a reply be lost "
            "for more than five minutes, they cannot be looked up and stay `unknown`"
        )
    if cleaner.dropped:
        names = ", ".join(f"`{name}`" for name in sorted(cleaner.dropped))
        checked.notes.append(f"not sent, because only Xero writes them: {names}")
    return checked


def effects_of(catalogue: Catalogue, due: Iterable[Due]) -> Counter[str]:
    """The effects of what will really be sent: of a file sent before, nothing is."""
    found: Counter[str] = Counter()
    for each in due:
        endpoint = catalogue.endpoint(each.send_by)
        record = targets.record_of(catalogue, endpoint)
        values = msgspec.json.decode(each.body) if record is not None else {}
        found.update(targets.effects(record, endpoint, values))
    return found


def _examine(
    document: Document,
    plan: Plan,
    record: RecordType | None,
    cleaner: Cleaner,
    known: Known,
    base: Path,
) -> tuple[list[Problem], dict[str, Any]]:
    problems = list(document.problems)
    if problems and not document.values:
        return problems, {}
    _check_ids(document, plan, problems)
    if plan.endpoint.body == "binary":
        return problems, _file(document, base, problems)
    if record is None:
        return problems, {}
    found: list[Finding] = []
    values = cleaner.clean(record, document.values, (), found)
    _say_postal(values)
    if known.tax_types:
        _translate(values, known.tax_types)
    found.extend(rules.findings(record, plan.endpoint, values, known))
    if found:
        wrong = {each.path for each in found if each.level == "error"}
        for each in found:
            if each.message.endswith("is missing") and any(
                path[: len(each.path)] == each.path for path in wrong - {each.path}
            ):
                continue
            level = cast(Literal["error", "warning"], each.level)
            place = plan.place(document, each.path)
            problems.append(Problem(place, each.message, each.hint, level))
    problems.sort(key=lambda each: (each.place.line or 0, each.place.column or 0))
    return problems, values


def _check_ids(document: Document, plan: Plan, problems: list[Problem]) -> None:
    for name, value in document.ids.items():
        if plan.endpoint.by_name[name].type == "uuid":
            if not UUID.fullmatch(value):
                message = f"`{value}` is not an id of Xero's, for `{name}`"
                problems.append(Problem(Place(document.line, None, name), message))
        elif name == "FileName":
            try:
                targets.check_file_name(value)
            except ValueError as error:
                problems.append(Problem(Place(document.line, None, name), str(error)))


def _file(document: Document, base: Path, problems: list[Problem]) -> dict[str, Any]:
    place = Place(document.line, None, targets.FILE_COLUMN)
    given = document.values.get(targets.FILE_COLUMN)
    if not given:
        problems.append(Problem(place, f"`{targets.FILE_COLUMN}` is empty"))
        return {}
    path = Path(str(given))
    path = path if path.is_absolute() or path.exists() else base / path
    try:
        return dict(msgspec.json.decode(targets.describe_file(path)))
    except ValueError as error:
        problems.append(Problem(place, str(error)))
    except OSError as error:
        problems.append(Problem(place, f"`{path}` cannot be read: {error.strerror}"))
    return {}


def _say_postal(values: Mapping[str, Any]) -> None:
    """The address of a document's contact is the postal one unless it says otherwise.

    The columns `POAddressLine1` … of Xero's templates have no type, and Xero keeps one of each.
    """
    contact = values.get("Contact")
    for address in (contact.get("Addresses") or ()) if isinstance(contact, Mapping) else ():
        address.setdefault("AddressType", "POBOX")


def _translate(values: dict[str, Any], tax_types: Mapping[str, str]) -> None:
    """Tax rates by name, as Xero's templates have them, become their codes."""
    for line in values.get("LineItems") or ():
        name = line.get("TaxType")
        if name and name.casefold() in tax_types:
            line["TaxType"] = tax_types[name.casefold()]


def _draft(document: Document, plan: Plan, values: dict[str, Any]) -> Draft:
    ids = msgspec.json.encode(document.ids).decode() if document.ids else "{}"
    return Draft(document.key, encode(values), ids, document.line)


def _repeats(staging: Staging, checked: Checked, unit: str) -> None:
    same = 0
    for each in staging.repeated():
        if each.same:
            same += 1
            continue
        checked.invalid += len(each.lines)
        first, *others = each.lines
        hint = "lines of one record must follow each other; other records need other keys"
        for line in others:
            said = f"the key `{each.key}` is in {unit} {first} too, with other contents"
            checked.tally.add([Problem(Place(line), said, hint)])
        for line in each.lines:
            staging.refuse(line, each.key, [f"the key `{each.key}` comes with different contents"])
    if same:
        checked.notes.append(f"{same:,} keys come more than once with the same contents: sent once")
