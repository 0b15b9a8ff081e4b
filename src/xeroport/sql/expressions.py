"""The expressions of a push's map, evaluated over the rows of a file as they come.

A row whose expressions fail comes out broken, with the reasons; the others continue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from xeroport.errors import InputError
from xeroport.rows.source import Row
from xeroport.sql import layouts
from xeroport.sql.evaluate import EvaluatedRow, Evaluator, Selection
from xeroport.sql.layouts import Layout
from xeroport.sql.sandbox import Complaint, Sandbox, rows_of

CHUNK = 2_000


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
        self._sandbox = Sandbox()
        self._evaluator = Evaluator(self._sandbox)
        if texts:
            self._check([{}])

    def rows(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Each row that meets the condition, with the named values, or broken; in their order."""
        source = iter(rows)
        conditions = [self._where] if self._where else []
        selection = Selection(self._base, list(self._expressions.items()), conditions, '"_n"')
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
            evaluated = {each.number: each for each in self._evaluator.select(selection, handed)}
            for n, row in enumerate(chunk):
                if row.broken is not None:
                    yield row
                elif n in evaluated:
                    yield Row(row.line, self._named(evaluated[n]), evaluated[n].broken)

    def _named(self, evaluated: EvaluatedRow) -> dict[str, Any]:
        """The values of a row by name, without those whose expression fails."""
        pairs = zip(self._expressions, evaluated.values, strict=False)
        return {name: value for name, value in pairs if name not in evaluated.failing}

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
                columns = ", ".join(f"`{column}`" for column in list(self._columns)[:20])
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
