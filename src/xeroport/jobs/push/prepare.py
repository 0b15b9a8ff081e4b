"""Taking in a source: recognised, read column by column, and every document checked and staged."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

import msgspec

from xeroport.catalogue import Endpoint, RecordType
from xeroport.errors import InputError, XeroportError
from xeroport.jobs.push.checked import Checked
from xeroport.jobs.push.order import Order
from xeroport.plurals import counted
from xeroport.records import targets, templates
from xeroport.records.attachment_rows import folder_rows, with_names
from xeroport.records.checks import (
    AllowedFiles,
    Checker,
    attached_file,
    id_problems,
    problems_of,
    prune,
)
from xeroport.records.column_paths import Plan, plan_for
from xeroport.records.from_rows import Document, documents
from xeroport.records.last_sync import TABLES, Known, fold, read_known
from xeroport.records.readings import survey_of
from xeroport.records.templates import Template
from xeroport.records.templates.evidence import Evidence
from xeroport.rows import source as rows_source
from xeroport.rows.problems import FilePlace, Problem, Tally
from xeroport.rows.row import Row, Source
from xeroport.rows.total_rows import without_totals
from xeroport.rows.written_dates import DateOrder
from xeroport.store import places
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.store.outbox.claims import ENVELOPE, MAX_BYTES
from xeroport.store.outbox.staging import Draft, Staging
from xeroport.xero.wire.encode import encode

LOOKED_AHEAD = 1_000
"""Rows that are looked through beforehand of a source that cannot be read twice."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A source with all that is known of it before its documents are checked."""

    source: Source
    plan: Plan
    checker: Checker
    template: Template | None
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def source_of(order: Order, endpoint: Endpoint) -> Source:
    """The rows of an order."""
    if order.rows is not None:
        return order.rows
    if order.path is None:
        raise InputError("there is nothing to push", hint="give a file, `-`, or `--query`")
    if endpoint.body == "binary" and Path(order.path).is_dir():
        return folder_rows(Path(order.path), endpoint)
    opened = rows_source.open_file(order.path)
    return with_names(opened) if endpoint.body == "binary" else opened


def check(
    store: Store,
    order: Order,
    instance: Instance,
    endpoint: Endpoint,
    source: Source,
    staging: Staging,
    *,
    now: datetime,
) -> Checked:
    """Read, shape and check all of a source, and stage what is right."""
    known = known_of(store, instance.name) if endpoint.body == "json" else Known()
    if known.base_currency is None:
        known = replace(known, base_currency=instance.base_currency)
    prepared = prepare(order, instance, endpoint, source, known)
    checked = stage(
        prepared, staging, Tally(order.most_problems, order.most_alike), files=allowed_files(order)
    )
    age = known.age(now)
    checked.notes += [*source.all_notes(), *prepared.notes, *([age] if age else [])]
    return checked


def allowed_files(order: Order) -> AllowedFiles:
    """Which files the rows of a push may name: those beside the table, or below the folder that
    was allowed; code that hands over rows of its own may name any."""
    if order.path is None:
        return AllowedFiles(Path(), order.files)
    if order.path == "-":
        return AllowedFiles(Path(), order.files or Path())
    table = Path(order.path)
    base = table if table.is_dir() else table.parent if table.is_file() else Path()
    return AllowedFiles(base, order.files or base)


def prepare(
    order: Order, instance: Instance, endpoint: Endpoint, source: Source, known: Known
) -> Prepared:
    """Recognise a source, decide how its columns are read, and where they lead."""
    constants = dict(order.constants)
    if "delete" in endpoint.verb and endpoint.body == "json":
        constants = {"Status": "DELETED", **constants}
    key, template = order.key, None
    if endpoint.body == "json":
        source = without_totals(source)
    if order.layout is not None:
        from xeroport.records import maps

        source = maps.apply(source, order.layout, key)
    elif endpoint.body == "json":
        header = templates.recognise(source.columns, ignored=order.ignored)
        if header is not None:
            source, rows = _looked_through(source)
            evidence = Evidence(header, known)
            for row in rows:
                evidence.add(row)
            template = templates.read_template(
                header, evidence, endpoint, constants=constants, own_key=bool(key)
            )
            source = template.translated(source)
            key, constants = key or template.key, dict(template.constants)
    if not key and source.columns is None and endpoint.method == "POST":
        source, rows = _looked_through(source)
        key = _own_key(rows, targets.record_of(endpoint))
    key = key or targets.default_key(endpoint, source.columns)
    plan = plan_for(
        source,
        endpoint,
        key=key,
        renamed=template.renamed if template else None,
        constants=constants,
        ignored=template.ignored if template else order.ignored,
        clears=order.clears,
    )
    problems: list[Problem] = list(plan.problems)
    notes: list[str] = list(template.notes) if template else []
    checker = Checker(endpoint, known, instance=instance.name, is_update=order.update)
    if endpoint.body == "json":
        source, rows = _looked_through(source)
        survey = survey_of(plan, rows, order.wish)
        checker.readings = survey.decide(
            instance.date_format,
            is_one_hand=template is not None,
            of_xero=_dates_of_xero(template, known),
            own_mark=instance.decimal_mark,
            doubts_points=source.is_split_by_semicolon,
        )
        problems += survey.problems
        notes += survey.notes
    return Prepared(source, plan, checker, template, tuple(problems), tuple(notes))


