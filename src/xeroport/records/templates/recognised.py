"""A recognised file with its values: what its rows become, and what is said or asked about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from xeroport.catalogue import Endpoint
from xeroport.errors import InputError
from xeroport.records.templates import template_columns
from xeroport.records.templates.evidence import Evidence
from xeroport.records.templates.header import Header
from xeroport.records.templates.selection import LeftOutDocuments
from xeroport.records.templates.template_words import TRANSLATIONS, Translate
from xeroport.rows.row import Row, Source

SALES_ONLY = ("Reference", "Discount", "BrandingTheme")
"""Columns of the template for sales invoices that the one for bills lacks."""
SIDE_WORDS = {"ACCREC": "sales invoices", "ACCPAY": "bills"}
BOTH_KEYS = "(key)"
"""A column made for files that hold sales and bills, which Xero knows by different things."""


@dataclass(frozen=True, slots=True)
class Template:
    """How a file of Xero's becomes records: as a plan's columns and constants, and more.

    `translations` turn the words of a column into codes, `copies` are columns that another gives
    its values; `left_out` says which documents are not of the endpoint's kind.
    """

    name: str
    header: Header
    renamed: Mapping[str, str]
    constants: Mapping[str, Any]
    ignored: frozenset[str]
    key: tuple[str, ...]
    notes: tuple[str, ...]
    translations: Mapping[str, Translate] = field(default_factory=dict)
    left_out: LeftOutDocuments | None = None
    copies: Mapping[str, str] = field(default_factory=dict)

    def translated(self, source: Source) -> Source:
        """The source with the words of the template as codes, and its key."""
        again = source.again
        made = (*(source.columns or ()), *self.copies)
        if BOTH_KEYS in self.key:
            made = (*made, BOTH_KEYS)

        def rows() -> Iterator[Row]:
            for row in source.rows:
                if row.broken:
                    yield row
                    continue
                translated = Row(row.line, self._values(row.values))
                if self.left_out is None or self.left_out.takes_row(translated):
                    yield translated

        return source.with_rows(
            rows(),
            columns=made,
            again=None if again is None else lambda: self.translated(again()),
        )

    def _values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        out = dict(values)
        for name, translate in self.translations.items():
            if out.get(name) is not None:
                out[name] = translate(out[name])
        for name, original in self.copies.items():
            out[name] = out.get(original)
        if BOTH_KEYS in self.key:
            out[BOTH_KEYS] = self._key(out)
        return out

    def _key(self, values: Mapping[str, Any]) -> str | None:
        """A number for sales, contact and number for what others number."""
        header = self.header
        number = values.get(header.column("InvoiceNumber") or "")
        if not number:
            return None
        kind = str(values.get(header.column("Type") or "") or "")
        if kind.startswith(("ACCPAY", "AP")):
            return f"{values.get(header.column('ContactName') or '')} / {number}"
        return str(number)


def read_template(
    header: Header,
    evidence: Evidence,
    endpoint: Endpoint,
    *,
    constants: Mapping[str, Any],
    own_key: bool,
) -> Template:
    """The template of a header, whose rows were looked through.

    InputError where the file belongs to another endpoint, or where two readings fit.
    """
    _require_endpoint(header, endpoint)
    layout = header.layout
    translations = {
        column: translate
        for name, translate in TRANSLATIONS[layout.kind].items()
        if (column := header.column(name)) is not None and column not in header.ignored
    }
    if layout.kind == "documents":
        return _documents(header, evidence, endpoint, constants, translations, own_key=own_key)
    key = tuple(column for name in layout.key if (column := header.column(name)) is not None)
    notes = [f"the header is Xero's for {layout.label}", *_not_sent(header, evidence)]
    renamed = dict(header.renamed)
    copies = _tracking_copies(header, renamed) if layout.kind == "contacts" else {}
    return Template(
        layout.label,
        header,
        renamed,
        constants,
        header.ignored,
        () if own_key else key,
        tuple(notes),
        translations,
        LeftOutDocuments(layout.kind, endpoint.body_record or "", header),
        copies,
    )


def _require_endpoint(header: Header, endpoint: Endpoint) -> None:
    layout = header.layout
    if endpoint.body_record not in layout.records:
        raise InputError(
            f"the header is Xero's for {layout.label}, not for `{endpoint.name}`",
            hint=f"push it to `{layout.endpoint}`, or say with `--map` what its columns mean",
        )


def _documents(
    header: Header,
    evidence: Evidence,
    endpoint: Endpoint,
    constants: Mapping[str, Any],
    translations: dict[str, Translate],
    *,
    own_key: bool,
) -> Template:
    is_credit = endpoint.body_record == "CreditNote"
    notes: list[str] = []
    own = dict(constants)
    renamed, ignored = dict(header.renamed), set(header.ignored)
    type_column = header.column("Type") if header.is_export else None
    if header.is_export:
        for name in ("EmailAddress", "TaxAmount", *_addresses(header)):
            _drop(header.column(name), renamed, ignored)
    side = _side(header, evidence, constants, type_column, notes)
    if type_column is not None:
        # Also an ignored column of types tells which rows are invoices at all.
        renamed[type_column] = "Type"
        ignored.discard(type_column)
        own.pop("Type", None)
        translations[type_column] = TRANSLATIONS["documents"]["Type"]
    elif side is not None and "Type" not in own:
        own["Type"] = f"{side}CREDIT" if is_credit else side
    if is_credit:
        number = header.column("InvoiceNumber")
        if number is not None:
            renamed[number] = "CreditNoteNumber"
        _drop(header.column("DueDate"), renamed, ignored)
        _drop(header.column("PlannedDate"), renamed, ignored)
    basis = _basis(header, evidence, constants, notes)
    if basis is not None:
        own["LineAmountTypes"] = basis
    if any(field.startswith("Contact.Addresses") for field in renamed.values()):
        notes.append("addresses and e-mails in the file change the contacts in Xero")
    notes += _not_sent(header, evidence)
    key: tuple[str, ...] = ()
    if not own_key:
        number, contact = header.column("InvoiceNumber"), header.column("ContactName")
        parts: tuple[str | None, ...] = (contact, number)
        if side is None:
            parts = (BOTH_KEYS,)
        elif side == "ACCREC":
            parts = (number,)
        key = tuple(column for column in parts if column is not None)
    what = "credit notes" if is_credit else SIDE_WORDS.get(side or "", "invoices and bills")
    opened = "an export of Xero's" if header.is_export else "Xero's import template"
    notes.insert(0, f"the header is {opened} for {what}")
    return Template(
        what,
        header,
        renamed,
        own,
        frozenset(ignored),
        key,
        tuple(notes),
        translations,
        LeftOutDocuments("documents", endpoint.body_record or "", header, wanted=side),
    )


def _drop(column: str | None, renamed: dict[str, str], ignored: set[str]) -> None:
    if column is not None:
        renamed.pop(column, None)
        ignored.add(column)


def _addresses(header: Header) -> list[str]:
    return [
        name for name in template_columns.DOCUMENTS if name.startswith("PO") and header.column(name)
    ]


def _side(
    header: Header,
    evidence: Evidence,
    constants: Mapping[str, Any],
    type_column: str | None,
    notes: list[str],
) -> str | None:
    """`ACCREC`, `ACCPAY`, or None where every row says its own type; InputError asks."""
    said = constants.get("Type")
    if said is not None:
        return str(said).removesuffix("CREDIT")
    if type_column is not None:
        return None
    is_sales = any(header.column(name) is not None for name in SALES_ONLY)
    sides = evidence.sides
    fitting = set(sides) | ({"ACCREC"} if is_sales else set())
    if len(fitting) == 1:
        side = fitting.pop()
        if side in sides:
            notes.append(f"taken as {SIDE_WORDS[side]}: {sides[side]}")
        return side
    why = "the header fits both"
    if is_sales:
        why = f"the header is that of sales invoices, but {sides.get('ACCPAY')} is of purchases"
    elif sides:
        why = " but ".join(sides.values())
    raise InputError(
        f"the file may hold sales invoices or bills: {why}",
        hint="say which with `--set Type=ACCREC` (sales) or `--set Type=ACCPAY` (bills)",
    )


def _basis(
    header: Header, evidence: Evidence, constants: Mapping[str, Any], notes: list[str]
) -> str | None:
    """Whether the amounts include tax; None where the file or the person says it. InputError asks
    where the values speak against what Xero would take."""
    if constants.get("LineAmountTypes") is not None:
        return None
    amounts_are = header.column("AmountsAre")
    if amounts_are is not None and amounts_are in evidence.filled:
        return None
    if "Inclusive" in evidence.bases:
        why = evidence.bases["Inclusive"]
        if "Exclusive" in evidence.bases:
            why += f", but {evidence.bases['Exclusive']}"
        raise InputError(
            f"the amounts seem to include tax: {why}",
            hint="say it with `--set LineAmountTypes=Inclusive`, or `Exclusive` if they do not",
        )
    if "Exclusive" in evidence.bases:
        notes.append(f"the amounts are without tax (`Exclusive`): {evidence.bases['Exclusive']}")
    else:
        notes.append(
            "the amounts are taken to be without tax (`Exclusive`), as nothing in the file says "
            "otherwise; `--set LineAmountTypes=Inclusive` if they include it"
        )
    return "Exclusive"


def _not_sent(header: Header, evidence: Evidence) -> Iterator[str]:
    """The filled columns that are not sent, with the reason."""
    for name, why in template_columns.NOT_SENT.items():
        column = header.column(name)
        if column is not None and column in evidence.filled and column in header.ignored:
            yield f"`{column}` is not sent: {why}"


def _tracking_copies(header: Header, renamed: dict[str, str]) -> dict[str, str]:
    """The name of a tracking category stands once for the options of sales and of purchases."""
    copies: dict[str, str] = {}
    for number in (1, 2):
        column = header.column(f"TrackingName{number}")
        for side in ("Sales", "Purchases"):
            option = header.column(f"{side}TrackingOption{number}")
            if column is not None and option in renamed:
                copy = f"{column} ({side.lower()})"
                copies[copy] = column
                renamed[copy] = f"{side}TrackingCategories.{number - 1}.TrackingCategoryName"
    return copies
