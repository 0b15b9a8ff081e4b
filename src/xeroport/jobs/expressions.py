"""The expressions of a push's map, evaluated over the rows of a file as they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import duckdb

from xeroport.errors import InputError
from xeroport.jobs import layouts
from xeroport.jobs.layouts import Layout
from xeroport.jobs.sandbox import Sandbox, first_line, rows_of

CHUNK = 2_000
Numbered = tuple[int, Mapping[str, Any]]


class Expressions:
    """Named expressions and a condition, evaluated for rows whose columns are known.

    `texts` says that every column is text, so that mistakes show before the first row is read;
    otherwise the values say what their types are.
    """

    def __init__(
        self,
        columns: Sequence[str],
        expressions: Mapping[str, str],
        *,
        where: str | None = None,
        texts: bool = True,
    ) -> None:
        self._is_text = texts
        self._layout: dict[str, Layout] = (
            layouts.of_texts(columns) if texts else dict.fromkeys(columns)
        )
        self._names = tuple(expressions)
        self._texts = {**expressions, **({"where": where} if where else {})}
        self._where = where
        self._sandbox = Sandbox()
        if texts:
            self._check()

    def rows(self, rows: Iterable[Numbered]) -> Iterator[tuple[int, dict[str, Any]]]:
        """For each numbered row that meets the condition, its number and the named values."""
        source = iter(rows)
        while chunk := list(islice(source, CHUNK)):
            yield from self._chunk(chunk)

    def close(self) -> None:
        """Let the database go."""
        self._sandbox.close()

    def _base(self) -> str:
        return rows_of({"_line": "BIGINT", **self._layout})

    def _check(self) -> None:
        for name, text in self._texts.items():
            found = self._sandbox.wrong(
                text,
                self._base(),
                names=layouts.names(self._layout),
                condition=text is self._where,
            )
            if found is not None:
                columns = ", ".join(f"`{each}`" for each in list(self._layout)[:20])
                raise InputError(
                    f"`{name}`: {found.message}", hint=found.hint or f"the columns are {columns}"
                )

    def _chunk(self, chunk: Sequence[Numbered]) -> list[tuple[int, dict[str, Any]]]:
        known = [{name: row.get(name) for name in self._layout} for _, row in chunk]
        if not self._is_text:
            self._layout = layouts.of_values(known, self._layout)
            self._check()
        rows = [{**row, "_line": n} for row, (n, _) in zip(known, chunk, strict=True)]
        shown = ", ".join(f"({self._texts[name]}\n)" for name in self._names)
        condition = f"WHERE ({self._where}\n)" if self._where else ""
        sql = f'SELECT "_line", {shown} FROM ({self._base()}) AS record {condition}'  # noqa: S608
        try:
            found = self._sandbox.run(sql, rows).rows
        except duckdb.Error as error:
            raise InputError(self._explain(rows, error)) from error
        return [(row[0], dict(zip(self._names, row[1:], strict=True))) for row in found]

    def _explain(self, rows: Sequence[Mapping[str, Any]], error: duckdb.Error) -> str:
        """Which row and which expression failed."""
        for row in rows:
            if precise := self._sandbox.failing(self._texts, self._base(), row):
                return f"line {row['_line']}: {precise}"
        return f"an expression fails: {first_line(error)}"
