"""One derivation of a ledger, step by step: lines, what ties them to Xero, the run's own row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise

from msgspec import Struct

from xeroport.books import causes, derive
from xeroport.books.missing_streams import in_words, missing, to_text
from xeroport.books.places.workspace import Workspace
from xeroport.books.schema import LEDGER_LINE, RESIDUAL, RUN, TIE_OUT, BookTable
from xeroport.books.tie import PROFIT, Account, Balances, Cell, YearEnd, tie, wanted_months

DOCUMENTS, XERO = "documents", "Xero"
"""What journals for dbt_xero are from."""

RECHECKED = 2
"""Month ends that Xero is asked about each time, whatever changed."""


class LastRun(Struct, frozen=True):
    """What the newest row of `ledger_run` says."""

    number: int
    synced_until: datetime | None
    chart: str
    tied_from: date | None
    lines: int
    dbt_from: str | None


class Organisation(Struct, frozen=True):
    """What the ledger needs of the organisation."""

    name: str
    base_currency: str
    year_end: YearEnd
    country: str = ""
    version: str = ""


class Residual(Struct, frozen=True):
    """What Xero has on an account and no document explains, by its most likely cause: the sum over
    all months, and how much that is without regard to signs."""

    account: str
    amount: Decimal
    moved: Decimal
    months: int
    cause: str


def organisation(workspace: Workspace) -> Organisation:
    """The organisation of a copy."""
    row = workspace.connection.execute(
        "SELECT name, base_currency, financial_year_end_month, financial_year_end_day, "
        f"country_code, version FROM {workspace.synced['organisation']} LIMIT 1"
    ).fetchone()
    name, currency, month, day, country, version = row or (None,) * 6
    return Organisation(
        name or "", currency or "", YearEnd(month or 12, day or 31), country or "", version or ""
    )


def last_run(workspace: Workspace) -> LastRun | None:
    """The last derivation, if there was one."""
    row = workspace.connection.execute(
        "SELECT number, synced_until, chart, tied_from, lines, dbt_from "
        f"FROM {workspace.ledger}.{RUN.name} ORDER BY number DESC LIMIT 1"
    ).fetchone()
    return LastRun(*row) if row else None


def derive_lines(workspace: Workspace, *, cash: bool, all_again: bool) -> derive.Derivation:
    """Bring the lines of a workspace up to date with its copy; checked, not yet published."""
    connection, ledger = workspace.connection, workspace.ledger
    derive.prepare(connection, workspace.synced)
    chart, last = derive.fingerprint(connection), last_run(workspace)
    until = derive.synced_until(connection, workspace.synced)
    since = last.synced_until if last is not None and last.chart == chart else None
    lines = f"{ledger}.{LEDGER_LINE.name}"
    is_full = (
        all_again
        or cash
        or since is None
        or last is None
        or derive.count(connection, lines) != last.lines
        or not derive.is_typed(connection, ledger)
    )
    derive.touch(connection, workspace.synced, since=since)
    before = derive.first_day(connection, lines) if since else None
    records = derive.choose_due(connection, is_full=is_full)
    if is_full or records:
        derive.work_out(connection)
        derive.write_lines(connection, ledger, is_full=is_full)
    derive.write_cash(connection, ledger, wanted=cash)
    if is_full or records:
        derive.check_lines(connection, ledger, only_due=not is_full)
    after = derive.first_day(connection, lines) if since else None
    days = [day for day in (before, after) if day is not None]
    return derive.Derivation(
        records=records,
        is_full=is_full,
        changed_from=min(days, default=None),
        synced_until=until,
        chart=chart,
        left_out=derive.unposted(connection, ledger),
    )


class TiePlan(Struct, frozen=True):
    """The month ends to tie, what Xero said of some of them before, and those to ask about."""

    months: tuple[date, ...]
    known: Mapping[date, Balances]
    to_ask: tuple[date, ...]


def plan_tie(
    workspace: Workspace,
    derived: derive.Derivation,
    *,
    today: date,
    since: date | None,
    all_again: bool = False,
) -> TiePlan:
    """Which month ends Xero must be asked about: those the ledger may have changed in, the newest,
    and those it was never asked about; with `all_again` all."""
    connection, ledger = workspace.connection, workspace.ledger
    ((first,),) = connection.execute(
        f"SELECT min(journal_date) FROM {ledger}.{LEDGER_LINE.name}"
    ).fetchall()
    last = last_run(workspace)
    if since is None and last is not None and last.tied_from is not None:
        since = last.tied_from if first is not None and first > last.tied_from else None
    months = wanted_months(first, today, since=since)
    known: dict[date, dict[str, int]] = {}
    for month, account, cents in connection.execute(
        f"SELECT month_end, CAST(account_id AS VARCHAR), CAST(xero * 100 AS BIGINT) "
        f"FROM {ledger}.{TIE_OUT.name}"
    ).fetchall():
        known.setdefault(month, {})[account] = cents
    moved = derived.changed_from
    is_first_time = all_again or last is None or last.chart != derived.chart
    to_ask = [
        month
        for at, month in enumerate(months)
        if month not in known
        or is_first_time
        or (moved is not None and month >= moved)
        or at >= len(months) - RECHECKED
    ]
    return TiePlan(tuple(months), known, tuple(to_ask))


def month_before(plan: TiePlan, answers: Mapping[date, Balances]) -> date | None:
    """The month end to ask about next: one before an answer that is not what Xero said of that
    month before, so that something older may have moved; None where there is none."""
    for before, month in pairwise(plan.months):
        if before in answers or month not in answers or month not in plan.known:
            continue
        if _without_zeros(answers[month]) != _without_zeros(plan.known[month]):
            return before
    return None


def _without_zeros(balances: Balances) -> dict[str, int]:
    return {account: cents for account, cents in balances.items() if cents}


def accounts(workspace: Workspace) -> dict[str, Account]:
    """The chart by id."""
    connection = workspace.connection
    currency = organisation(workspace).base_currency
    stock = _stock_codes(workspace)
    rows = connection.execute(
        "SELECT CAST(account_id AS VARCHAR), code, name, type, class, system_account, "
        f"currency_code FROM {workspace.synced['account']}"
    ).fetchall()
    return {
        key: Account(
            account_id=key,
            code=code or None,
            name=name or "",
            type=kind or "",
            class_=class_ or "",
            system=system or "",
            is_foreign=bool(currency_code) and currency_code != currency,
            is_stock=code in stock,
        )
        for key, code, name, kind, class_, system, currency_code in rows
    }


def _stock_codes(workspace: Workspace) -> set[str]:
    """Codes of the accounts that the cost of tracked items moves."""
    if "item" not in workspace.synced:
        return set()
    rows = workspace.connection.execute(
        "SELECT inventory_asset_account_code, purchase_details_cogs_account_code "
        f"FROM {workspace.synced['item']} WHERE is_tracked_as_inventory"
    ).fetchall()
    return {code for row in rows for code in row if code}


def write_tie(
    workspace: Workspace, plan: TiePlan, answers: Mapping[date, Balances], *, now: datetime
) -> list[Cell]:
    """Tie the ledger to Xero's balances and write what remains; the cells."""
    connection, ledger = workspace.connection, workspace.ledger
    chart, books = accounts(workspace), organisation(workspace)
    movements = connection.execute(
        "SELECT CAST(account_id AS VARCHAR), journal_date, CAST(sum(amount) * 100 AS BIGINT) "
        f"FROM {ledger}.{LEDGER_LINE.name} GROUP BY account_id, journal_date"
    ).fetchall()
    retained = next(
        (key for key, account in chart.items() if account.system == "RETAINEDEARNINGS"), ""
    )
    cells = tie(
        plan.months,
        {**plan.known, **answers},
        movements,
        profit_accounts=frozenset(key for key, each in chart.items() if each.class_ in PROFIT),
        retained=retained,
        year_end=books.year_end,
    )
    _write_cells(workspace, cells, chart, books, plan, answers, now)
    return cells


