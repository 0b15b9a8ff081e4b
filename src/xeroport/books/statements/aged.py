"""What customers owe, or is owed to suppliers, at a day, by how long it is overdue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from msgspec import Struct

from xeroport.books.statements.figures import present
from xeroport.books.statements.statement_model import Ask, Row
from xeroport.destinations.typed import text

BUCKETS = ("Current", "< 1 Month", "1 Month", "2 Months", "3 Months", "Older")
"""Not yet due, then by whole months since."""

RECORDS = ("Invoice", "CreditNote", "Overpayment", "Prepayment", "Payment", "BankTransaction")

CENT = Decimal("0.01")


class Open(Struct, frozen=True):
    """A document that is open at a day, in the base currency; credits are negative."""

    document_id: str
    kind: str
    contact_id: str
    contact: str
    number: str
    day: date
    due_date: date | None
    due: Decimal
    currency: str
    currency_due: Decimal

    def bucket(self, at: date) -> int:
        """The number of its bucket."""
        from_day = self.due_date or self.day
        if from_day >= at:
            return 0
        months = (at.year - from_day.year) * 12 + at.month - from_day.month
        if at.day < from_day.day:
            months -= 1
        return min(months, 4) + 1


def read_open(ask: Ask, schema: str, *, at: date, sales: bool) -> list[Open]:
    """Every document open at a day: payments and allocations after it do not count yet."""
    documents = open_documents(ask, schema, at=at, sales=sales)
    rows = ask(
        "SELECT kind, CAST(id AS text), CAST(contact_id AS text), contact_name, number, date, "
        "due_date, nullif(currency_rate, 1) AS rate, currency_code, due "
        f"FROM ({documents}) AS open ORDER BY contact_name, date, number"
    )
    return [_open(*row) for row in rows]


def open_documents(ask: Ask, schema: str, *, at: date, sales: bool) -> str:
    """The same as SQL: what Xero says is open now, and what was settled after that day. `due` is
    in the document's currency, credits negative."""
    day = f"DATE {text(at.isoformat())}"
    side = {
        True: ("ACCREC", "ACCRECCREDIT", "RECEIVE-OVERPAYMENT", "RECEIVE-PREPAYMENT"),
        False: ("ACCPAY", "ACCPAYCREDIT", "SPEND-OVERPAYMENT", "SPEND-PREPAYMENT"),
    }[sales]
    held = present(ask, schema, *RECORDS)
    payments = (
        "SELECT coalesce(invoice_id, credit_note_id, prepayment_id, overpayment_id) AS id, amount "
        f"FROM {held['payment']} AS payment WHERE status = 'AUTHORISED' AND date > {day} "
        "AND _deleted_at IS NULL"
    )
    allocations = " UNION ALL ".join(
        f"SELECT {pointed} AS id, part.amount FROM {held[credit + '_allocation']} AS part "
        f"JOIN {held[credit]} AS credit ON credit.{credit}_id = part.{credit}_id "
        f"WHERE coalesce(part.is_deleted, false) = false "
        f"AND coalesce(part.date, credit.date) > {day} AND credit._deleted_at IS NULL "
        "AND credit.status IN ('AUTHORISED', 'PAID')"
        for credit in ("credit_note", "overpayment", "prepayment")
        for pointed in ("part.invoice_id", f"part.{credit}_id")
    )
    documents = " UNION ALL ".join(
        f"SELECT '{table}' AS kind, {table}_id AS id, contact_id, contact_name, "
        f"{number} AS number, date, {due} AS due_date, {_rate(held, table)} AS currency_rate, "
        f"currency_code, CAST({sign}({left} + coalesce(later.amount, 0)) AS decimal(18, 4)) AS due "
        f"FROM {held[table]} AS document LEFT JOIN later ON later.id = document.{table}_id "
        f"WHERE type = '{type_}' AND status IN ('AUTHORISED', 'PAID') AND date <= {day} "
        f"AND _deleted_at IS NULL AND ({left} <> 0 OR later.amount <> 0) "
        f"AND {left} + coalesce(later.amount, 0) <> 0"
        for (table, number, due, left, sign), type_ in zip(
            (
                ("invoice", "coalesce(nullif(invoice_number, ''), reference)", "due_date",
                 "amount_due", ""),
                ("credit_note", "coalesce(nullif(credit_note_number, ''), reference)", NO_DATE,
                 "remaining_credit", "-"),
                ("overpayment", "reference", NO_DATE, "remaining_credit", "-"),
                ("prepayment", "reference", NO_DATE, "remaining_credit", "-"),
            ),
            side,
            strict=True,
        )
    )  # fmt: skip
    return (
        "WITH later AS (SELECT id, sum(amount) AS amount "
        f"FROM ({payments} UNION ALL {allocations}) AS parts GROUP BY id) {documents}"
    )


NO_DATE = "CAST(NULL AS date)"


def _rate(held: Mapping[str, str], table: str) -> str:
    """The rate of a document; what was paid ahead often has it on its bank transaction only."""
    if table not in ("overpayment", "prepayment"):
        return "currency_rate"
    return (
        f"coalesce(currency_rate, (SELECT max(paid.currency_rate) "
        f"FROM {held['bank_transaction']} AS paid WHERE paid.{table}_id = document.{table}_id))"
    )


def _open(
    kind: str, key: Any, contact_id: Any, contact: str | None, number: str | None, day: date,
    due_date: date | None, rate: Decimal | None, currency: str | None, due: Decimal,
) -> Open:  # fmt: skip
    exact = due if isinstance(due, Decimal) else Decimal(str(due))
    in_base = exact / Decimal(str(rate)) if rate else exact
    return Open(
        document_id=str(key),
        kind=kind,
        contact_id=str(contact_id),
        contact=contact or "",
        number=number or "",
        day=day,
        due_date=due_date,
        due=in_base.quantize(CENT, ROUND_HALF_UP),
        currency=currency or "",
        currency_due=exact,
    )


OPEN_COLUMNS = ("Date", "Due", "Age", "Currency", "In currency", "Amount", "Kind", "Record id")


def open_rows(documents: Sequence[Open], at: date) -> list[Row]:
    """One row a document, the oldest first, and their sum."""
    rows = [
        Row("row", document.number or document.kind.replace("_", " "),
            (document.day.isoformat(), document.due_date.isoformat() if document.due_date else None,
             BUCKETS[document.bucket(at)], document.currency,
             document.currency_due.quantize(CENT), document.due,
             document.kind.replace("_", " "), document.document_id), document.contact_id)
        for document in sorted(documents, key=lambda each: (each.due_date or each.day, each.number))
    ]  # fmt: skip
    total = sum((document.due for document in documents), Decimal("0.00"))
    return [*rows, Row("total", "Total", (None, None, None, None, None, total, None, None))]
