"""From a page's bytes to lines of a landing file, without decoding a record.

A page is checked against the shape that its tables take. What fits (nearly every page) is split
into raw records and written as it came. On a page with fields that have no place, or with numbers
too long for a double, each record is arranged: strays move to `_extra`, long numbers become text.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cache
from math import isinf
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import Any, BinaryIO

import msgspec
from msgspec import Raw, Struct, structs

from xeroport.catalogue import Endpoint
from xeroport.catalogue.columns import ListOf, Shape, shape
from xeroport.destinations.protocol import FORMS, Form
from xeroport.jobs.sync.record_shapes import Fields, RecordShapes, fits, of_both, says
from xeroport.xero.wire.decode import whole_text

EXACT_DIGITS = 15
"""Significant digits that survive a double."""

NO_RECORD = "(not a record)"
"""The field of what stands among records and is none, such as null; it ends among the rejects."""

MOST_DIGITS = 400
"""A number written with more, or moved by more, is left as the text it came as."""

_LONG_RUN = 16
_LONG_NUMBER = re.compile(rb"[:,\[]-?[0-9.]{16}")
"""Such a run at the start of a value (or of a text after a comma)."""
_KINDS = bytes.maketrans(b".123456789E}]", b"0000000000e,,")
"""Digits and points look alike, and so do the two letters of an exponent, and what ends a value."""

_TINY = re.compile(rb"0e-000+,")
_TINY_NUMBER = re.compile(rb"[:,\[]-?[0-9][0-9.]*[eE]-[0-9]{3,}[,}\]]")
"""A number so near to zero that a double is zero. In `_KINDS` a text such as `4E-2024,` looks
like one, so that where one is met the page itself is looked at."""


class Page(Struct, frozen=True):
    """What one reply holds: raw records without white space, Xero's count over all pages (None
    where it gives none). `drift` is fields without a place → how many records have them: unknown to
    the catalogue, or `reshaped`: come as another kind of value. `form` is that of all the records,
    `said` their fields without a column that say something, `met` those with a value that have a
    place (None: any may)."""

    records: list[Raw | bytes] | RecordFile
    page_count: int | None = None
    item_count: int | None = None
    drift: dict[str, int] = {}
    reshaped: frozenset[str] = frozenset()
    form: Form = "any"
    said: Fields = frozenset()
    met: Fields | None = None

    def with_facts_of(self, other: Page) -> Page:
        """The page with what is known of another's records as well."""
        return structs.replace(
            self,
            drift=dict(Counter(self.drift) + Counter(other.drift)),
            reshaped=self.reshaped | other.reshaped,
            form=max(self.form, other.form, key=FORMS.index),
            said=self.said | other.said,
            met=of_both(self.met, other.met),
        )


def empty_page(records: RecordFile | None = None) -> Page:
    """A page to add others to: of no records it is known that they are plain and say nothing."""
    return Page([] if records is None else records, form=FORMS[0], met=frozenset())


class Pagination(Struct):
    """What a reply says of the whole list."""

    pageCount: int | None = None  # noqa: N815  Xero's name
    itemCount: int | None = None  # noqa: N815


def read_page(endpoint: Endpoint, body: bytes, shapes: RecordShapes | None = None) -> Page:
    """Split a list's reply; an empty body (304) is an empty page. With `shapes` fields without a
    column are learned there, and the page keeps its form."""
    if not body.strip():
        return Page([])
    flat = _compact(body)
    records, pagination = _split(endpoint, flat)
    page = Page([*records], pagination.pageCount, pagination.itemCount)
    if not records:
        return structs.replace(page, form=FORMS[0], met=frozenset())
    record = str(endpoint.record)
    if not _has_long_numbers(flat):
        if shapes is not None and shapes.fit(records, flat):
            return structs.replace(
                page,
                drift=shapes.drift(records),
                form="bare",
                said=frozenset(shapes.said),
                met=frozenset(shapes.met),
            )
        for form in FORMS if shapes is None else ():
            if fits(record, form, records):
                return structs.replace(page, form=form)
    if not any(bytes(landed_record).startswith(b"{") for landed_record in records):
        raise msgspec.DecodeError("its list of records holds something else")
    drift: Counter[str] = Counter()
    odd: set[str] = set()
    arranged = [_arranged(bytes(landed_record), record, drift, odd) for landed_record in records]
    return structs.replace(page, records=arranged, drift=dict(drift), reshaped=frozenset(odd))


