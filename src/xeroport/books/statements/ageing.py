"""What customers owe, or is owed to suppliers, at a day, by how long it is overdue: added up by the
database, since there may be very many open documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from msgspec import Struct

from xeroport.books.statements.figures import present, read_figures
from xeroport.books.statements.statement_model import Ask, Books, Row, money
from xeroport.books.views import Dialect, base
from xeroport.destinations.typed import text

BUCKETS = ("Current", "< 1 Month", "1 Month", "2 Months", "3 Months", "Older")
"""Not yet due, then by whole months since."""

RECORDS = ("Invoice", "CreditNote", "Overpayment", "Prepayment", "Payment", "BankTransaction")
OPEN_COLUMNS = ("Date", "Due", "Age", "Currency", "In currency", "Amount", "Kind", "Record id")
NO_DATE = "CAST(NULL AS date)"
ZERO = Decimal("0.00")
CENT = Decimal("0.01")
ONE_DAY = timedelta(days=1)


class AgedContact(Struct, frozen=True):
    """What a contact owes or is owed in the base currency, by bucket, and in all."""

    contact_id: str
    name: str
    ages: tuple[Decimal, ...]
    total: Decimal


class AgedCurrency(Struct, frozen=True):
    """What is open in one currency: by bucket and in all, in the base currency and its own."""

    currency: str
    ages: tuple[Decimal, ...]
    own_ages: tuple[Decimal, ...]

    @property
    def total(self) -> Decimal:
        """All of it, in the base currency."""
        return sum(self.ages, ZERO)

    @property
    def own_total(self) -> Decimal:
        """All of it, in its own currency."""
        return sum(self.own_ages, ZERO)


class OpenDocument(Struct, frozen=True):
    """One open document: `due` is in its own currency, `amount` in the base currency."""

    kind: str
    document_id: str
    contact_id: str
    contact: str
    number: str
    day: date
    due_date: date | None
    bucket: int
    currency: str
    due: Decimal
    amount: Decimal


class Ageing(Struct, frozen=True):
    """What is open at a day on one side of the books. Reads nothing until it is asked."""

    ask: Ask
    schema: str
    dialect: Dialect
    at: date
    sales: bool

    def currencies(self) -> list[AgedCurrency]:
        """The sums by currency, the most documents first."""
        rows = self.ask(
            "SELECT currency_code, bucket, sum(amount), sum(due), count(*) "
            f"FROM ({self._documents()}) AS open GROUP BY currency_code, bucket"
        )
        numbers: dict[str, int] = {}
        amounts: dict[str, tuple[list[Decimal], list[Decimal]]] = {}
        for currency, bucket, amount, due, count in rows:
            of_currency = currency or ""
            numbers[of_currency] = numbers.get(of_currency, 0) + count
            ages, own_ages = amounts.setdefault(of_currency, (_nothing(), _nothing()))
            ages[bucket], own_ages[bucket] = Decimal(amount), Decimal(due)
        return [
            AgedCurrency(of_currency, *(tuple(side) for side in amounts[of_currency]))
            for of_currency in sorted(numbers, key=lambda name: (-numbers[name], name))
        ]

    def all_contacts(self) -> list[AgedContact]:
        """Every contact that has something open, by name."""
        ages = ", ".join(
            f"sum(CASE WHEN bucket = {bucket} THEN amount ELSE 0.00 END)"
            for bucket in range(len(BUCKETS))
        )
        rows = self.ask(
            f"SELECT CAST(contact_id AS text), coalesce(max(contact), ''), {ages}, sum(amount) "
            f"FROM ({self._named()}) AS open GROUP BY contact_id"
        )
        rows = sorted(rows, key=lambda row: (row[1].casefold(), row[1], row[0] or ""))
        return [
            AgedContact(key or "", name, tuple(in_ages), total)
            for key, name, *in_ages, total in rows
        ]

    def contacts(self, *, most: int, offset: int = 0) -> tuple[list[AgedContact], int]:
        """So many contacts, the largest sums first, and how many there are."""
        _, contacts, count = self._largest(most, offset)
        return contacts, count

    def at_a_glance(self, *, most: int) -> tuple[list[Decimal], list[AgedContact]]:
        """The sums by bucket, and so many contacts, the largest sums first, in one look."""
        ages, contacts, _ = self._largest(most, 0)
        return ages, contacts

    def _largest(self, most: int, offset: int) -> tuple[list[Decimal], list[AgedContact], int]:
        rows = self.ask(
            "WITH sums AS MATERIALIZED (SELECT contact_id, bucket, sum(amount) AS amount "
            f"FROM ({self._documents()}) AS open GROUP BY contact_id, bucket), "
            "totals AS (SELECT contact_id, sum(amount) AS total FROM sums GROUP BY contact_id), "
            "largest AS (SELECT contact_id, total FROM totals "
            f"ORDER BY total DESC, contact_id LIMIT {int(most)} OFFSET {int(offset)}) "
            "SELECT CAST(NULL AS text), bucket, sum(amount), (SELECT count(*) FROM totals) "
            "FROM sums GROUP BY bucket UNION ALL "
            "SELECT coalesce(CAST(largest.contact_id AS text), ''), bucket, amount, total "
            "FROM largest JOIN sums ON sums.contact_id IS NOT DISTINCT FROM largest.contact_id"
        )
        ages = _nothing()
        count = 0
        totals: dict[str, Decimal] = {}
        of_contact: dict[str, list[Decimal]] = {}
        for key, bucket, amount, total in rows:
            if key is None:
                ages[bucket], count = Decimal(amount), int(total)
            else:
                totals[key] = Decimal(total)
                of_contact.setdefault(key, _nothing())[bucket] = Decimal(amount)
        names = self._names([key for key in totals if key])
        contacts = [
            AgedContact(key, names.get(key, ""), tuple(of_contact[key]), totals[key])
            for key in sorted(totals, key=lambda key: (-totals[key], key))
        ]
        return ages, contacts, count

    def _names(self, contact_ids: Sequence[str]) -> dict[str, str]:
        """The names of contacts; those of their documents where contacts were never synced."""
        if not contact_ids:
            return {}
        contacts = present(self.ask, self.schema, "Contact")["contact"]
        keys = ", ".join(text(key) for key in contact_ids)
        sources = (
            f"SELECT contact_id, max(name) FROM {contacts} AS contact",
            f"SELECT contact_id, max(contact_name) FROM ({self._documents()}) AS open",
        )
        names: dict[str, str] = {}
        for source in sources:
            if names.keys() < set(contact_ids):
                rows = self.ask(f"{source} WHERE contact_id IN ({keys}) GROUP BY contact_id")
                names = {str(key): name or "" for key, name in rows} | names
        return names

    def prepaid(self) -> Decimal:
        """What of it was paid ahead, in the base currency."""
        ((amount,),) = self.ask(
            f"SELECT coalesce(sum(amount), 0) FROM ({self._documents()}) AS open "
            "WHERE kind = 'prepayment'"
        )
        return Decimal(amount)

    def beside(self, books: Books, total: Decimal) -> list[str]:
        """What the balance of the control account has beside the open documents, which come to
        `total`: prepayments are held on the accounts of their lines. Nothing where they are
        equal."""
        role = "DEBTORS" if self.sales else "CREDITORS"
        accounts = books.accounts.items()
        key, account = next((pair for pair in accounts if pair[1].system == role), ("", None))
        figures = read_figures(
            self.ask, self.schema, until=self.at, cuts=(self.at + ONE_DAY,), accounts={key} - {""}
        )
        cents = figures.moved(None, self.at).get(key, 0)
        balance = money(cents if self.sales else -cents)
        if balance == total:
            return []
        prepaid = self.prepaid()
        rest = balance - total + prepaid
        parts = [f"prepayments ({prepaid:,}) are on the accounts of their lines"] if prepaid else []
        if rest:
            parts += [f"{rest:,} comes from no open document, such as cents of part payments"]
        name = account.name if account else role.title()
        return [f"the balance of {name} is {balance:,}: {'; '.join(parts)}"]

    def documents(
        self,
        *,
        most: int | None = None,
        contact: str = "",
        bucket: int | None = None,
        currency: str = "",
    ) -> tuple[list[OpenDocument], int, Decimal]:
        """The oldest of what is open, narrowed (all without `most`); how many documents that is,
        and their sum."""
        narrowed = [
            *([f"CAST(contact_id AS text) = {text(contact)}"] if contact else []),
            *([f"bucket = {int(bucket)}"] if bucket is not None else []),
            *([f"currency_code = {text(currency)}"] if currency else []),
        ]
        where = f" WHERE {' AND '.join(narrowed)}" if narrowed else ""
        ((count, total),) = self.ask(
            f"SELECT count(*), coalesce(sum(amount), 0) FROM ({self._documents()}) AS open{where}"
        )
        rows = self.ask(
            "SELECT kind, id, contact_id, contact, number, date, due_date, bucket, "
            f"currency_code, due, amount FROM ({self._named()}) AS open{where} "
            "ORDER BY coalesce(due_date, date), number, id"
            + ("" if most is None else f" LIMIT {int(most)}")
        )
        return [_document(row) for row in rows], int(count), Decimal(total)

    def _named(self) -> str:
        """Every open document with `contact`, the name that its contact has now: a document keeps
        the one it was read with."""
        contacts = present(self.ask, self.schema, "Contact")["contact"]
        return (
            "SELECT open.*, coalesce(known.name, open.contact_name) AS contact FROM "
            f"({self._documents()}) AS open LEFT JOIN {contacts} AS known "
            "ON known.contact_id = open.contact_id"
        )

    def _documents(self) -> str:
        """Every open document with its bucket and its amount in the base currency."""
        day = f"DATE {text(self.at.isoformat())}"
        months = (
            f"extract(year FROM {day}) * 12 + extract(month FROM {day}) "
            "- extract(year FROM since) * 12 - extract(month FROM since) "
            f"- CASE WHEN extract(day FROM {day}) < extract(day FROM since) THEN 1 ELSE 0 END"
        )
        opened = open_documents(self.ask, self.schema, at=self.at, sales=self.sales)
        return (
            f"SELECT *, {base('due', 'currency_rate', self.dialect)} AS amount, "
            f"CASE WHEN since >= {day} THEN 0 ELSE CAST(least({months}, 4) AS integer) + 1 END "
            f"AS bucket FROM (SELECT *, coalesce(due_date, date) AS since FROM ({opened}) AS d) "
            "AS dated"
        )


def open_documents(ask: Ask, schema: str, *, at: date, sales: bool) -> str:
    """Every document open at a day, as SQL: what Xero says is open now, and what was settled after
    that day. `due` is in the document's currency, credits negative."""
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


