"""One record as people know it: parties, lines, tax, totals, what settled it, its journal, and the
way to it in Xero."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse

from xeroport.console.pages.books import as_text, document_address, kind_named
from xeroport.console.pages.history import endpoints_of
from xeroport.console.pages.statements import ageing_of
from xeroport.console.reading import documents, statements, tables
from xeroport.console.reading.books_protocol import Reading
from xeroport.console.reading.document_kinds import BY_KEY, KINDS, STATUS_WORDS, Kind, kind_of
from xeroport.console.reading.in_xero import in_xero
from xeroport.console.reading.periods import today_of
from xeroport.console.web.chosen_place import reading
from xeroport.console.web.render import page
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import console, instance_of
from xeroport.errors import UnknownName
from xeroport.store.instances import Instance, schema_name

HIDDEN = frozenset(("url", "status_attribute_string", "has_errors", "has_validation_errors"))
SETTLED = (
    ("invoice_payment", "Payment", "payments", "payment_id", "amount"),
    ("invoice_credit_note", "Credit note", "", "credit_note_id", "applied_amount"),
    ("invoice_prepayment", "Prepayment", "prepayments", "prepayment_id", "applied_amount"),
    ("invoice_overpayment", "Overpayment", "overpayments", "overpayment_id", "applied_amount"),
    ("credit_note_payment", "Refund", "payments", "payment_id", "amount"),
    ("prepayment_payment", "Refund", "payments", "payment_id", "amount"),
    ("overpayment_payment", "Refund", "payments", "payment_id", "amount"),
    ("credit_note_allocation", "Set against", "", "invoice_id", "amount"),
    ("prepayment_allocation", "Set against", "", "invoice_id", "amount"),
    ("overpayment_allocation", "Set against", "", "invoice_id", "amount"),
)
"""Child tables that settle a record: what a row is called, its kind, id and amount."""


@dataclass(frozen=True)
class DocumentLine:
    """One line of a document."""

    item: str
    description: str
    quantity: Any
    price: Any
    account: str
    account_link: str
    tax: str
    amount: Any


@dataclass(frozen=True)
class DocumentSettlement:
    """A payment, credit or allocation."""

    words: str
    number: str
    date: Any
    amount: Any
    link: str


@dataclass(frozen=True)
class Posting:
    """One line of the record's journal in the ledger."""

    account: str
    link: str
    description: str
    debit: Decimal | None
    credit: Decimal | None


def one(request: Request) -> HTMLResponse:
    """The record that the address names."""
    instance = instance_of(request)
    kind, schema = kind_named(request), schema_name(instance.name)
    key = str(request.path_params["key"])
    with reading(request, instance) as books:
        present = tables.present(books, schema)
        instance = documents.with_currency(books, schema, instance, present)
        currency = documents.currency_of(schema, kind, present, instance.base_currency or "")
        values = (
            documents.record(books, schema, kind, key, currency) if kind.table in present else None
        )
        if values is None:
            raise UnknownName(kind.singular.lower(), key, (), hint="it may have been removed")
        lines = _lines(books, schema, kind, key, instance, present)
        settled = _settled(books, schema, kind, key, instance, present)
        postings = _postings(books, schema, key, instance)
        related = _related(books, schema, kind, key, instance, present)
        page_in_xero = in_xero(books, schema, kind, key, present)
        addresses = (
            documents.parts(books, schema, "contact_address", "contact_id", key)
            if kind.key == "contacts" and "contact_address" in present
            else []
        )
        words = documents.words_of(books, schema, [values], present)
        ledger = f"/instances/{instance.name}/statements/account/{key}"
        has_lines = kind.key == "accounts" and "ledger_line" in tables.present(
            books, f"{schema}_ledger"
        )
        balances = _balances(books, schema, key, instance) if kind.key == "contacts" else []
    contact = str(values.get("contact_id") or values.get("invoice_contact_id") or "")
    return page(
        request,
        "document.html",
        here=kind.section,
        instance=instance,
        kind=kind,
        key=key,
        values=values,
        title=str(values.get(kind.number) or kind.singular),
        status_words=STATUS_WORDS.get(str(values.get(kind.status)), values.get(kind.status) or ""),
        currency=values["currency"] or "",
        in_ledger=ledger if has_lines else "",
        contact_link=document_address(instance.name, BY_KEY["contacts"], contact)
        if contact and kind.key != "contacts"
        else "",
        facts=_facts(kind, values, words, instance),
        lines=lines,
        settled=settled,
        postings=postings,
        related=related,
        balances=balances,
        contact_name=values.get("contact_name") or values.get("invoice_contact_name") or "",
        pays=_paid(values, instance) if kind.key == "payments" else "",
        addresses=addresses,
        page_in_xero=page_in_xero,
        has_history=any(endpoints_of(console(request).catalogue, kind)),
        fields=f"/instances/{instance.name}/data/{kind.table}/record?" + urlencode({kind.id: key}),
    )


