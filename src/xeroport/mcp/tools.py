"""The tools: what an agent may ask, each answered as text from the synced books."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import anyio.to_thread
from pydantic import Field

from xeroport.catalogue import load
from xeroport.errors import InputError, UnknownName
from xeroport.mcp import answers
from xeroport.mcp.answers import ToolAnswer
from xeroport.mcp.synced_books import SyncedBooks
from xeroport.store import instances, runs
from xeroport.store.database import Store

InstanceName = Annotated[str, Field(description="The instance's name, as `instances` gives it.")]
Rows = Annotated[
    int,
    Field(
        ge=1, le=answers.MOST_ROWS, description="Rows at most. Default: 50; never more than 200."
    ),
]
RecordKind = Annotated[str, Field(description="The record's table, such as `invoice`.")]
RecordKey = Annotated[str, Field(description="Its id, number, code or name.")]
RUNS = 20


def book_tools(store: Store, books: SyncedBooks, *, live: bool = False) -> list[Callable[..., Any]]:
    """The tools that read what is synced and kept on this machine. None of them calls Xero, but
    `record`, which asks for the names of attachments where it may (`live`)."""

    def list_instances() -> ToolAnswer:
        """List the organisations that can be asked about: name, currency, last sync."""
        rows = [
            (one.name, one.organisation, one.base_currency, one.time_zone,
             books.source(one.name).as_of)
            for one in instances.all_instances(store)
        ]  # fmt: skip
        if not rows:
            return ToolAnswer("there is no instance yet: `xeroport instance add NAME` adds one")
        heads = ("instance", "organisation", "currency", "time zone", "as of")
        return answers.table({"instances": len(rows)}, heads, rows)

    def list_tables(instance: InstanceName) -> ToolAnswer:
        """List the tables of an instance's synced books with their numbers of rows.

        Tables with a leading `_` are about the sync: `_rejects` has values that did not fit.
        """
        source, tables = books.tables(instance)
        rows = [(table.name, table.rows) for table in tables]
        return answers.table(source.facts() | {"tables": len(rows)}, ("table", "rows"), rows)

    def list_columns(
        instance: InstanceName, table: Annotated[str, Field(description="Such as `invoice`.")]
    ) -> ToolAnswer:
        """List the columns of a table with their types. Amounts are exact decimals."""
        source, columns = books.columns(instance, table)
        return answers.table(source.facts() | {"table": table}, ("column", "type"), columns)

    def query(
        instance: InstanceName,
        sql: Annotated[
            str,
            Field(
                description="One SELECT over the instance's tables, table names "
                "without a schema, DuckDB's dialect "
                "(Postgres's where the books are in Postgres). Deleted records have `_deleted_at`."
            ),
        ],
        limit: Rows = 50,
        format: Literal["csv", "json"] = "csv",
    ) -> ToolAnswer:
        """Run one SELECT over an instance's synced books. It cannot change anything.

        `invoice` has sales (`type = 'ACCREC'`) and bills (`ACCPAY`); lists are tables of their own,
        such as `invoice_line_item`. Sum amounts of one currency only (`currency_code`), and leave
        out drafts, voided and deleted documents unless they are asked for. Write
        `where _deleted_at is null` to leave out records that are gone at Xero.
        """
        source, reply = books.query(instance, sql, limit)
        write = answers.as_json if format == "json" else answers.as_csv
        room = answers.MOST_BYTES - 1_500
        text, shown = write(reply.columns, reply.rows, most=room)
        is_cut = reply.is_cut or shown < len(reply.rows)
        facts = source.facts() | {"rows": f"the first {shown}, there are more" if is_cut else shown}
        if reply.types:
            facts["types"] = answers.types_of(reply.columns, reply.types)
        more = "For more: sum or filter in the SQL, or `limit` up to 200." if is_cut else ""
        if reply.rows and not shown:
            more = "One row is longer than an answer: name fewer columns, or `left(text, 100)`."
        return answers.answer(facts, text, more=more, rows=shown)

    def record(
        instance: InstanceName,
        kind: RecordKind,
        key: RecordKey,
    ) -> ToolAnswer:
        """Show one record with its lines, such as an invoice by number or a contact by name."""
        source, document = books.record(instance, kind, key)
        facts = source.facts() | {"record": kind}
        if document.get("has_attachments") and not document.get(f"{kind}_attachment"):
            facts["attachments"] = "yes; their names need `--live`, since a sync does not read them"
        return answers.answer(facts, _indented(answers.plain(document)), rows=1)

    async def record_live(instance: InstanceName, kind: RecordKind, key: RecordKey) -> ToolAnswer:
        """Show one record with its lines, such as an invoice by number or a contact by name.

        Where it has attachments, their names are asked of Xero with one call.
        """
        source, document = await anyio.to_thread.run_sync(books.record, instance, kind, key)
        facts = source.facts() | {"record": kind}
        if document.get("has_attachments") and not document.get(f"{kind}_attachment"):
            document["attachments"] = await _attachment_names(store, instance, kind, document)
        return answers.answer(facts, _indented(answers.plain(document)), rows=1)

    def list_runs(instance: InstanceName) -> ToolAnswer:
        """List the latest syncs, pushes and flows of an instance and how they went."""
        instances.get(store, instance)
        rows = [
            (run.id, run.job, run.status, f"{run.started_at:%Y-%m-%d %H:%M}",
             run.report.get("records"), run.report.get("error"))
            for run in runs.recent(store, RUNS, instance=instance)
        ]  # fmt: skip
        heads = ("run", "job", "status", "started (UTC)", "records", "error")
        return answers.table(books.source(instance).facts() | {"runs": len(rows)}, heads, rows)

    def list_endpoints(
        resource: Annotated[str, Field(description="Such as `invoices`; empty: resources.")] = "",
    ) -> ToolAnswer:
        """List Xero's operations of a resource, or the resources there are."""
        catalogue = load()
        resources = sorted({endpoint.name.partition(".")[0] for endpoint in catalogue.endpoints})
        if not resource:
            return answers.answer({"resources": ", ".join(resources)})
        if resource not in resources:
            raise UnknownName("resource", resource, resources)
        rows = [
            (endpoint.name, endpoint.method, " ".join(endpoint.by_name))
            for endpoint in catalogue.endpoints
            if endpoint.name.partition(".")[0] == resource
        ]
        return answers.table({"resource": resource}, ("endpoint", "method", "parameters"), rows)

    def plan(
        instance: InstanceName,
        every: Annotated[str, Field(description="Such as `15m`, `1h` or `1d`.")] = "1h",
    ) -> ToolAnswer:
        """Say how many of the calls that Xero allows a day a regular sync of an instance uses."""
        from xeroport.jobs.schedule.plan import plan_for
        from xeroport.jobs.schedule.words import about, interval

        made = plan_for(store, instance, interval(every))
        streams = sorted(made.plan.streams, key=lambda row: (-row.calls, row.stream))
        rows = [(row.stream, row.how, round(row.calls, 1), about(row.oldest)) for row in streams]
        heads = ("stream", "read by", "calls a day", "maximum age")
        text, shown = answers.as_csv(heads, rows, most=answers.MOST_BYTES - 1_500)
        facts = books.source(instance).facts() | {
            "calls a day": f"{made.plan.calls:,} of {made.day_limit:,}",
            "fits": "yes" if made.fits else "no",
        }
        return answers.answer(facts, text, rows=shown)

    named: dict[str, Callable[..., Any]] = {
        "instances": list_instances,
        "tables": list_tables,
        "columns": list_columns,
        "query": query,
        "record": record_live if live else record,
        "runs": list_runs,
        "plan": plan,
        "endpoints": list_endpoints,
    }
    for name, function in named.items():
        function.__name__ = name
    return list(named.values())


