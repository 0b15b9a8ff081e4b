"""Ledger: the journals of an instance's documents, derived in its destination and tied to Xero."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import nullcontext
from datetime import date, datetime, timedelta
from decimal import Decimal
from time import monotonic
from typing import Any, ParamSpec, TypeVar

from msgspec import Struct, structs

from xeroport.books import ledger as steps
from xeroport.books.fivetran import add_fivetran, has_journals
from xeroport.books.missing_streams import from_text, in_words
from xeroport.books.places import Workspace, open_workspace, schemas
from xeroport.books.tie import Cell
from xeroport.books.trial_balance import balances, stranger
from xeroport.books.views import add_reporting
from xeroport.destinations import default_url, settled, shown
from xeroport.destinations.interruptible import in_thread, stopped_by
from xeroport.errors import InputError, XeroportError
from xeroport.jobs import run_log
from xeroport.plurals import counted
from xeroport.store import leases
from xeroport.store.database import Store
from xeroport.store.instances import get, schema_name
from xeroport.xero.client import XeroClient, open_client

T = TypeVar("T")
P = ParamSpec("P")
Tell = Callable[[str], None]


class LedgerReport(Struct):
    """What a derivation did, as `xeroport ledger --json` prints it."""

    instance: str
    destination: str
    schema: str
    status: str = "running"
    mode: str = "full"
    basis: str = "accrual"
    base_currency: str = ""
    records: int = 0
    journals: int = 0
    lines: int = 0
    tied: bool = False
    months: int = 0
    tied_from: date | None = None
    tied_until: date | None = None
    as_of: datetime | None = None
    residual_total: Decimal = Decimal(0)
    residual: list[steps.Residual] = []
    missing_streams: list[str] = []
    left_out: list[str] = []
    dbt_from: str = steps.DOCUMENTS
    calls: int = 0
    seconds: float = 0.0
    error: str | None = None
    hint: str | None = None
    exit_status: int = 0

    def __repr__(self) -> str:
        journals = counted(self.journals, "journal")
        return f"<LedgerReport of `{self.instance}`: {self.status}, {journals}>"

    @property
    def ok(self) -> bool:
        """Whether the ledger was derived; a residual is not a failure."""
        return self.status == "done"

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {name: _plain(value) for name, value in structs.asdict(self).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Struct):
        return {name: _plain(item) for name, item in structs.asdict(value).items()}
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


class _Wish(Struct, frozen=True):
    """What a derivation is asked for: see `ledger_instance`."""

    since: date | None
    cash: bool
    all_again: bool
    from_journals: bool


async def ledger_instance(
    store: Store,
    name: str,
    *,
    to: str | None = None,
    since: date | None = None,
    tied: bool = True,
    cash: bool = False,
    all_again: bool = False,
    from_journals: bool = False,
    tell: Tell = lambda _: None,
) -> LedgerReport:
    """Derive the ledger of an instance of the store and keep the run. `since` is the first month
    to tie, `tied=False` asks Xero nothing, `from_journals` gives dbt_xero Xero's own journals
    where they were synced. Raises what stops it; the old ledger then stays."""
    url = settled(to or default_url(store.home))
    wish = _Wish(since=since, cash=cash, all_again=all_again, from_journals=from_journals)
    get(store, name)
    _check_is_over(since, store.clock.now().date())
    report = LedgerReport(
        instance=name, destination=shown(url), schema=schemas(schema_name(name))["ledger"]
    )
    began = monotonic()
    client = open_client(store, name) if tied else None
    arguments = {"to": report.destination, "tie": tied, "cash": cash}
    with (
        leases.holding(store, leases.way_into(name, url), what=f"`{name}` into `{shown(url)}`"),
        run_log.opened(store, name, "ledger", arguments) as run,
    ):
        run.report = report.as_dict
        try:
            async with client or nullcontext():
                with open_workspace(url, instance=name, journals=from_journals) as workspace:
                    now = store.clock.now()
                    await _derive(workspace, client, report, wish, now=now, tell=tell)
            report.status = "done"
        except XeroportError as error:
            report.status, report.exit_status = "failed", error.exit_status
            report.error, report.hint = error.message, error.hint
            raise
        finally:
            report.seconds = round(monotonic() - began, 3)
            report.calls = client.usage.calls if client else 0
        run_log.say(f"{counted(report.lines, 'line')}, {counted(report.months, 'month end')} tied")
        run.end("done", report.as_dict())
    return report


def _check_is_over(since: date | None, today: date) -> None:
    """InputError where the first month to tie has not ended: Xero is asked about ended ones."""
    last = today.replace(day=1) - timedelta(days=1)
    if since is not None and since > last:
        raise InputError(
            f"`{since:%Y-%m}` is not over yet, and only months that are over are tied",
            hint=f"the newest is `{last:%Y-%m}`; without `--from` all are tied",
        )


async def _derive(
    workspace: Workspace,
    client: XeroClient | None,
    report: LedgerReport,
    wish: _Wish,
    *,
    now: datetime,
    tell: Tell,
) -> None:
    last = steps.last_run(workspace)
    cash, all_again = wish.cash, wish.all_again
    from_journals = wish.from_journals and has_journals(workspace)
    dbt_from = steps.XERO if from_journals else steps.DOCUMENTS
    derived = await _worked(
        workspace, steps.derive_lines, workspace, cash=cash, all_again=all_again
    )
    cells: list[Cell] = []
    if client is None:
        steps.clear_tie(workspace)
    else:
        plan = steps.plan_tie(
            workspace, derived, today=now.date(), since=wish.since, all_again=all_again
        )
        chart = steps.accounts(workspace).keys()
        answers = await _ask(client, plan.to_ask, chart, tell)
        while month := steps.month_before(plan, answers):
            answers |= await _ask(client, (month,), chart, tell)
        cells = await _worked(workspace, steps.write_tie, workspace, plan, answers, now=now)
        report.tied, report.months = bool(plan.months), len(plan.months)
        report.residual = steps.residual_of(workspace)
    row = steps.write_run(workspace, derived, cells, cash=cash, now=now, dbt_from=dbt_from)
    due_in = set() if derived.is_full else {"ledger", "fivetran"}
    if last is None or (last.dbt_from or steps.DOCUMENTS) != dbt_from or from_journals:
        due_in.discard("fivetran")
    await _worked(
        workspace, add_fivetran, workspace, cash=cash, only_due="fivetran" in due_in,
        from_journals=from_journals,
    )  # fmt: skip
    add_reporting(workspace)
    await _worked(workspace, workspace.publish, due_in)
    _fill(report, row, derived.left_out)


async def _worked(
    workspace: Workspace, work: Callable[P, T], *args: P.args, **named: P.kwargs
) -> T:
    """Work on the workspace in a thread, which an interrupt ends."""

    def stoppable() -> T:
        with stopped_by(workspace.connection.interrupt):
            return work(*args, **named)

    return await in_thread(stoppable)


async def _ask(
    client: XeroClient, months: tuple[date, ...], chart: Collection[str], tell: Tell
) -> dict[date, dict[str, int]]:
    """Xero's trial balance at each of these month ends, one call a month; InputError where it has
    an account that the copy has not."""
    answers: dict[date, dict[str, int]] = {}

    async def ask(month: date) -> None:
        reply = await client.call("reports.trial_balance", {"date": month.isoformat()})
        report = reply.first
        answers[month] = balances(report, at=month)
        if name := stranger(report, chart):
            raise InputError(
                f"Xero's trial balance of {month} has `{name}`, an account that is not in the copy",
                hint="read the chart again: `xeroport sync NAME accounts`; `--no-tie` derives the "
                "ledger without Xero's balances",
            )
        tell(f"trial balance {len(answers)} of {len(months)}")

    tasks = [asyncio.create_task(ask(month)) for month in months]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return answers


def _fill(report: LedgerReport, row: Mapping[str, Any], left_out: tuple[str, ...]) -> None:
    report.mode, report.basis = row["mode"], row["basis"]
    report.base_currency = row["base_currency"]
    report.records, report.lines, report.journals = row["records"], row["lines"], row["journals"]
    report.tied_from, report.tied_until = row["tied_from"], row["tied_until"]
    report.as_of, report.dbt_from = row["synced_until"], row["dbt_from"]
    report.residual_total = row["residual"]
    report.missing_streams = in_words(from_text(row["missing"]))
    report.left_out = list(left_out)


def first_of_month(month: str) -> date:
    """The first day of a month written `YYYY-MM`; InputError otherwise."""
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise InputError(
            f"`{month}` is not a month", hint="write it as `YYYY-MM`, such as `2026-01`"
        ) from error