def _balances(
    books: Reading, schema: str, contact: str, instance: Instance
) -> list[tuple[str, Decimal, str, str]]:
    """What a contact owes and is owed today, as the statements have it: words, amount, currency
    and the open documents."""
    basis = statements.basis(books, schema)
    if basis is None:
        return []
    shown = []
    for key, words in (("receivables", "Owes you"), ("payables", "You owe")):
        ageing = ageing_of(books, instance, key, today_of(instance))
        _, count, total = ageing.documents(most=0, contact=contact)
        if count:
            address = f"/instances/{instance.name}/statements/{key}/open?contact={quote(contact)}"
            shown.append((words, total, basis.currency, address))
    return shown


def _paid(values: dict[str, Any], instance: Instance) -> str:
    """The page of the document that a payment is for. Xero gives the id of a credit or overpayment
    that is paid back as if it were an invoice; its type says what it is."""
    for table in ("invoice", "credit_note", "prepayment", "overpayment"):
        key = values.get(f"{table}_id")
        type_ = str(values.get(f"{table}_type") or "")
        kind = kind_of(_table_of(type_, table), {"type": type_}) if key else None
        if kind is not None:
            return document_address(instance.name, kind, str(key))
    return ""


def _table_of(type_: str, table: str) -> str:
    """The table of a document of that type; where it says nothing, the one it stands under."""
    for end, of in (("CREDIT", "credit_note"), ("OVERPAYMENT", "overpayment"),
                    ("PREPAYMENT", "prepayment")):  # fmt: skip
        if type_.endswith(end):
            return of
    return table


def _facts(
    kind: Kind, values: dict[str, Any], words: documents.Words, instance: Instance
) -> list[tuple[str, str]]:
    """What the head of the page says: the list's columns that stand nowhere else."""
    shown = {kind.number, kind.status, kind.total, kind.open, "contact_name",
             "invoice_contact_name"}  # fmt: skip
    facts = []
    for name, label in kind.columns:
        if name in shown or values.get(name) in (None, ""):
            continue
        text, _ = as_text(name, values[name], instance)
        facts.append((label, words.get((name, values[name]), text)))
    rate = values.get("currency_rate")
    currency = values["currency"]
    if rate and currency and instance.base_currency and currency != instance.base_currency:
        facts.append(("Rate", f"{rate.normalize():f} {currency} for 1 {instance.base_currency}"))
    return facts


def _lines(
    books: Reading, schema: str, kind: Kind, key: str, instance: Instance, present: set[str]
) -> list[DocumentLine]:
    if not kind.lines or kind.lines not in present:
        return []
    rows = documents.parts(books, schema, kind.lines, kind.id, key)
    codes = sorted({str(row["account_code"]) for row in rows if row.get("account_code")})
    accounts = documents.account_ids(books, schema, codes) if "account" in present else {}
    taxes = documents.tax_names(books, schema) if "tax_rate" in present else {}
    lines = []
    for row in rows:
        code = str(row.get("account_code") or "")
        account = accounts.get(code)
        lines.append(
            DocumentLine(
                item=str(row.get("item_code") or ""),
                description=str(row.get("description") or ""),
                quantity=_plain(row.get("quantity")),
                price=_plain(row.get("unit_amount")),
                account=f"{code} {account[1]}" if account else code,
                account_link=document_address(instance.name, BY_KEY["accounts"], account[0])
                if account
                else "",
                tax=taxes.get(str(row.get("tax_type")), str(row.get("tax_type") or "")),
                amount=row.get("line_amount"),
            )
        )
    return lines


