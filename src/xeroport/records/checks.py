"""One document → one record as Xero takes it, and everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

import msgspec

from xeroport.catalogue import Endpoint, RecordType
from xeroport.records import document_checks, targets
from xeroport.records.column_paths import Plan
from xeroport.records.discounts import settle_discounts
from xeroport.records.document_checks import DocumentRules
from xeroport.records.emptied import settle_emptied
from xeroport.records.field_checks import (
    UUID,
    Cleaner,
    Origin,
    has_marks_of_xero,
    has_own_id,
)
from xeroport.records.findings import Cleaning, Finding
from xeroport.records.from_rows import Document
from xeroport.records.last_sync import Known
from xeroport.records.last_sync_checks import translate_tax_names
from xeroport.records.readings import Readings
from xeroport.records.tracking import settle_tracking
from xeroport.rows.problems import Problem, WrongValue

ADDRESSES = frozenset(("Addresses",))
TRACKING = frozenset(("Tracking",))
DISCOUNTS = frozenset(("DiscountRate",))


@dataclass(slots=True)
class Checker:
    """Checks documents for one endpoint; `notes` counts what was changed on the way.

    `is_update` says that the records may be in Xero already, so that an empty value clears.
    """

    endpoint: Endpoint
    known: Known = field(default_factory=Known)
    readings: Readings = field(default_factory=Readings)
    instance: str = "NAME"
    is_update: bool = False
    discounts: int = 0
    _cleaner: Cleaner | None = None
    record: RecordType | None = None
    _rules: DocumentRules | None = None

    def __post_init__(self) -> None:
        self.record = targets.record_of(self.endpoint)
        if self.record is not None:
            self._rules = document_checks.rules_for(self.record, self.endpoint)

    @property
    def cleaner(self) -> Cleaner:
        """What cleans the values of fields."""
        if self._cleaner is None:
            self._cleaner = Cleaner(self.readings)
        return self._cleaner

    def record_of(
        self, given: Mapping[str, Any], ids: Mapping[str, str]
    ) -> tuple[dict[str, Any], list[Finding]]:
        """A document's values as Xero takes them, and what is wrong with them."""
        record, rules = self.record, self._rules
        if record is None or rules is None:
            return {}, []
        has_id = has_own_id(record, given) or any(name in record.key for name in ids)
        is_as_read = has_marks_of_xero(given)
        origin = Origin(has_id or is_as_read, has_id)
        cleaning = Cleaning()
        if not origin.of_xero:
            cleaning.findings += document_checks.ignored_by_xero(rules, given)
        values = self.cleaner.clean(record, given, cleaning, origin)
        if cleaning.emptied:
            cleaning.findings += settle_emptied(
                record,
                values,
                cleaning.emptied,
                is_update=self.is_update or rules.is_change(values),
                is_as_read=is_as_read,
            )
        if cleaning.has(ADDRESSES):
            _say_postal(values)
        if cleaning.has_in_lines(TRACKING):
            cleaning.findings += settle_tracking(values)
        if cleaning.has_in_lines(DISCOUNTS):
            self.discounts += settle_discounts(record, values)
        taxes = rules.tax_types
        if record.name != "TaxRate" and (cleaning.has(taxes) or cleaning.has_in_lines(taxes)):
            cleaning.findings += translate_tax_names(
                values, self.known, self.instance, is_of_xero=origin.of_xero
            )
        cleaning.findings += document_checks.findings(rules, values, self.known, cleaning)
        return values, cleaning.findings


def problems_of(document: Document, plan: Plan, findings: list[Finding]) -> list[Problem]:
    """Findings as problems at their lines, in the words of the file's own columns."""
    problems: list[Problem] = []
    if not findings:
        return problems
    wrong = [f.path for f in findings if f.level == "error" and not f.is_absence]
    said = {problem.place.name for problem in document.problems}
    for finding in findings:
        if finding.is_absence and any(path[: len(finding.path)] == finding.path for path in wrong):
            continue
        level = cast(Literal["error", "warning"], finding.level)
        place = plan.place(document, finding.path)
        is_key = place.name is not None and place.name in said
        if is_key and finding.is_absence:
            continue
        message = finding.message
        last = next((part for part in reversed(finding.path) if isinstance(part, str)), "")
        if place.name and place.column is not None and last and place.name != last:
            message = message.replace(f"`{last}`", f"`{place.name}`")
        problems.append(Problem(place, message, finding.hint, level, asks=finding.asks))
    return problems


