"""Which records a list shows: the query parameters that choose, and If-Modified-Since."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from xeroport.catalogue.model import Endpoint
from xeroport_emulator.http.coerce import YEARS, scalar
from xeroport_emulator.http.message import Request
from xeroport_emulator.http.refusals import bad_request
from xeroport_emulator.http.shape import iso_twin
from xeroport_emulator.organisation.table import changed, guid

Record = dict[str, Any]
Test = Callable[[Record], bool]
Make = Callable[[Request], Test | None]


def dotted(record: Record, path: str) -> Any:
    """The value at a dotted path, None where there is none; `DateString` is the text of `Date`."""
    value: Any = record
    for part in path.split("."):
        inside = value if isinstance(value, dict) else {}
        value = inside.get(part)
        if value is None and part.endswith("String"):
            day = inside.get(part.removesuffix("String"))
            zone = "Z" if part == "UpdatedDateUTCString" else ""
            value = iso_twin(day) + zone if isinstance(day, date) else None
    return value


def _among(parameter: str, path: str) -> Make:
    """A comma list: records whose field is one of the values, in any case."""

    def make(request: Request) -> Test | None:
        values_sent = request.param(parameter)
        if values_sent is None:
            return None
        wanted = {
            guid(value.strip()).casefold() for value in values_sent.split(",") if value.strip()
        }
        return lambda record: str(dotted(record, path) or "").casefold() in wanted

    return make


def _day(parameter: str, path: str, *, latest: bool) -> Make:
    """Records dated on or after the parameter's date, or on or before it."""

    def make(request: Request) -> Test | None:
        day = query_date(request, parameter)
        if day is None:
            return None
        edge = day

        def test(record: Record) -> bool:
            value = dotted(record, path)
            return isinstance(value, date) and (value <= edge if latest else value >= edge)

        return test

    return make


def _unless(parameter: str, path: str, status: str) -> Make:
    """Records in that status are left out unless the parameter is true."""

    def make(request: Request) -> Test | None:
        if request.flag(parameter):
            return None
        return lambda record: dotted(record, path) != status

    return make


def _search(*paths: str) -> Make:
    def make(request: Request) -> Test | None:
        given = request.param("searchTerm")
        if given is None:
            return None
        term = given.casefold()
        return lambda record: any(
            term in str(dotted(record, path) or "").casefold() for path in paths
        )

    return make


def _only(path: str, status: str) -> Make:
    return lambda request: lambda record: dotted(record, path) == status


def _allocated_to(request: Request) -> Test | None:
    """Prepayments by the number of an invoice they were allocated to, or by their own."""
    numbers_sent = request.param("InvoiceNumbers")
    if numbers_sent is None:
        return None
    wanted = {number.strip().casefold() for number in numbers_sent.split(",")}

    def test(record: Record) -> bool:
        numbers = [
            dotted(allocation, "Invoice.InvoiceNumber")
            for allocation in record.get("Allocations", ())
        ]
        return any(
            str(number_of or "").casefold() in wanted
            for number_of in [record.get("InvoiceNumber"), *numbers]
        )

    return test


FILTERS: dict[str, tuple[Make, ...]] = {
    "invoices.list": (
        _among("IDs", "InvoiceID"),
        _among("InvoiceNumbers", "InvoiceNumber"),
        _among("ContactIDs", "Contact.ContactID"),
        _among("Statuses", "Status"),
        _search("InvoiceNumber", "Reference"),
    ),
    "contacts.list": (
        _among("IDs", "ContactID"),
        _unless("includeArchived", "ContactStatus", "ARCHIVED"),
        _search("Name", "FirstName", "LastName", "ContactNumber", "EmailAddress", "CompanyNumber"),
    ),
    "contact_groups.list": (_only("Status", "ACTIVE"),),
    "bank_transfers.list": (_unless("includeDeleted", "Status", "DELETED"),),
    "tracking_categories.list": (_unless("includeArchived", "Status", "ARCHIVED"),),
    "budgets.list": (_among("IDs", "BudgetID"),),
    "purchase_orders.list": (
        _among("Status", "Status"),
        _day("DateFrom", "Date", latest=False),
        _day("DateTo", "Date", latest=True),
    ),
    "quotes.list": (
        _among("Status", "Status"),
        _among("ContactID", "Contact.ContactID"),
        _among("QuoteNumber", "QuoteNumber"),
        _day("DateFrom", "Date", latest=False),
        _day("DateTo", "Date", latest=True),
        _day("ExpiryDateFrom", "ExpiryDate", latest=False),
        _day("ExpiryDateTo", "ExpiryDate", latest=True),
    ),
    "linked_transactions.list": (
        _among("LinkedTransactionID", "LinkedTransactionID"),
        _among("SourceTransactionID", "SourceTransactionID"),
        _among("TargetTransactionID", "TargetTransactionID"),
        _among("ContactID", "ContactID"),
        _among("Status", "Status"),
    ),
    "bank_transactions.list": (_among("References", "Reference"),),
    "overpayments.list": (_among("References", "Reference"),),
    "prepayments.list": (_allocated_to,),
}
"""List endpoint → the query parameters that choose, as tests of a record."""


def query_date(request: Request, name: str) -> date | None:
    """A query parameter as a date; Xero's 400 if it is none."""
    value_sent = request.param(name)
    if value_sent is None:
        return None
    try:
        day = scalar("date", value_sent)
    except ValueError as error:
        raise bad_request(
            10, "ValidationException", f"The value '{value_sent}' is not valid for {name}."
        ) from error
    return day if isinstance(day, date) else None


def modified_since(request: Request, endpoint: Endpoint) -> datetime | None:
    """If-Modified-Since in whole seconds, ISO or RFC 1123; ignored if it is no date, or one from
    before Xero's calendar begins."""
    header = request.header("if-modified-since").strip()
    if not header or not endpoint.modified_since:
        return None
    moment: datetime
    try:
        moment = scalar("timestamp", header)
    except ValueError:
        try:
            moment = _any_date(header)
        except (ValueError, TypeError, OverflowError):
            return None
        if moment.year < YEARS.start:
            return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(microsecond=0)


def is_too_early(request: Request) -> bool:
    """Whether If-Modified-Since lies before 1753, which Xero was seen to fail on (facts §5)."""
    try:
        return _any_date(request.header("if-modified-since").strip()).year < YEARS.start
    except (ValueError, TypeError, OverflowError):
        return False


def _any_date(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return parsedate_to_datetime(text)


def since_test(since: datetime, cursor: str | None, *, inclusive: bool) -> Test:
    """Records changed since then; stamps are compared in whole seconds. A record type without a
    stamp of its own, such as BankTransfer, goes by when it was saved."""

    def test(record: Record) -> bool:
        stamp = record.get(cursor) if cursor is not None else changed(record)
        if not isinstance(stamp, datetime):
            return False
        whole = stamp.replace(microsecond=0)
        return whole >= since if inclusive else whole > since

    return test


def tests(request: Request, endpoint: Endpoint) -> list[Test]:
    """The tests a record must pass to be listed, but for `where` and If-Modified-Since."""
    conditions = (make(request) for make in FILTERS.get(endpoint.name, ()))
    return [condition for condition in conditions if condition is not None]