def _dates_of_xero(template: Template | None, known: Known) -> DateOrder | None:
    """How Xero itself writes the dates of an export, by the organisation's country."""
    if template is None or not template.header.is_export or known.country is None:
        return None
    return "MDY" if known.country == "US" else "DMY"


def _own_key(rows: Iterator[Row], record: RecordType | None) -> tuple[str, ...]:
    """The record's own key, where all rows that are looked at have it: they change records."""
    own = record.key if record is not None else ()
    first = [row for row in islice(rows, LOOKED_AHEAD) if row.broken is None]
    has_it = bool(first) and all(row.values.get(name) for row in first for name in own)
    return own if has_it else ()


def _looked_through(source: Source) -> tuple[Source, Iterator[Row]]:
    """The source, and its rows once more: all of them, or the first where it is read only once."""
    if source.again is not None:
        return source, source.again().rows
    first = list(islice(source.rows, LOOKED_AHEAD))
    return source.with_rows(chain(first, source.rows)), iter(first)


def stage(prepared: Prepared, staging: Staging, tally: Tally, *, files: AllowedFiles) -> Checked:
    """Check every document and stage the good ones."""
    plan, checker, template = prepared.plan, prepared.checker, prepared.template
    record = checker.record
    checked = Checked(plan.endpoint.name, prepared.source.name, tally)
    checked.unfit = tally.add(prepared.problems)
    if checked.unfit and any(problem.stops_checks for problem in prepared.problems):
        return checked
    creates = record is not None and plan.endpoint.method == "PUT"
    are_contacts = record is not None and record.name == "Contact"
    nameless = 0
    twins = Twins()
    has_groups = False
    for document in documents(prepared.source, plan):
        left_out = None if template is None else template.left_out
        if left_out is not None and not document.problems and not left_out.takes(document):
            continue
        checked.documents += 1
        checked.unfit |= document.rest_lost
        for lines in document.lines.values():
            has_groups |= len(lines) > 1
        problems, values = _examine(document, plan, checker, files)
        if are_contacts and not any(problem.level == "error" for problem in problems):
            problems += twins.problems(document, plan, values)
        if problems and tally.add(problems):
            checked.invalid += 1
            messages = [problem.message for problem in problems if problem.level == "error"]
            staging.refuse(document.line, document.key, messages)
            continue
        draft = _draft(document, values)
        if len(draft.body) + ENVELOPE > MAX_BYTES:
            said = f"the record has {len(draft.body):,} bytes; Xero takes {MAX_BYTES:,} in one call"
            tally.add([Problem(FilePlace(document.line), said, "give it fewer or shorter lines")])
            staging.refuse(document.line, document.key, [said])
            checked.invalid += 1
            continue
        checked.sums.add(record, plan.endpoint, values)
        if creates and record is not None:
            nameless += targets.natural_key(record, values) is None
        staging.add(draft)
    checked.effects = Counter(checked.sums.effects)
    _repeats(staging, checked, plan.unit_word)
    _say_left_out(prepared, checked)
    tally.gather(checked.documents, "records" if has_groups else "rows")
    checked.notes += _notes(checker, nameless)
    return checked


def _say_left_out(prepared: Prepared, checked: Checked) -> None:
    """List the documents of a file of Xero's that are not of the endpoint's kind."""
    if prepared.template is None or prepared.template.left_out is None:
        return
    for line, message, hint in prepared.template.left_out.messages():
        level: Any = "warning" if checked.documents else "error"
        checked.tally.add([Problem(FilePlace(line), message, hint, level)])


