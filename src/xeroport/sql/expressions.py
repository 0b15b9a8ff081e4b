"""The expressions of a push's map, evaluated over the rows of a file as they come.

A row whose expressions fail comes out broken, with the reasons; the others go on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import duckdb

from xeroport.errors import InputError
from xeroport.rows.source import Row
from xeroport.sql import layouts
from xeroport.sql.layouts import Layout
from xeroport.sql.sandbox import Complaint, Sandbox, first_line, rows_of

CHUNK = 2_000
EXPLAINED = 100
"""Broken rows that come with the database's own words; of the others one learns what fails."""


class Expressions:
    """Named expressions and a condition, evaluated for rows.

    `columns` is None where rows differ, as in JSON; what the first chunk has is known then.
    `texts` says that every column is text, so that mistakes show before the first row is read;
    otherwise the values say what their types are.
    """

    def __init__(
        self,
        columns: Sequence[str] | None,
        expressions: Mapping[str, str],
        *,
        where: str | None = None,
        texts: bool = True,
    ) -> None:
        self._is_text = texts
        self._columns = dict.fromkeys(columns or ())
        self._expressions = dict(expressions)
        self._where = where
        self._broken = 0
        self._sandbox = Sandbox()
        if texts:
            self._check([{}])

    def rows(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Each row that meets the condition, with the named values, or broken; in their order."""
        source = iter(rows)
        is_first = not self._is_text
        while chunk := list(islice(source, CHUNK)):
            good = {n: row for n, row in enumerate(chunk) if row.broken is None}
            if not self._is_text:
                self._columns |= dict.fromkeys(name for row in good.values() for name in row.values)
            handed = [
                {**{name: row.values.get(name) for name in self._columns}, "_n": n}
                for n, row in good.items()
            ]
            if is_first and handed:
                self._check(handed)
                is_first = False
            made = {row["_n"]: row for row in self._made(handed)}
            for n, row in enumerate(chunk):
                if row.broken is not None:
                    yield row
                elif n in made:
                    yield Row(row.line, made[n]["values"], made[n]["broken"])

    def close(self) -> None:
        """Let the database go."""
        self._sandbox.close()

    def _base(self, rows: Iterable[Mapping[str, Any]]) -> str:
        return rows_of({**self._layout(rows), "_n": "BIGINT"})

    def _layout(self, rows: Iterable[Mapping[str, Any]]) -> dict[str, Layout]:
        if self._is_text:
            return layouts.of_texts(self._columns)
        values = ({name: row.get(name) for name in self._columns} for row in rows)
        return layouts.of_values(values, self._columns)

    def _check(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """InputError for an expression that is wrong for the first, a middle and the last row, so
        that no single row is at fault."""
        samples = {0, len(rows) // 2, len(rows) - 1}
        named = {**self._expressions, **({"where": self._where} if self._where else {})}
        for name, text in named.items():
            found = [self._wrong(text, rows[at]) for at in samples]
            if first := all(found) and found[0]:
                columns = ", ".join(f"`{each}`" for each in list(self._columns)[:20])
                raise InputError(
                    f"`{name}`: {first.message}", hint=first.hint or f"the columns are {columns}"
                )

    def _wrong(self, text: str, row: Mapping[str, Any]) -> Complaint | None:
        return self._sandbox.wrong(
            text,
            self._base([row]),
            names=layouts.names(self._layout([row])),
            condition=text is self._where,
        )

    def _made(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        """What becomes of some rows: all at once, or where that fails, without those that fail."""
        if not rows:
            return
        base = self._base(rows)
        shown = ", ".join(f"({text}\n)" for text in self._expressions.values())
        condition = f"WHERE ({self._where}\n)" if self._where else ""
        sql = f'SELECT "_n", {shown} FROM ({base}) AS record {condition}'  # noqa: S608
        try:
            found = self._sandbox.run(sql, rows).rows
        except duckdb.Error as error:
            yield from self._apart(rows, base, error)
            return
        for n, *values in found:
            named = dict(zip(self._expressions, values, strict=True))
            yield {"_n": n, "values": named, "broken": None}

    def _apart(
        self, rows: Sequence[Mapping[str, Any]], base: str, error: duckdb.Error
    ) -> Iterator[dict[str, Any]]:
        """The rows that fail, and what becomes of the others; by halves where `TRY` cannot say."""
        texts = [*self._expressions.values(), self._where or "true"]
        tried = ", ".join(f"TRY(({text}\n)), TRY(({text}\n) IS NULL) IS NULL" for text in texts)
        sql = f'SELECT "_n", {tried} FROM ({base}) AS record'  # noqa: S608
        try:
            found = self._sandbox.run(sql, rows).rows
        except duckdb.Error:
            found = []
        good = []
        for row, (_, *told) in zip(rows, found, strict=False):
            *values, is_wanted = told[::2]
            *fails, is_unclear = told[1::2]
            if is_unclear:
                yield self._broken_row(row, base, {"where": self._where or ""}, {})
            elif is_wanted and any(fails):
                named = dict(zip(self._expressions, values, strict=True))
                bad = [name for name, fail in zip(self._expressions, fails, strict=True) if fail]
                texts_of = {name: self._expressions[name] for name in bad}
                rest = {name: value for name, value in named.items() if name not in bad}
                yield self._broken_row(row, base, texts_of, rest)
            elif is_wanted:
                good.append(row)
        if found and len(good) < len(rows):
            yield from self._made(good)
        elif len(rows) > 1:
            yield from self._made(rows[: len(rows) // 2])
            yield from self._made(rows[len(rows) // 2 :])
        else:
            words = self._sandbox.failing({**self._expressions, "where": texts[-1]}, base, rows[0])
            why = words or f"an expression fails: {first_line(error)}"
            yield {"_n": rows[0]["_n"], "values": {}, "broken": why}

    def _broken_row(
        self,
        row: Mapping[str, Any],
        base: str,
        failing: Mapping[str, str],
        values: Mapping[str, Any],
    ) -> dict[str, Any]:
        """A row for which some expressions fail, and what the others make of it."""
        self._broken += 1
        is_explained = self._broken <= EXPLAINED
        why = [
            (self._sandbox.failing({name: text}, base, row) if is_explained else None)
            or f"the expression of `{name}` fails"
            for name, text in failing.items()
        ]
        return {"_n": row["_n"], "values": values, "broken": "; ".join(why)}