def joined(pages: Iterable[Page]) -> Page:
    """The records of several replies as those of one."""
    records: list[Raw | bytes] = []
    whole = empty_page()
    for page in pages:
        records += page.records
        whole = whole.with_facts_of(page)
    return structs.replace(whole, records=records)


def last_stamps(records: Iterable[Raw | bytes], cursor: str) -> list[str]:
    """The cursor field of each record, as it came."""
    decoder = _field_decoder(cursor, str)
    return [decoder.decode(record).value or "" for record in records]


def journal_numbers(records: Iterable[Raw | bytes]) -> list[int]:
    """The number of each journal; records without it are left out."""
    decoder = _field_decoder("JournalNumber", int)
    numbers = (decoder.decode(record).value for record in records)
    return [number for number in numbers if number is not None]


class RecordFile:
    """The raw records of a large page, in a file without a name that is gone when it is closed;
    `longest` is bytes."""

    def __init__(self, folder: Path) -> None:
        self.longest = 0
        self._count = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115  lives as long as this

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(0)
        for line in self._file:
            yield line[:-1]

    def add(self, records: Iterable[Raw | bytes]) -> None:
        """Append records, one a line."""
        for record in records:
            self.longest = max(self.longest, memoryview(record).nbytes)
            self._file.write(record)
            self._file.write(b"\n")
            self._count += 1

    def copy_to(self, file: BinaryIO) -> int:
        """Append all to another file; the number of bytes."""
        self._file.seek(0)
        copyfileobj(self._file, file, 1 << 20)
        return self._file.tell()

    def close(self) -> None:
        """Forget the records."""
        self._file.close()