def _notes(checker: Checker, nameless: int) -> Iterator[str]:
    record = checker.record
    if nameless and record is not None and record.natural_keys:
        names = " and ".join(f"`{name}`" for name in record.natural_keys[0].fields)
        yield (
            f"{counted(nameless, 'record')} without {names}, which Xero keeps unique: if a reply "
            "is lost for more than five minutes, they cannot be looked up and stay `unknown`"
        )
    if checker.cleaner.dropped:
        names = ", ".join(f"`{name}`" for name in sorted(checker.cleaner.dropped))
        yield f"not sent, because only Xero writes them: {names}"
    if checker.discounts:
        lines = counted(checker.discounts, "line is", "lines are")
        yield (
            f"{lines} sent without a rounded `DiscountRate` and with the "
            "`DiscountAmount` that makes their exact total"
        )


class Twins:
    """Records of one push that Xero would take for one: contacts whose names differ in case."""

    def __init__(self) -> None:
        self._contacts: dict[str, tuple[str, int]] = {}

    def problems(self, document: Document, plan: Plan, values: dict[str, Any]) -> list[Problem]:
        """An error where an earlier record of another key has the same name to Xero."""
        name = values.get("Name")
        if not isinstance(name, str) or values.get("ContactID"):
            return []
        key, line = self._contacts.setdefault(fold(name), (document.key, document.line))
        if key == document.key:
            return []
        said = f"`{name}` is the same contact to Xero as the one in {plan.unit_word} {line}"
        place = plan.place(document, ("Name",))
        return [
            Problem(place, said, "Xero ignores case when it compares names; rename or remove one")
        ]


def _examine(
    document: Document, plan: Plan, checker: Checker, files: AllowedFiles
) -> tuple[list[Problem], dict[str, Any]]:
    problems = list(document.problems)
    if problems and not document.values:
        return problems, {}
    if document.ids:
        problems += id_problems(document, plan)
    if plan.endpoint.body == "binary":
        values, more = attached_file(document, plan, files)
        return [*problems, *more], values
    if checker.record is None:
        return problems, {}
    values, findings = checker.record_of(document.values, document.ids)
    if findings:
        problems += problems_of(document, plan, findings)
    if document.empty and checker.is_update and not plan.clears:
        problems += _empty_cells(document, plan)
    problems.sort(key=lambda problem: (problem.place.line or 0, problem.place.column or 0))
    return problems, prune(values) if plan.picks else values


def _empty_cells(document: Document, plan: Plan) -> list[Problem]:
    """The empty cells of a record that changes one of Xero's: they change nothing there."""
    return [
        Problem(
            plan.at(document.line, column.number, column.name),
            f"`{column.name}` is empty and is not sent: what Xero has stays",
            "`--clear` sends empty cells",
            "warning",
        )
        for column in document.empty
    ]


def _draft(document: Document, values: dict[str, Any]) -> Draft:
    ids = msgspec.json.encode(document.ids).decode() if document.ids else "{}"
    totals = targets.expected_totals(document.values, values)
    expected = json.dumps(totals) if totals else "{}"
    return Draft(document.key, encode(values), ids, document.line, expected)


def _repeats(staging: Staging, checked: Checked, unit: str) -> None:
    same = 0
    for repeated in staging.repeated():
        if repeated.same:
            same += 1
            continue
        checked.invalid += len(repeated.lines)
        first, *others = repeated.lines
        hint = "lines of one record must follow each other; other records need other keys"
        for line in others:
            said = f"the key `{repeated.key}` is in {unit} {first} too, with other contents"
            checked.tally.add([Problem(FilePlace(line), said, hint)])
        for line in repeated.lines:
            said = f"the key `{repeated.key}` comes with different contents"
            staging.refuse(line, repeated.key, [said])
    if same:
        keys = counted(same, "key comes", "keys come")
        checked.notes.append(f"{keys} more than once with the same contents: sent once")


def known_of(store: Store, instance: str) -> Known:
    """What the last sync of an instance knows; nothing where it was never synced."""
    try:
        destinations = places.known(store, instance)
    except XeroportError:
        return Known()
    if not destinations:
        return Known()
    from xeroport.jobs.query import books_open  # brings DuckDB

    place = destinations[0]
    try:
        with books_open(place.url.reveal(), instance, tables=TABLES) as ask:
            return read_known(ask, place.shown)
    except XeroportError:
        return Known()
