"""Reads that are no list and no record: reports, what the organisation may do, its settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from xeroport.catalogue.model import Endpoint
from xeroport_emulator.accounting.books import books_of
from xeroport_emulator.accounting.journals import journal, journal_page
from xeroport_emulator.accounting.report_shape import months_back
from xeroport_emulator.accounting.reports import REPORTS, ReportRefused, published, report
from xeroport_emulator.http.message import Reply, Request
from xeroport_emulator.http.refusals import bad_request, invalid, not_found
from xeroport_emulator.http.render import compact, head
from xeroport_emulator.operations.owners import owner
from xeroport_emulator.organisation import scheme
from xeroport_emulator.organisation.table import words
from xeroport_emulator.query.lists import whole
from xeroport_emulator.query.select import modified_since, query_date, since_test
from xeroport_emulator.world import World

Record = dict[str, Any]

BUDGET_MONTHS = 3
BUDGET_MOST = 24
_ACTIONS = words(
    "CreateApprovedInvoice CreateDraftInvoice CreateApprovedBill CreateDraftBill "
    "CreateApprovedPurchaseOrder CreateDraftPurchaseOrder CreateSentQuote CreateDraftQuote "
    "CreateInvoicePayment CreateRepeatingInvoice CreateRepeatingBill AttachFilesIntoInvoice "
    "UseMulticurrency"
)


def _enveloped(world: World, endpoint: Endpoint, records: list[Record]) -> Reply:
    kind, key = endpoint.record or "", endpoint.envelope or ""
    shown = [world.shown(kind, record) for record in records]
    return Reply(200, compact({**head(world.now()), key: shown}))


def drawn(world: World, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """A report, drawn from the ledger."""
    name = endpoint.path.rsplit("/", 1)[-1]
    params = {parameter: request.param(parameter) for parameter in endpoint.by_name}
    if endpoint.name == "reports.list":
        reports = [
            {key: value for key, value in published_report.items() if key != "Fields"}
            for published_report in published(world.organisation)
        ]
    elif endpoint.name == "reports.get":
        identity = next(iter(ids.values())).lower()
        reports = [
            published_report
            for published_report in published(world.organisation)
            if published_report["ReportID"] == identity
        ]
        if not reports:
            raise not_found()
    elif name not in REPORTS:
        raise not_found()
    else:
        books = books_of(world.organisation)
        books.revalued = world.switches.revaluation
        try:
            filled = {key: value for key, value in params.items() if value is not None}
            reports = report(name, world.organisation, filled)["Reports"]
        except ReportRefused as refusal:
            raise invalid({}, refusal.message) from refusal
        finally:
            books.revalued = False
    return _enveloped(world, endpoint, reports)


def actions(world: World, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """What the connection may do: everything."""
    return _enveloped(world, endpoint, [{"Name": each, "Status": "ALLOWED"} for each in _ACTIONS])


def organisation_cis(
    world: World, endpoint: Endpoint, ids: dict[str, str], request: Request
) -> Reply:
    """Whether the organisation is in the construction industry scheme, and how."""
    owner(world, endpoint, ids)
    return _enveloped(world, endpoint, [scheme.settings(world.organisation)])


def contact_cis(world: World, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """Whether a contact is in the construction industry scheme, and at which rate."""
    _, contact = owner(world, endpoint, ids)
    return _enveloped(world, endpoint, [scheme.contact_settings(contact)])


def reminders(world: World, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """Whether overdue invoices are chased by e-mail: they are not."""
    return _enveloped(world, endpoint, [{"Enabled": False}])


def theme_services(
    world: World, endpoint: Endpoint, ids: dict[str, str], request: Request
) -> Reply:
    """The payment services of a branding theme."""
    _, theme = owner(world, endpoint, ids)
    table = world.organisation.tables["PaymentService"]
    services = [table.get(service_id) for service_id in theme.get("_PaymentServices", ())]
    return _enveloped(world, endpoint, [service for service in services if service is not None])


def budget(world: World, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """One budget with its lines: three months, or those between DateFrom and DateTo."""
    _, budget_found = owner(world, endpoint, ids)
    first, last = query_date(request, "DateFrom"), query_date(request, "DateTo")
    if first is None:
        first = months_back(last, BUDGET_MONTHS - 1) if last else world.organisation.today()
    first = first.replace(day=1)
    last = last or months_back(first, 1 - BUDGET_MONTHS)
    if last > months_back(first, -BUDGET_MOST):
        raise bad_request(
            10, "ValidationException", f"At most {BUDGET_MOST} months of a budget can be read."
        )
    lines = []
    for line in budget_found.get("BudgetLines", ()):
        balances = [
            balance
            for balance in line.get("BudgetBalances", ())
            if first <= balance["Period"] <= last
        ]
        lines.append({**line, "BudgetBalances": balances})
    return _enveloped(world, endpoint, [{**budget_found, "BudgetLines": lines}])


def journal_list(world: World, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """Journals: 100 with a JournalNumber greater than `offset`, oldest first."""
    since = modified_since(request, endpoint)
    created: Callable[[datetime], bool] | None = None
    if since is not None:
        test = since_test(since, "CreatedDateUTC", inclusive=world.switches.since_inclusive)
        created = lambda moment: test({"CreatedDateUTC": moment})  # noqa: E731
    found = journal_page(
        world.organisation,
        after=whole(request.param("offset")) or 0,
        created=created,
        payments_only=bool(request.flag("paymentsOnly")),
    )
    return _enveloped(world, endpoint, found)


def one_journal(world: World, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """One journal, by its id or its number."""
    found = journal(world.organisation, next(iter(ids.values())))
    if found is None:
        raise not_found()
    return _enveloped(world, endpoint, [found])
