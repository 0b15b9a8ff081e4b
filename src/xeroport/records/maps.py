"""Map files: TOML that says which SQL expression over a row fills which field of Xero's.

where = "state = 'paid'"

[fields]
InvoiceNumber = "'WEB-' || order_no"
"Contact.Name" = "customer"
"LineItems.UnitAmount" = "price::DECIMAL(18, 4) / 1.2"
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xeroport.destinations.typed import identifier
from xeroport.errors import InputError
from xeroport.rows.row import Row, Source, normalised, without_unfit
from xeroport.sql.expressions import Expressions


@dataclass(frozen=True, slots=True)
class Map:
    """Field → expression, and the condition that a row must meet."""

    fields: Mapping[str, str]
    where: str | None = None


def read(path: Path) -> Map:
    """The map in a TOML file; InputError where it is not one."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"there is no map file `{path}`") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"`{path.name}` is not TOML: {error}") from error
    return parse(document, path.name)


def as_map(layout: Map | Mapping[str, Any] | str | Path) -> Map:
    """A map from itself, its file, or the tables of one."""
    if isinstance(layout, Map):
        return layout
    return read(Path(layout)) if isinstance(layout, str | Path) else parse(layout)


def parse(document: Mapping[str, Any], name: str = "map") -> Map:
    """A map from a TOML document."""
    unknown = set(document) - {"fields", "where"}
    if unknown:
        raise InputError(
            f"`{name}` has `{sorted(unknown)[0]}`; a map has `where` and `[fields]`",
        )
    where = document.get("where")
    if where is not None and not isinstance(where, str):
        raise InputError(f"`where` in `{name}` must be text: an SQL expression")
    fields: dict[str, str] = {}
    for field, expression in flat(document.get("fields", {})):
        if not isinstance(expression, str) or not expression.strip():
            raise InputError(
                f"`{field}` in `{name}` must be text: an SQL expression",
                hint="a fixed text is `\"'ACCREC'\"`",
            )
        fields[field] = expression
    if not fields:
        raise InputError(f"`{name}` has no `[fields]`")
    return Map(fields, where)


def flat(table: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted names, whether they were quoted or nested tables."""
    if not isinstance(table, Mapping):
        raise InputError("`[fields]` must be a table")
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def apply(source: Source, layout: Map, key: tuple[str, ...]) -> Source:
    """The source seen through a map; columns of the key that the map does not make are kept."""
    columns = {name: identifier(name) for name in key if name not in layout.fields}
    expressions = {**layout.fields, **columns}
    engine = Expressions(source.columns, expressions, where=layout.where, texts=source.texts)

    def mapped() -> Iterator[Row]:
        yield from engine.rows(without_unfit(source.rows))
        engine.close()

    again = source.again
    made = source.with_rows(
        mapped(),
        columns=tuple(expressions),
        texts=False,
        unit="row" if source.unit == "cell" else source.unit,
        again=None if again is None else lambda: apply(again(), layout, key),
    )
    return normalised(made)