def _plain(value: Any) -> str:
    """A quantity or price without zeros at its end."""
    if not isinstance(value, Decimal):
        return "" if value is None else str(value)
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _settled(
    books: Reading, schema: str, kind: Kind, key: str, instance: Instance, present: set[str]
) -> list[DocumentSettlement]:
    """What pays or credits the record, or what it is set against."""
    settlements = []
    for table, words, of_kind, id_column, amount in SETTLED:
        if table not in present or not table.startswith(f"{kind.table}_"):
            continue
        for row in documents.parts(books, schema, table, kind.id, key, order_by="date"):
            if row.get("status") == "DELETED":
                continue
            target = of_kind or _kind_of_other(books, schema, row, id_column)
            other = str(row.get(id_column) or "")
            link = document_address(instance.name, BY_KEY[target], other) if target else ""
            number = next(
                (str(row[name]) for name in ("credit_note_number", "invoice_number", "reference")
                 if row.get(name)), ""
            )  # fmt: skip
            day, _ = as_text("date", row.get("date"), instance)
            settlements.append(DocumentSettlement(words, number, day, row.get(amount), link))
    return settlements


def _kind_of_other(books: Reading, schema: str, row: dict[str, Any], id_column: str) -> str:
    """The kind of the invoice or credit note that a row refers to."""
    table = id_column.removesuffix("_id")
    rows = books.rows(
        f"SELECT type FROM {documents.source(schema, table)} "  # noqa: S608
        f"WHERE {id_column}::VARCHAR = $1 LIMIT 1",
        (str(row.get(id_column) or ""),),
    )
    for kind in KINDS:
        if rows and kind.table == table and f"'{rows[0][0]}'" in kind.where:
            return kind.key
    return ""


def _postings(books: Reading, schema: str, key: str, instance: Instance) -> list[Posting]:
    """The record's lines in the derived ledger, if there is one."""
    ledger = f"{schema}_ledger"
    if "ledger_line" not in tables.present(books, ledger):
        return []
    rows = books.rows(
        f"SELECT l.account_id, a.code, a.name, l.description, l.amount "  # noqa: S608
        f"FROM {documents.source(ledger, 'ledger_line')} l "
        f"LEFT JOIN {documents.source(schema, 'account')} a "
        "ON a.account_id::VARCHAR = l.account_id::VARCHAR "
        "WHERE l.record_id::VARCHAR = $1 ORDER BY l.line_number LIMIT 500",
        (key,),
    )
    return [
        Posting(
            account=" ".join(part for part in (row[1], row[2]) if part) or "?",
            link=document_address(instance.name, BY_KEY["accounts"], str(row[0])),
            description=str(row[3] or ""),
            debit=row[4] if row[4] > 0 else None,
            credit=-row[4] if row[4] < 0 else None,
        )
        for row in rows
        if row[4]
    ]


def _related(
    books: Reading, schema: str, kind: Kind, key: str, instance: Instance, present: set[str]
) -> list[tuple[Kind, int, str]]:
    """The documents of a contact: kind, number, and the list of them."""
    if kind.key != "contacts":
        return []
    found = []
    for other in KINDS:
        if other.party and other.table in present and other.key != "bank":
            count = sum(
                total.count
                for total in documents.totals(
                    books, schema, other, documents.Narrowing(contact=key)
                )
            )
            if count:
                address = f"/instances/{instance.name}/books/{other.key}?contact={quote(key)}"
                found.append((other, count, address))
    return found


ROUTES = [page_at("/instances/{instance}/books/{kind}/{key}", one)]