def _write_cells(
    workspace: Workspace,
    cells: Sequence[Cell],
    chart: Mapping[str, Account],
    books: Organisation,
    plan: TiePlan,
    answers: Mapping[date, Balances],
    now: datetime,
) -> None:
    connection, ledger = workspace.connection, workspace.ledger
    read_before = dict(
        connection.execute(
            f"SELECT month_end, any_value(read_at) FROM {ledger}.{TIE_OUT.name} GROUP BY 1"
        ).fetchall()
    )
    naive = now.astimezone(UTC).replace(tzinfo=None)
    clear_tie(workspace)
    gaps = in_words(missing(workspace.synced, workspace.states))
    foreign = bool(
        connection.execute(
            f"SELECT 1 FROM {ledger}.{LEDGER_LINE.name} WHERE currency_code <> $1 LIMIT 1",
            [books.base_currency],
        ).fetchone()
    )
    _insert(
        workspace,
        TIE_OUT,
        [
            (
                cell.month_end,
                cell.account_id,
                _money(cell.xero),
                _money(cell.derived),
                _money(cell.residual),
                naive if cell.month_end in answers else read_before.get(cell.month_end, naive),
            )
            for cell in cells
        ],
    )
    unknown = Account("", None, "", "", "")
    of_cis = {
        cell.month_end
        for cell in cells
        if cell.residual and chart.get(cell.account_id, unknown).system.startswith("CIS")
    }
    opened = max((causes.opened_at(cells) or date.min, *plan.months[:1]))
    _insert(
        workspace,
        RESIDUAL,
        [
            (
                cell.month_end,
                cell.account_id,
                _money(cell.residual),
                causes.cause(
                    chart.get(cell.account_id, unknown),
                    is_first=cell.month_end <= opened,
                    missing=gaps,
                    has_foreign=foreign,
                    has_cis=cell.month_end in of_cis,
                    cents=cell.residual,
                ),
            )
            for cell in cells
            if cell.residual
        ],
    )


