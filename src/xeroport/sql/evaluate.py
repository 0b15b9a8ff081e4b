"""Named expressions over rows, all at once; where that fails, without the rows that fail.

The one evaluator of maps and flows. A row is a mapping with its number in `_n`; a query `base`
gives the rows back with SQL types, and may make several of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from xeroport.sql.sandbox import Sandbox, plain_words

EXPLAINED = 100
"""Broken rows that come with the database's own words; of the others one learns what fails."""

InputRow = Mapping[str, Any]
NUMBER = "_n"


@dataclass(frozen=True, slots=True)
class Selection:
    """What to evaluate: (name, expression) pairs and the conditions that a row must meet. `base`
    gives the query for some rows, `order` is how the results of one row are ordered."""

    base: Callable[[Sequence[InputRow]], str]
    expressions: Sequence[tuple[str, str]]
    conditions: Sequence[str] = ()
    order: str = NUMBER

    @property
    def condition(self) -> str:
        """The conditions as one expression."""
        return " AND ".join(f"({text}\n)" for text in self.conditions) or "true"


@dataclass(frozen=True, slots=True)
class EvaluatedRow:
    """The result for row number `number`: values in the order of the expressions, those that fail
    left out as None; `broken` says why it cannot be used, `failing` which expressions fail."""

    number: int
    values: Sequence[Any]
    broken: str | None = None
    failing: frozenset[str] = frozenset()


@dataclass(slots=True)
class Evaluator:
    """Evaluates selections in one sandbox; `types` are the SQL types that the last one had."""

    sandbox: Sandbox
    types: tuple[str, ...] = ()
    explained: int = field(default=0)

    def select(self, selection: Selection, rows: Sequence[InputRow]) -> list[EvaluatedRow]:
        """The results for the rows that meet the conditions, in their order."""
        if not rows:
            return []
        self.types = ()
        base = selection.base(rows)
        shown = "".join(f", ({text}\n)" for _, text in selection.expressions)
        where = f"WHERE {selection.condition}" if selection.conditions else ""
        sql = (
            f'SELECT "{NUMBER}"{shown} FROM ({base}) AS record '  # noqa: S608
            f"{where} ORDER BY {selection.order}"
        )
        try:
            answer = self.sandbox.run(sql, rows)
        except duckdb.Error as error:
            return sorted(self._apart(selection, rows, base, error), key=lambda each: each.number)
        self.types = answer.types[1:]
        return [EvaluatedRow(number, values) for number, *values in answer.rows]

    def _apart(
        self, selection: Selection, rows: Sequence[InputRow], base: str, error: duckdb.Error
    ) -> Iterable[EvaluatedRow]:
        """The rows that fail, and the results of the others; by halves where `TRY` cannot say."""
        bad = self._failing_rows(selection, rows, base)
        good = [row for row in rows if row[NUMBER] not in bad]
        if bad:
            yield from bad.values()
            yield from self.select(selection, good)
        elif len(rows) > 1:
            yield from self.select(selection, rows[: len(rows) // 2])
            yield from self.select(selection, rows[len(rows) // 2 :])
        else:
            texts = {"where": selection.condition, **dict(selection.expressions)}
            why = self.sandbox.failing(texts, base, rows[0])
            why = why or f"an expression fails: {plain_words(error)}"
            yield EvaluatedRow(rows[0][NUMBER], (), why)

    def _failing_rows(
        self, selection: Selection, rows: Sequence[InputRow], base: str
    ) -> dict[int, EvaluatedRow]:
        """The rows with an expression that fails, or whose condition cannot be told."""
        texts = [*(text for _, text in selection.expressions), selection.condition]
        tried = ", ".join(f"TRY(({text}\n)), TRY(({text}\n) IS NULL) IS NULL" for text in texts)
        sql = f'SELECT "{NUMBER}", {tried} FROM ({base}) AS record'  # noqa: S608
        try:
            outcomes = self.sandbox.run(sql, rows).rows
        except duckdb.Error:
            return {}
        by_number = {row[NUMBER]: row for row in rows}
        bad: dict[int, EvaluatedRow] = {}
        for number, *pairs in outcomes:
            *values, is_wanted = pairs[::2]
            *fails, is_unclear = pairs[1::2]
            if number in bad or not (is_unclear or (is_wanted and any(fails))):
                continue
            row = by_number[number]
            if is_unclear:
                why = self._why(base, row, [("where", selection.condition)])
                bad[number] = EvaluatedRow(number, (), why)
                continue
            failing = [
                pair for pair, fail in zip(selection.expressions, fails, strict=True) if fail
            ]
            names = frozenset(name for name, _ in failing)
            bad[number] = EvaluatedRow(number, values, self._why(base, row, failing), names)
        return bad

    def _why(self, base: str, row: InputRow, failing: Sequence[tuple[str, str]]) -> str:
        """Which expressions fail for a row, with the database's words for the first rows."""
        self.explained += 1
        is_explained = self.explained <= EXPLAINED
        reasons = [
            (self.sandbox.failing({name: text}, base, row) if is_explained else None)
            or f"the expression of `{name}` fails"
            for name, text in failing
        ]
        return "; ".join(reasons)
