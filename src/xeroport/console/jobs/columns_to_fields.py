"""Which column of a file goes into which field of Xero's: what may be chosen, and a first guess."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from xeroport.catalogue import Catalogue, Endpoint, RecordType
from xeroport.destinations.typed import identifier
from xeroport.records import templates
from xeroport.records.column_paths import resolve
from xeroport.rows.source import open_file
from xeroport.rows.values import short

SAMPLES = 3
NEAR = 0.84


@dataclass(frozen=True)
class ColumnFit:
    """One column of the file: a few of its values, and the field it goes into ("": none)."""

    name: str
    samples: tuple[str, ...]
    field: str
    is_guess: bool = False


@dataclass(frozen=True)
class FittedColumns:
    """All columns; `template` names Xero's own import template where the header is one."""

    columns: tuple[ColumnFit, ...]
    template: str | None = None

    @property
    def is_renamed(self) -> bool:
        """Whether any column goes into a field of another name, so that a map is needed."""
        return self.template is None and any(e.field and e.field != e.name for e in self.columns)


def fields_of(catalogue: Catalogue, endpoint: Endpoint) -> list[str]:
    """The dotted names that a column may go into, those of lines and contacts among them."""
    if endpoint.body_record is None:
        return []
    known = catalogue.records
    record = known[endpoint.body_record]
    return [*endpoint.path_names, *_fields(record, known, depth=2)]


def _fields(record: RecordType, known: dict[str, RecordType], *, depth: int) -> Iterator[str]:
    for field in record.fields:
        if field.read_only:
            continue
        if field.type not in {"object", "list"}:
            yield field.name
        elif depth > 1 and field.of in known:
            for inner in _fields(known[field.of], known, depth=depth - 1):
                yield f"{field.name}.{inner}"


def header(path: str) -> tuple[str, ...]:
    """The columns of a file, in its order."""
    source = open_file(path)
    if source.columns is not None:
        return source.columns
    rows = list(islice(source.rows, SAMPLES))
    return tuple(dict.fromkeys(name for row in rows for name in row.values))


def fit(
    path: str, catalogue: Catalogue, endpoint: Endpoint, chosen: dict[str, str] | None
) -> FittedColumns:
    """The columns of a file with what was chosen for them, else with a guess."""
    source = open_file(path)
    rows = list(islice(source.rows, SAMPLES))
    names = source.columns
    if names is None:
        names = tuple(dict.fromkeys(name for row in rows for name in row.values))
    samples = {
        name: tuple(short(row.values[name]) for row in rows if row.values.get(name) is not None)
        for name in names
    }
    template = templates.recognise(names) if endpoint.body_record == "Invoice" else None
    if template is not None and chosen is None:
        columns = [ColumnFit(n, samples[n], template.renamed.get(n, "")) for n in names]
        return FittedColumns(tuple(columns), template.name)
    fields = fields_of(catalogue, endpoint)
    record = catalogue.record(endpoint.body_record) if endpoint.body_record else None
    columns = []
    for name in names:
        if chosen is not None and name in chosen:
            columns.append(ColumnFit(name, samples[name], chosen[name]))
        elif record is None or name in fields or resolve(record, name) is not None:
            columns.append(ColumnFit(name, samples[name], name))
        else:
            columns.append(ColumnFit(name, samples[name], guess(name, fields), is_guess=True))
    return FittedColumns(tuple(columns))


def guess(name: str, fields: list[str]) -> str:
    """The field that a column's name most likely means; "" rather than a wild one."""
    plain = _plain(name)
    if not plain:
        return ""
    by_plain = {_plain(field): field for field in reversed(fields)}
    if plain in by_plain:
        return by_plain[plain]
    lasts = [field for field in fields if _plain(field.rsplit(".", 1)[-1]) == plain]
    if len(lasts) == 1:
        return lasts[0]
    found = COMMON.get(plain)
    if found in fields:
        return str(found)
    near = difflib.get_close_matches(plain, by_plain, n=1, cutoff=NEAR)
    return by_plain[near[0]] if near else ""


COMMON = {
    "customer": "Contact.Name",
    "supplier": "Contact.Name",
    "contact": "Contact.Name",
    "client": "Contact.Name",
    "email": "Contact.EmailAddress",
    "number": "InvoiceNumber",
    "invoiceno": "InvoiceNumber",
    "order": "InvoiceNumber",
    "orderno": "InvoiceNumber",
    "ordernumber": "InvoiceNumber",
    "what": "LineItems.Description",
    "description": "LineItems.Description",
    "quantity": "LineItems.Quantity",
    "qty": "LineItems.Quantity",
    "price": "LineItems.UnitAmount",
    "unitprice": "LineItems.UnitAmount",
    "account": "LineItems.AccountCode",
    "tax": "LineItems.TaxType",
    "currency": "CurrencyCode",
    "due": "DueDate",
}
"""What people call things in their own files."""


def as_map(fitted: FittedColumns) -> str:
    """The map file (TOML) for the chosen fields; a JSON string is a TOML string as well."""
    lines = ["[fields]"]
    for each in fitted.columns:
        if each.field:
            column = identifier(each.name)
            lines.append(f"{_text(each.field)} = {_text(column)}")
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    return json.dumps(value)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