def residual_of(workspace: Workspace) -> list[Residual]:
    """The residual by account and cause, the largest first."""
    rows = workspace.connection.execute(
        "SELECT coalesce(nullif(code, '') || ' ', '') || name, sum(amount), sum(abs(amount)), "
        "count(DISTINCT month_end), cause "
        f"FROM {workspace.ledger}.{RESIDUAL.name} AS line "
        f"JOIN {workspace.synced['account']} AS account "
        "ON CAST(account.account_id AS UUID) = line.account_id "
        "GROUP BY ALL ORDER BY sum(abs(amount)) DESC, 1, cause"
    ).fetchall()
    return [Residual(*row) for row in rows]


def _insert(workspace: Workspace, into: BookTable, rows: Sequence[tuple[object, ...]]) -> None:
    """Add rows to a table of the ledger, a list for each column: DuckDB reads a statement with a
    mark for each value six times as slowly."""
    if not rows:
        return
    lists = ", ".join(f"unnest(CAST(? AS {column.type}[]))" for column in into.columns)
    workspace.connection.execute(
        f"INSERT INTO {workspace.ledger}.{into.name} ({', '.join(into.names)}) SELECT {lists}",
        [list(values) for values in zip(*rows, strict=True)],
    )


def clear_tie(workspace: Workspace) -> None:
    """Take out ties and residual: the ledger then says nothing of Xero's balances."""
    for table in (TIE_OUT.name, RESIDUAL.name):
        workspace.connection.execute(f"DELETE FROM {workspace.ledger}.{table}")


def write_run(
    workspace: Workspace,
    derived: derive.Derivation,
    cells: Sequence[Cell],
    *,
    cash: bool,
    now: datetime,
    dbt_from: str = DOCUMENTS,
) -> dict[str, object]:
    """Add the run's row to `ledger_run`; the row."""
    connection, ledger = workspace.connection, workspace.ledger
    last = last_run(workspace)
    ((lines, journals),) = connection.execute(
        f"SELECT count(*), count(DISTINCT (source_id, journal_date)) "
        f"FROM {ledger}.{LEDGER_LINE.name}"
    ).fetchall()
    row: dict[str, object] = {
        "number": 1 if last is None else last.number + 1,
        "derived_at": now.astimezone(UTC).replace(tzinfo=None),
        "synced_until": derived.synced_until,
        "chart": derived.chart,
        "mode": "full" if derived.is_full else "changes",
        "basis": "accrual and cash" if cash else "accrual",
        "base_currency": organisation(workspace).base_currency,
        "records": derived.records,
        "lines": lines,
        "journals": journals,
        "tied_from": min((cell.month_end for cell in cells), default=None),
        "tied_until": max((cell.month_end for cell in cells), default=None),
        "residual": _money(sum(max(cell.residual, 0) for cell in cells)),
        "missing": to_text(missing(workspace.synced, workspace.states)),
        "left_out": ", ".join(derived.left_out) or None,
        "dbt_from": dbt_from,
    }
    _insert(workspace, RUN, [tuple(row[name] for name in RUN.names)])
    return row


def _money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
