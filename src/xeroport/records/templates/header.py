"""Which of Xero's files a header belongs to, and where its columns lead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from xeroport.errors import InputError
from xeroport.records.templates import template_columns as columns
from xeroport.records.templates.template_columns import Columns, fields_by_plain_name, plain

Kind = Literal["documents", "contacts", "accounts", "items", "journals"]


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of file: what it is called, its columns, the records it makes, and its key."""

    kind: Kind
    label: str
    columns: Columns
    records: tuple[str, ...]
    endpoint: str
    key: tuple[str, ...]
    is_met: Callable[[set[str], bool], bool]


@dataclass(frozen=True, slots=True)
class Header:
    """A recognised header. `renamed` is column → field; `by_plain` finds a column by the name of
    the template; `is_export` says that the file came out of Xero."""

    layout: Layout
    renamed: Mapping[str, str]
    by_plain: Mapping[str, str]
    ignored: frozenset[str]
    is_export: bool

    @property
    def name(self) -> str:
        """What the file is, such as `invoices or bills`."""
        return self.layout.label

    def column(self, name: str) -> str | None:
        """The file's column of a template's name, None where it has none."""
        return self.by_plain.get(plain(name))


def _documents(names: set[str], starred: bool) -> bool:
    return {"contactname", "invoicenumber", "invoicedate"} <= names


def _contacts(names: set[str], starred: bool) -> bool:
    others = names & set(fields_by_plain_name(columns.CONTACTS)) - {"contactname"}
    return "contactname" in names and "invoicenumber" not in names and bool(others)


def _accounts(names: set[str], starred: bool) -> bool:
    return {"code", "name", "type"} <= names and (starred or "taxcode" in names)


def _items(names: set[str], starred: bool) -> bool:
    return "itemcode" in names and any(
        name in names for name in ("itemname", "salesunitprice", "purchasesunitprice")
    )


def _journals(names: set[str], starred: bool) -> bool:
    amounts = {"amount", "lineamount", "debit", "credit"} & names
    return {"narration", "date", "accountcode"} <= names and bool(amounts)


LAYOUTS = (
    Layout(
        "documents",
        "invoices or bills",
        columns.DOCUMENTS,
        ("Invoice", "CreditNote"),
        "invoices.create",
        ("InvoiceNumber",),
        _documents,
    ),
    Layout(
        "contacts",
        "contacts",
        columns.CONTACTS,
        ("Contact",),
        "contacts.create",
        ("ContactName",),
        _contacts,
    ),
    Layout(
        "accounts",
        "the chart of accounts",
        columns.ACCOUNTS,
        ("Account",),
        "accounts.create",
        ("Code",),
        _accounts,
    ),
    Layout("items", "items", columns.ITEMS, ("Item",), "items.create", ("ItemCode",), _items),
    Layout(
        "journals",
        "manual journals",
        columns.JOURNALS,
        ("ManualJournal",),
        "manual_journals.create",
        ("Narration", "Date"),
        _journals,
    ),
)
EXPORT_ONLY = {"invoiceamountdue", "invoiceamountpaid", "taxtotal", "status", "type"}
"""Columns that stand in Xero's exports of invoices and bills, never in its templates."""


def recognise(
    names: tuple[str, ...] | None, *, ignored: frozenset[str] = frozenset()
) -> Header | None:
    """What a header is, None for any that is not Xero's; InputError for a file of Xero's that no
    endpoint takes."""
    if names is None:
        return None
    by_plain = {plain(name): name for name in names}
    starred = any("*" in name for name in names)
    _refuse_others(set(by_plain), starred)
    for layout in LAYOUTS:
        if layout.is_met(set(by_plain), starred):
            break
    else:
        return None
    known = fields_by_plain_name(layout.columns)
    renamed: dict[str, str] = {}
    unsent = set(ignored)
    for name in names:
        _, field = known.get(plain(name), ("", name))
        if name in ignored or not field:
            unsent.add(name)
        elif field != name:
            renamed[name] = field
    is_export = layout.kind == "documents" and bool(EXPORT_ONLY & set(by_plain))
    return Header(layout, renamed, by_plain, frozenset(unsent), is_export)


def _refuse_others(names: set[str], starred: bool) -> None:
    """InputError for the files of Xero's that hold what its API does not take."""
    if {"assetname", "assetnumber"} <= names:
        raise InputError(
            "the header is Xero's for fixed assets, which this API does not take",
            hint="import it in Xero, under Accounting, Fixed assets",
        )
    if {"date", "amount"} <= names and starred and names & {"payee", "chequenumber", "checknumber"}:
        raise InputError(
            "the header is Xero's for bank statements, which this API does not take",
            hint="import it in Xero, or push payments to `bank_transactions.create` with `--map`",
        )
    if names == {"accounttransactions"}:
        raise InputError(
            "the file is Xero's report of account transactions, which no endpoint takes",
            hint="export invoices or bills instead, or push the source documents",
        )