def live_tools(store: Store, books: SyncedBooks) -> list[Callable[..., Any]]:
    """The tools that call Xero, reading only; they count against the day's calls."""
    from xeroport.xero.client import open_client

    async def get(
        instance: InstanceName,
        endpoint: Annotated[str, Field(description="A GET endpoint, such as `invoices.get`.")],
        parameters: Annotated[
            dict[str, str | int | bool],
            Field(description="Xero's parameters by Xero's names, such as `InvoiceID`."),
        ] = {},  # noqa: B006  never changed
    ) -> ToolAnswer:
        """Read from Xero itself with one call. Use the synced books first: calls are few a day."""
        target = load().endpoint(endpoint)
        if target.is_write:
            raise InputError(f"`{endpoint}` writes; only GET is possible here")
        if target.reply != "json":
            raise InputError(f"`{endpoint}` gives a file", hint=f"`xeroport call {instance} …`")
        async with open_client(store, instance) as client:
            reply = await client.call(target, dict(parameters))
            left = client.usage.day_remaining
        records = reply.records
        text = _indented(answers.plain(records[: answers.MOST_ROWS]))
        source = books.source(instance)
        facts = source.facts() | {
            "as of": f"{reply.server_time:%Y-%m-%d %H:%M:%S} UTC, from Xero",
            "records": len(records),
            "calls left today": left,
        }
        return answers.answer(facts, text, rows=len(records))

    return [get]


async def _attachment_names(
    store: Store, instance: str, kind: str, document: dict[str, Any]
) -> list[str]:
    """The names of a record's attachments, by one call of Xero; empty where Xero lists none."""
    from xeroport.xero.client import open_client

    key = f"{kind}_id"
    for endpoint in load().endpoints:
        if not endpoint.name.endswith(".attachments.list"):
            continue
        owner = endpoint.parameters[0].name
        if owner.lower() == key.replace("_", ""):
            async with open_client(store, instance) as client:
                reply = await client.call(endpoint, {owner: str(document[key])})
            return [str(attachment.get("FileName", "")) for attachment in reply.records]
    return []


def _indented(value: Any) -> str:
    import msgspec

    return msgspec.json.format(msgspec.json.encode(value), indent=1).decode()