def id_problems(document: Document, plan: Plan) -> list[Problem]:
    """What is wrong with a document's path parameters."""
    problems: list[Problem] = []
    for name, value in document.ids.items():
        place = plan.at(document.line, None, None if plan.unit == "file" else name)
        if plan.endpoint.by_name[name].type == "uuid":
            if not UUID.fullmatch(value):
                problems.append(Problem(place, f"`{value}` is not an id of Xero's, for `{name}`"))
        elif name == "FileName":
            try:
                targets.check_file_name(value)
            except ValueError as error:
                wrong = WrongValue.of(error)
                message = wrong.message
                if plan.unit == "file":
                    message = message.replace(f"`{value}`", f"`{_in_folder(document)}`", 1)
                problems.append(Problem(place, message, wrong.hint))
    return problems


def _in_folder(document: Document) -> str:
    """A file by the name that a person gave its record, as it lies in the folder."""
    path = Path(str(document.values.get(targets.FILE_COLUMN)))
    return f"{path.parent.name}/{path.name}"


@dataclass(frozen=True, slots=True)
class AllowedFiles:
    """Which files a table may name: relative paths begin at `base`, and nothing may be outside
    `below` (None: anything may be named)."""

    base: Path
    below: Path | None

    def path(self, named: str) -> Path:
        """Where a named file is; WrongValue if it is not allowed.

        Links are followed first: one below the folder may lead out of it.
        """
        path = self.base / named
        if not Path(named).is_absolute() and not path.exists() and Path(named).exists():
            path = Path(named)
        if self.below is not None and not path.resolve().is_relative_to(self.below.resolve()):
            raise WrongValue(
                f"`{named}` is outside `{self.below.resolve()}`, and a table may not name it",
                "move the file there, or allow its folder with `--files DIR`",
            )
        return path


def attached_file(
    document: Document, plan: Plan, files: AllowedFiles
) -> tuple[dict[str, Any], list[Problem]]:
    """The file of a document, as the outbox keeps it."""
    is_folder = plan.unit == "file"
    place = plan.at(document.line, None, None if is_folder else targets.FILE_COLUMN)
    named = document.values.get(targets.FILE_COLUMN)
    if not named:
        return {}, [Problem(place, f"`{targets.FILE_COLUMN}` is empty")]
    path = Path(str(named))
    try:
        path = files.path(str(named))
        facts = dict(msgspec.json.decode(targets.describe_file(path)))
        name = document.ids.get("FileName", path.name)
        warning = targets.unlike_its_name(path, name)
    except ValueError as error:
        wrong = WrongValue.of(error)
        message = wrong.message
        if is_folder:
            message = message.replace(f"`{path.name}`", f"`{_in_folder(document)}`", 1)
        return {}, [Problem(place, message, wrong.hint)]
    except OSError as error:
        return {}, [Problem(place, f"`{path}` cannot be read: {error.strerror}")]
    if warning is None:
        return facts, []
    if is_folder:
        warning = warning.replace(f"`{name}`", f"`{_in_folder(document)}`", 1)
    return facts, [Problem(place, warning, level="warning")]


def prune(value: Any) -> Any:
    """Lists without the elements that only kept the place of others: columns that pick elements
    by number may leave some out."""
    if isinstance(value, dict):
        pruned = {name: prune(inner) for name, inner in value.items()}
        return {n: new for n, new in pruned.items() if new not in ({}, []) or new == value[n]}
    if isinstance(value, list):
        return [prune(inner) for inner in value if inner not in ({}, None)]
    return value


def _say_postal(values: Mapping[str, Any]) -> None:
    """The address of a document's contact is the postal one unless it says otherwise.

    The columns `POAddressLine1` … of Xero's templates have no type, and Xero keeps one of each.
    """
    contact = values.get("Contact")
    for address in (contact.get("Addresses") or ()) if isinstance(contact, Mapping) else ():
        if isinstance(address, dict):
            address.setdefault("AddressType", "POBOX")
