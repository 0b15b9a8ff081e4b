"""A statement on a ledger: the wish is checked, its days are filled in, its limits are noted."""

from __future__ import annotations

from datetime import date

from msgspec import structs

from xeroport.books.missing_streams import in_words
from xeroport.books.statements.figures import (
    read_books,
)
from xeroport.books.statements.statement_model import (
    Ask,
    Books,
    Statement,
)
from xeroport.books.views import Dialect
from xeroport.destinations import is_postgres
from xeroport.errors import InputError, UnknownName
from xeroport.jobs.query import books_open
from xeroport.jobs.statement_kinds import BUILDERS, DatedWish, drill, open_documents
from xeroport.jobs.statement_wish import AGED, AT_A_DAY, NAMES, Wish, check_fit, days_of
from xeroport.store.instances import schema_name


def statement(instance: str, name: str, wish: Wish, *, url: str, today: date) -> Statement:
    """A statement on the ledger of an instance at a destination.

    InputError where there is no ledger, or the wish does not fit the statement.
    """
    dialect: Dialect = "postgres" if is_postgres(url) else "duckdb"
    with books_open(url, instance) as ask:
        return drawn(ask, instance, name, wish, dialect=dialect, today=today)


def books_of(instance: str, url: str) -> Books:
    """The organisation, chart and last run of an instance's ledger."""
    with books_open(url, instance) as ask:
        return read_books(ask, schema_name(instance), instance=instance)


def drawn(
    ask: Ask, instance: str, name: str, wish: Wish, *, dialect: Dialect, today: date
) -> Statement:
    """The same from books that are open already."""
    if name not in NAMES:
        raise UnknownName("statement", name, NAMES, hint="see `xeroport report --help`")
    schema = schema_name(instance)
    books = read_books(ask, schema, instance=instance)
    if wish.cash and not books.has_cash:
        raise InputError(
            f"the cash basis of `{instance}` was not derived",
            hint=f"`xeroport ledger {instance} --cash`",
        )
    check_fit(name, wish)
    since, until = days_of(name, wish, today, books)
    asked = DatedWish(ask, dialect, schema, books, wish, since, until)
    if wish.drill and name in AGED:
        built = open_documents(asked, sales=name == "aged-receivables")
    elif wish.drill:
        built = drill(asked, is_balance=name in AT_A_DAY)
    else:
        built = BUILDERS[name](asked)
    return structs.replace(
        built,
        organisation=books.organisation,
        currency=books.currency,
        basis="cash" if wish.cash else "accrual",
        as_of=books.as_of,
        tied_until=books.tied_until,
        notes=_notes(asked, built),
    )


def _notes(asked: DatedWish, built: Statement) -> tuple[str, ...]:
    notes = list(built.notes)
    books = asked.books
    if books.tied_until is None:
        notes.append("not tied to Xero's trial balance")
    elif asked.until > books.tied_until:
        notes.append(f"tied to Xero until {books.tied_until}; later days are from documents alone")
    if built.not_from_documents:
        notes.append(
            f"{built.not_from_documents:,} {books.currency} in these figures come from no document"
        )
    if books.missing:
        notes.append(f"not synced: {', '.join(in_words(books.missing))}")
    if asked.wish.cash:
        notes.append("the cash basis has no residual: it is not tied to Xero")
    return tuple(notes)
