"""Tables derived from record types: which columns a record becomes, as pure data.

- Scalars are columns. Single records inside a record are flattened with a prefix: all of one that
  has no key (`sales_details_unit_price`), of one that has (a reference) only what names it
  (`contact_id`, `contact_name`).
- Lists of records are child tables with the record's key and a position, lists inside them
  grandchildren with one more position. A list item that is a stream of its own (the payments of
  an invoice) has no grandchildren.
- What has no column is in `rest`, and ends in the `_extra` of its table where it says something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from msgspec import Struct, structs

from xeroport.catalogue import load
from xeroport.catalogue.model import Catalogue, Field, RecordType, ValueType

REPLY_ONLY = frozenset(
    {"ValidationErrors", "Warnings", "HasErrors", "HasValidationErrors", "StatusAttributeString"}
)
"""Fields by which Xero answers a write; inside another record, empty or false ones say nothing."""

NAMING = frozenset({"Name", "Code", "Type", "CurrencyCode", "EmailAddress"})
"""Fields that name a referenced record, besides its key and natural keys."""

RATES = re.compile(r"Rate|Quantity|Unit(Amount|Price)|Percentage|^Discount$")
"""Fields whose decimals are not those of money: rates, quantities and prices of a unit."""

Path = tuple[str, ...]
"""A field inside a record: names from the record down; lists and objects alike."""

SETTLED = frozenset({"Invoice", "CreditNote", "Prepayment", "Overpayment"})
"""Documents; the payments and credits listed inside one refer to nothing but it."""

_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_IRREGULAR = {"Addresses": "Address", "InvoiceAddresses": "InvoiceAddress"}


class Column(Struct, frozen=True):
    """One column: where its value is in the record, or in the list item, of its table.

    `rate` marks decimals that need more places than money. `alternates` are further places of the
    same value (`Payment.InvoiceNumber`, `Payment.Invoice.InvoiceNumber`): the first filled wins.
    """

    name: str
    type: ValueType
    path: tuple[str, ...]
    rate: bool = False
    alternates: tuple[tuple[str, ...], ...] = ()


class Table(Struct, frozen=True):
    """One table of a stream. `levels` are the list fields from the record down to its items (none
    for the record itself); `key` are the record's key columns, in every table of the stream."""

    name: str
    record: str
    key: tuple[Column, ...]
    columns: tuple[Column, ...]
    rest: tuple[tuple[str, ...], ...] = ()
    levels: tuple[str, ...] = ()

    @property
    def positions(self) -> tuple[str, ...]:
        """Names of the position columns, outermost first (each counts from 1)."""
        depth = len(self.levels)
        return tuple(
            "position" if each == depth else f"{singular(self.levels[each - 1])}_position"
            for each in range(1, depth + 1)
        )


class Shape(Struct, frozen=True):
    """The part of a record that tables take: field → Shape (record), list of Shape, or a leaf.

    A leaf is the value type of its column, or of what has no column: "rest" (in a record), "spare"
    (in a list item), "said" (known to say something here, so that it is read for `_extra`).
    """

    fields: dict[str, Shape | ListOf | str]


class ListOf(Struct, frozen=True):
    """A list of records of that shape."""

    item: Shape


def snake(name: str) -> str:
    """`UpdatedDateUTC` → `updated_date_utc`."""
    return _WORDS.sub("_", name).lower()


def singular(field_name: str) -> str:
    """`LineItems` → `line_item`, `SalesTrackingCategories` → `sales_tracking_category`."""
    word = _IRREGULAR.get(field_name)
    if word is None:
        word = field_name[:-3] + "y" if field_name.endswith("ies") else field_name.removesuffix("s")
    return snake(word)


@cache
def tables(record_name: str) -> tuple[Table, ...]:
    """The tables of a record type, its own first; of the catalogue that `load` gives."""
    catalogue = load()
    record = catalogue.record(record_name)
    return tuple(_Tables(catalogue, record).all())


@cache
def shape(record_name: str) -> Shape:
    """What the tables of a record type take from its JSON; everything else is drift."""
    root: dict[str, Shape | ListOf | str] = {}
    for table in tables(record_name):
        fields = root
        for level in table.levels:
            found = fields.setdefault(level, ListOf(Shape({})))
            assert isinstance(found, ListOf)
            fields = found.item.fields
        for path, leaf in _leaves(table):
            _put(fields, path, leaf)
    _allow_reply_only(root)
    return Shape(root)


