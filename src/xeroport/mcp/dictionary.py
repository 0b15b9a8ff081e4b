"""Resources: the guide, and the data dictionary of the tables, one page a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError

from xeroport.catalogue import load
from xeroport.catalogue.columns import Table, tables
from xeroport.mcp import answers

GUIDE = Path(__file__).with_name("guide.md")


def all_tables() -> dict[str, Table]:
    """Table name → table, for all streams."""
    catalogue = load()
    records = dict.fromkeys(
        str(endpoint.stream_record or endpoint.record) for endpoint in catalogue.streams.values()
    )
    return {table.name: table for record in records for table in tables(record)}


def index() -> str:
    """All tables, a line each."""
    lines = ["# Tables", "", "`xeroport://dictionary/TABLE` has the columns of each.", ""]
    for name, table in all_tables().items():
        part = f", its {' → '.join(table.levels)}" if table.levels else ""
        lines.append(f"- `{name}`: {table.record}{part}, {len(table.columns)} columns")
    return "\n".join(lines) + "\n"


def page(name: str) -> str:
    """One table: key, columns, types, and the field of Xero that each comes from."""
    table = all_tables().get(name)
    if table is None:
        raise ResourceNotFoundError(
            f"there is no table `{answers.short(name)}`; see xeroport://dictionary"
        )
    lines = [f"# {name}", "", f"From Xero's `{table.record}`.", ""]
    for column in (*table.key, *table.columns):
        lines.append(f"- `{column.name}` {column.type}: {'.'.join((*table.levels, *column.path))}")
    if table.levels:
        lines.append(
            f"- {', '.join(f'`{position}`' for position in table.positions)} integer: from 1"
        )
    lines.append("- `_synced_at`, `_deleted_at` timestamps in UTC; `_extra` further fields as JSON")
    return "\n".join(lines) + "\n"


def add_to(server: MCPServer[Any]) -> None:
    """Register the resources."""

    @server.resource(
        "xeroport://guide", name="guide", title="How to ask these books", mime_type="text/markdown"
    )
    def guide() -> str:
        """How to ask these books."""
        return GUIDE.read_text(encoding="utf-8")

    @server.resource(
        "xeroport://dictionary", name="dictionary", title="Tables", mime_type="text/markdown"
    )
    def dictionary() -> str:
        """All tables of synced books."""
        return index()

    @server.resource(
        "xeroport://dictionary/{table}",
        name="table",
        title="One table",
        mime_type="text/markdown",
    )
    def one_table(table: str) -> str:
        """The columns of one table."""
        return page(table)