class LandingFile:
    """One NDJSON file of raw records; `longest` and `size` are bytes, `form`, `said` and `met` are
    all records'."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records = 0
        self.longest = 0
        self.size = 0
        self.form: Form = FORMS[0]
        self.said: Fields = frozenset()
        self.met: Fields | None = frozenset()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb")

    def add(
        self,
        records: list[Raw | bytes] | RecordFile,
        *,
        form: Form = "any",
        said: Fields = frozenset(),
        met: Fields | None = None,
    ) -> None:
        """Append records, one a line."""
        if not records:
            return
        self.met = of_both(self.met, met)
        self.form = max(self.form, form, key=FORMS.index)
        self.said |= said
        if isinstance(records, RecordFile):
            self.longest = max(self.longest, records.longest)
            self.size += records.copy_to(self._file)
            self.records += len(records)
            return
        self.longest = max(self.longest, max(memoryview(record).nbytes for record in records))
        self.size += self._file.write(b"\n".join(records))
        self._file.write(b"\n")
        self.records += len(records)

    def close(self) -> Path:
        """End the file; its path."""
        self._file.close()
        return self.path


def _split(endpoint: Endpoint, flat: bytes) -> tuple[list[Raw], Pagination]:
    """The records of an envelope, and what it says of the whole list."""
    try:
        envelope = _splitter(endpoint, list[Raw]).decode(flat)
        records = envelope.records
    except msgspec.ValidationError:
        envelope = _splitter(endpoint, Raw).decode(flat)
        records = _listed(envelope.records)
    return records, envelope.pagination or Pagination()


@cache
def _splitter(endpoint: Endpoint, kind: Any) -> msgspec.json.Decoder[Any]:
    made = msgspec.defstruct(
        "Envelope",
        [("pagination", Pagination | None, None), ("records", kind, kind())],
        rename={"records": str(endpoint.envelope)},
    )
    return msgspec.json.Decoder(made, strict=False)


def _listed(records: Raw) -> list[Raw]:
    """The records of an envelope; one that is no list stands for itself (budgets by id).
    DecodeError for null: as an empty list it would be the proof that all records are gone."""
    text = bytes(records)
    if not text:
        return []
    if text.startswith(b"["):
        return _list_of_raw.decode(text)
    if text.startswith(b"{"):
        return [records]
    raise msgspec.DecodeError(f"its list of records is `{text[:20].decode()}`")


_list_of_raw = msgspec.json.Decoder(list[Raw])


@cache
def _field_decoder(field: str, kind: Any) -> msgspec.json.Decoder[Any]:
    """Reads one field of a record, as `value`, and nothing else."""
    alone = msgspec.defstruct("Alone", [("value", kind | None, None)], rename={"value": field})
    return msgspec.json.Decoder(alone, strict=False)


def _has_long_numbers(flat: bytes) -> bool:
    """Whether there may be a number that a double does not hold."""
    kinds = flat.translate(_KINDS)
    if kinds.find(b"0" * _LONG_RUN) >= 0 and _LONG_NUMBER.search(flat):
        return True
    return _TINY.search(kinds) is not None and _TINY_NUMBER.search(flat) is not None


def _compact(body: bytes) -> bytes:
    """JSON without white space. What cannot be read at first may hold halves of a character."""
    try:
        return msgspec.json.format(body, indent=-1)
    except msgspec.DecodeError:
        return msgspec.json.format(whole_text(body), indent=-1)


def _arranged(raw: bytes, record: str, drift: Counter[str], odd: set[str]) -> bytes:
    value = json.loads(raw, parse_float=_number, parse_int=_number)
    if not isinstance(value, dict):
        value = {"_extra": {NO_RECORD: "null" if value is None else value}}
        return json.dumps(value).encode()
    extra: dict[str, Any] = {}
    seen: set[str] = set()
    _Arranging(seen, odd).arrange(value, shape(record), extra, path="", name=record)
    drift.update(seen)
    if extra:
        value["_extra"] = extra
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _number(text: str) -> float | int | str:
    """A number that a double holds exactly, else its plain text."""
    if len(text) > MOST_DIGITS:
        return text
    mantissa, _, exponent = text.lower().partition("e")
    if exponent and abs(int(exponent)) > MOST_DIGITS:
        return text
    if sum(each.isdigit() for each in mantissa) > EXACT_DIGITS:
        return format(Decimal(text), "f")
    if not set(text) & set(".eE"):
        return int(text)
    double = float(text)
    is_lost = isinf(double) or (double == 0 and set(mantissa) & set("123456789"))
    return text if is_lost else double


class _Arranging(Struct):
    """Moves what has no place in a shape aside: `seen` are the fields, `odd` those of them that
    came as another kind of value."""

    seen: set[str]
    odd: set[str]

    def arrange(
        self, value: dict[str, Any], of: Shape, extra: dict[str, Any], *, path: str, name: str
    ) -> None:
        for field in list(value):
            part, given = of.fields.get(field), value[field]
            here = f"{path}{field}"
            if isinstance(part, Shape) and isinstance(given, dict):
                self.arrange(given, part, extra, path=f"{here}.", name=name)
            elif isinstance(part, ListOf) and isinstance(given, list):
                self._list(value, field, part, extra, here=here, name=name)
            elif isinstance(part, Shape | ListOf):
                del value[field]
                if says(field, given):
                    extra[here] = given
                    self.seen.add(f"{name}.{here}")
                    self.odd.add(f"{name}.{here}")
            elif part in (None, "spare"):
                del value[field]
                if says(field, given):
                    extra[here] = given
                    if part is None:
                        self.seen.add(f"{name}.{here}")

    def _list(
        self,
        value: dict[str, Any],
        field: str,
        part: ListOf,
        extra: dict[str, Any],
        *,
        here: str,
        name: str,
    ) -> None:
        items = value[field]
        value[field] = [
            self._item(item, part.item, name=f"{name}.{here}")
            for item in items
            if isinstance(item, dict)
        ]
        strays = [item for item in items if not isinstance(item, dict) and item is not None]
        if strays:
            extra[here] = strays
            self.seen.add(f"{name}.{here}")
            self.odd.add(f"{name}.{here}")

    def _item(self, item: dict[str, Any], of: Shape, *, name: str) -> dict[str, Any]:
        extra: dict[str, Any] = {}
        self.arrange(item, of, extra, path="", name=name)
        return item | {"_extra": extra} if extra else item
