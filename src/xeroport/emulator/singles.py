"""Reads that are no list and no record: reports, what the organisation may do, its settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from xeroport.catalogue.model import Endpoint
from xeroport.emulator.journals import journal, journal_page
from xeroport.emulator.lists import whole
from xeroport.emulator.message import Reply, Request
from xeroport.emulator.owners import owner
from xeroport.emulator.problems import bad_request, invalid, not_found
from xeroport.emulator.render import compact, head
from xeroport.emulator.reports import REPORTS, ReportRefused, published, report
from xeroport.emulator.select import Test, modified_since, query_date, since_test
from xeroport.emulator.shape import shape

if TYPE_CHECKING:
    from xeroport.emulator.app import Application

Record = dict[str, Any]

BUDGET_MONTHS = 3
BUDGET_MOST = 24
_ACTIONS = (
    "CreateApprovedInvoice",
    "CreateDraftInvoice",
    "CreateApprovedBill",
    "CreateDraftBill",
    "CreateApprovedPurchaseOrder",
    "CreateDraftPurchaseOrder",
    "CreateSentQuote",
    "CreateDraftQuote",
    "CreateInvoicePayment",
    "CreateRepeatingInvoice",
    "CreateRepeatingBill",
    "AttachFilesIntoInvoice",
    "UseMulticurrency",
)


def _enveloped(app: Application, endpoint: Endpoint, records: list[Record]) -> Reply:
    kind, key = endpoint.record or "", endpoint.envelope or ""
    shown = [shape(kind, each) for each in records]
    return Reply(200, compact({**head(app.now()), key: shown}))


def drawn(app: Application, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """A report, drawn from the ledger."""
    name = endpoint.path.rsplit("/", 1)[-1]
    params = {each: request.param(each) for each in endpoint.by_name}
    if endpoint.name == "reports.list":
        found = published(app.organisation)["Reports"]
    elif name not in REPORTS:
        raise not_found()
    else:
        try:
            given = {key: value for key, value in params.items() if value is not None}
            found = report(name, app.organisation, given)["Reports"]
        except ReportRefused as refusal:
            raise invalid({}, refusal.message) from refusal
    return _enveloped(app, endpoint, found)


def actions(app: Application, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """What the connection may do: everything."""
    return _enveloped(app, endpoint, [{"Name": each, "Status": "ALLOWED"} for each in _ACTIONS])


def organisation_cis(
    app: Application, endpoint: Endpoint, ids: dict[str, str], request: Request
) -> Reply:
    """The construction scheme of the United Kingdom: this organisation is not in it."""
    owner(app, endpoint, ids)
    settings = {"CISContractorEnabled": False, "CISSubContractorEnabled": False}
    return _enveloped(app, endpoint, [settings])


def contact_cis(
    app: Application, endpoint: Endpoint, ids: dict[str, str], request: Request
) -> Reply:
    """Whether a contact is in the construction scheme: none is."""
    owner(app, endpoint, ids)
    return _enveloped(app, endpoint, [{"CISEnabled": False}])


def reminders(app: Application, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """Whether overdue invoices are chased by e-mail: they are not."""
    return _enveloped(app, endpoint, [{"Enabled": False}])


def theme_services(
    app: Application, endpoint: Endpoint, ids: dict[str, str], request: Request
) -> Reply:
    """The payment services of a branding theme."""
    _, theme = owner(app, endpoint, ids)
    table = app.organisation.tables["PaymentService"]
    found = [table.get(each) for each in theme.get("_PaymentServices", ())]
    return _enveloped(app, endpoint, [each for each in found if each is not None])


def _months(day: date, count: int) -> date:
    index = day.year * 12 + day.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


def budget(app: Application, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """One budget with its lines: three months, or those between DateFrom and DateTo."""
    _, found = owner(app, endpoint, ids)
    first, last = query_date(request, "DateFrom"), query_date(request, "DateTo")
    if first is None:
        first = _months(last, 1 - BUDGET_MONTHS) if last else app.organisation.today()
    first = first.replace(day=1)
    last = last or _months(first, BUDGET_MONTHS - 1)
    if last > _months(first, BUDGET_MOST):
        raise bad_request(
            10, "ValidationException", f"At most {BUDGET_MOST} months of a budget can be read."
        )
    lines = []
    for line in found.get("BudgetLines", ()):
        kept = [each for each in line.get("BudgetBalances", ()) if first <= each["Period"] <= last]
        lines.append({**line, "BudgetBalances": kept})
    return _enveloped(app, endpoint, [{**found, "BudgetLines": lines}])


def _created(test: Test, moment: datetime) -> bool:
    return test({"CreatedDateUTC": moment})


def journal_list(
    app: Application, endpoint: Endpoint, ids: dict[str, str], request: Request
) -> Reply:
    """Journals: 100 with a JournalNumber greater than `offset`, oldest first."""
    since = modified_since(request, endpoint)
    created: Callable[[datetime], bool] | None = None
    if since is not None:
        test = since_test(since, "CreatedDateUTC", inclusive=app.switches.since_inclusive)
        created = partial(_created, test)
    found = journal_page(
        app.organisation,
        after=whole(request.param("offset")) or 0,
        created=created,
        payments_only=bool(request.flag("paymentsOnly")),
    )
    return _enveloped(app, endpoint, found)


def one_journal(
    app: Application, endpoint: Endpoint, ids: dict[str, str], request: Request
) -> Reply:
    """One journal, by its id or its number."""
    found = journal(app.organisation, next(iter(ids.values())))
    if found is None:
        raise not_found()
    return _enveloped(app, endpoint, [found])