@cache
def widened(record_name: str, said: frozenset[Path], met: frozenset[Path] | None = None) -> Shape:
    """What is read of a record type: its shape, or those fields of it that were `met`, with further
    fields that are kept whole for `_extra`."""
    whole = shape(record_name)
    if met is None:
        return _with(whole, said)
    keys = {column.path[0]: whole.fields[column.path[0]] for column in tables(record_name)[0].key}
    part = _with(narrowed(record_name, met), said)
    return _filled(Shape(keys | part.fields), whole)


@cache
def narrowed(record_name: str, met: frozenset[Path]) -> Shape:
    """The fields of a record type's shape that were met, down from its lists and objects."""
    return _narrowed(shape(record_name), met, ())


def _narrowed(of: Shape, met: frozenset[Path], above: Path) -> Shape:
    fields: dict[str, Shape | ListOf | str] = {}
    for name, part in of.fields.items():
        path = (*above, name)
        if path not in met:
            continue
        if isinstance(part, ListOf):
            fields[name] = ListOf(_narrowed(part.item, met, path))
        else:
            fields[name] = _narrowed(part, met, path) if isinstance(part, Shape) else part
    return Shape(fields)


def _filled(of: Shape, whole: Shape) -> Shape:
    """A shape without objects that have no field; a list's items have all, where they had none."""
    fields = dict(of.fields)
    for name, part in of.fields.items():
        if isinstance(part, str):
            continue
        known = whole.fields[name]
        assert not isinstance(known, str)
        item = known.item if isinstance(known, ListOf) else known
        if isinstance(part, ListOf):
            fields[name] = ListOf(_filled(part.item, item)) if part.item.fields else known
            continue
        inner = _filled(part, item)
        if inner.fields:
            fields[name] = inner
        else:
            del fields[name]
    return Shape(fields)


def _with(of: Shape, said: frozenset[Path]) -> Shape:
    fields = dict(of.fields)
    for name in dict.fromkeys(path[0] for path in sorted(said)):
        inner = frozenset(path[1:] for path in said if path[0] == name and len(path) > 1)
        part = fields.get(name)
        if isinstance(part, ListOf) and inner:
            fields[name] = ListOf(_with(part.item, inner))
        elif isinstance(part, Shape) and inner:
            fields[name] = _with(part, inner)
        else:
            fields[name] = "said"
    return Shape(fields)


def levels_of(record_name: str, path: Path) -> Path:
    """The lists that a field is in: the `levels` of the table whose rows bring it."""
    fields, levels = shape(record_name).fields, []
    for name in path[:-1]:
        part = fields.get(name)
        if isinstance(part, ListOf):
            levels.append(name)
            fields = part.item.fields
        elif isinstance(part, Shape):
            fields = part.fields
        else:
            break
    return tuple(levels)


def _allow_reply_only(fields: dict[str, Shape | ListOf | str]) -> None:
    """Xero's answers to writes come along empty on reads, listed in its description or not."""
    for part in fields.values():
        if isinstance(part, Shape | ListOf):
            _allow_reply_only((part.item if isinstance(part, ListOf) else part).fields)
    for name in REPLY_ONLY:
        fields.setdefault(name, "spare")


def _leaves(table: Table) -> Iterator[tuple[tuple[str, ...], str]]:
    own = table.columns if table.levels else (*table.key, *table.columns)
    for column in own:
        for path in (column.path, *column.alternates):
            yield path, column.type
    for path in table.rest:
        yield path, "spare" if table.levels else "rest"


def _put(fields: dict[str, Shape | ListOf | str], path: tuple[str, ...], leaf: str) -> None:
    for name in path[:-1]:
        found = fields.setdefault(name, Shape({}))
        assert isinstance(found, Shape)
        fields = found.fields
    fields[path[-1]] = leaf