def _rate(held: Mapping[str, str], table: str) -> str:
    """The rate of a document; what was paid ahead often has it on its bank transaction only."""
    if table not in ("overpayment", "prepayment"):
        return "currency_rate"
    return (
        f"coalesce(currency_rate, (SELECT max(paid.currency_rate) "
        f"FROM {held['bank_transaction']} AS paid WHERE paid.{table}_id = document.{table}_id))"
    )


def open_rows(documents: Sequence[OpenDocument]) -> list[Row]:
    """One row a document, the oldest first, and their sum."""
    oldest_first = sorted(
        documents, key=lambda opened: (opened.due_date or opened.day, opened.number)
    )
    rows = [
        Row("row", document.number or document.kind.replace("_", " "),
            (document.day.isoformat(), document.due_date.isoformat() if document.due_date else None,
             BUCKETS[document.bucket], document.currency,
             document.due.quantize(CENT), document.amount,
             document.kind.replace("_", " "), document.document_id), document.contact_id)
        for document in oldest_first
    ]  # fmt: skip
    total = sum((document.amount for document in documents), ZERO)
    return [*rows, Row("total", "Total", (None, None, None, None, None, total, None, None))]


def aged_rows(contacts: Sequence[AgedContact]) -> list[Row]:
    """One row a contact, one column a bucket, and the total."""
    rows = [
        Row("row", contact.name, (*contact.ages, contact.total), contact.contact_id)
        for contact in contacts
    ]
    totals = [sum(ages, ZERO) for ages in zip(*(contact.ages for contact in contacts), strict=True)]
    totals = totals or _nothing()
    return [*rows, Row("total", "Total", (*totals, sum(totals, ZERO)))]


def _document(row: tuple[Any, ...]) -> OpenDocument:
    kind, key, contact_id, contact, number, day, due_date, bucket, currency, due, amount = row
    return OpenDocument(
        kind=kind,
        document_id=str(key),
        contact_id=str(contact_id or ""),
        contact=contact or "",
        number=number or "",
        day=day,
        due_date=due_date,
        bucket=bucket,
        currency=currency or "",
        due=Decimal(due),
        amount=Decimal(amount),
    )


def _nothing() -> list[Decimal]:
    return [ZERO] * len(BUCKETS)