class _Tables:
    """Works out the tables of one record type."""

    def __init__(self, catalogue: Catalogue, record: RecordType) -> None:
        self.catalogue = catalogue
        self.record = record
        self.streamed = {stream.record for stream in catalogue.streams.values()}
        self.key = tuple(
            Column(snake(name), record.by_name[name].type, (name,)) for name in record.key
        )

    def all(self) -> Iterator[Table]:
        yield from self._table(self.record, self.record.table, ())

    def _table(self, record: RecordType, name: str, levels: tuple[str, ...]) -> Iterator[Table]:
        taken = {column.name for column in self.key}
        bare = bool(levels) and self.record.name in SETTLED and record.name in self.streamed
        flat = _Flat(self.catalogue, taken, item=singular(levels[-1]) if levels else "", bare=bare)
        children: list[Table] = []
        owned = not levels or record.name not in self.streamed
        for field in record.fields:
            if not levels and (field.name,) in {column.path for column in self.key}:
                continue
            if self._is_child(field) and owned:
                item = self.catalogue.record(str(field.of))
                child = self._child(name, singular(field.name))
                children += self._table(item, child, (*levels, field.name))
            else:
                flat.add(field, (field.name,), snake(field.name))
        columns = tuple(flat.columns.values())
        yield Table(name, self.record.name, self.key, columns, tuple(flat.rest), levels)
        yield from children

    def _child(self, parent: str, item: str) -> str:
        """`invoice` + `line_item`, but `manual_journal` + `journal_line` = `manual_journal_line`
        (unless a stream has that name: the contact groups of a contact)."""
        words, first = parent.split("_"), item.split("_")
        for count in range(len(words), 0, -1):
            if words[-count:] == first[:count]:
                short = "_".join(words[:-count] + first)
                taken = {self.catalogue.record(str(each)).table for each in self.streamed}
                return f"{parent}_{item}" if short in taken else short
        return f"{parent}_{item}"

    def _is_child(self, field: Field) -> bool:
        if field.type != "list" or field.name in REPLY_ONLY or not self.key:
            return False
        return field.of in self.catalogue.records


class _Flat:
    """Collects the columns of one table; `bare` takes no objects. `taken` are its keys'
    names: a list item's field of such a name is called after the `item`."""

    def __init__(self, catalogue: Catalogue, taken: set[str], *, item: str, bare: bool) -> None:
        self.catalogue = catalogue
        self.taken = taken
        self.item = item
        self.bare = bare
        self.columns: dict[str, Column] = {}
        self.rest: list[tuple[str, ...]] = []

    def add(self, field: Field, path: tuple[str, ...], name: str) -> None:
        """Take a field at `path` in under the column name, or prefix, `name`."""
        if field.type == "list" or (field.type == "object" and self.bare):
            self.rest.append(path)
        elif field.type == "object":
            self._nested(self.catalogue.record(str(field.of)), path, name)
        else:
            self._scalar(field, path, name)

    def _scalar(self, field: Field, path: tuple[str, ...], name: str) -> None:
        if name in self.taken:
            name = f"{self.item}_{name}"
        found = self.columns.get(name)
        if found is not None:
            found = structs.replace(found, alternates=(*found.alternates, path))
        else:
            rate = field.type == "number" or RATES.search(field.name) is not None
            found = Column(name, field.type, path, rate=rate)
        self.columns[name] = found

    def _nested(self, record: RecordType, path: tuple[str, ...], prefix: str) -> None:
        naming = self._naming(record)
        own = (f"{record.table}_", f"{prefix.rsplit('_', 1)[-1]}_")
        for field in record.fields:
            inner = (*path, field.name)
            if naming and field.name == "Contact":
                self._contact(inner, f"{prefix}_contact")
                continue
            if naming and field.name not in naming:
                self.rest.append(inner)
                continue
            name = snake(field.name)
            for each in own:
                name = name.removeprefix(each)
            self.add(field, inner, f"{prefix}_{name}")

    def _contact(self, path: tuple[str, ...], prefix: str) -> None:
        """Of whose document a reference is: `payment.invoice_contact_id` and `…_name`."""
        for field in self.catalogue.record("Contact").fields:
            name = {"ContactID": "id", "Name": "name"}.get(field.name)
            if name is None:
                self.rest.append((*path, field.name))
            else:
                self._scalar(field, (*path, field.name), f"{prefix}_{name}")

    def _naming(self, record: RecordType) -> set[str]:
        """The fields that name a referenced record; none for one without a key."""
        if not record.key:
            return set()
        natural = {name for key in record.natural_keys for name in key.fields}
        return {*record.key, *natural, *(NAMING & set(record.by_name))}
