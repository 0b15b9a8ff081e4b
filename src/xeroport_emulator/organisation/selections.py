"""The last few selections of records, kept while their table does not change."""

from __future__ import annotations

from collections import OrderedDict

from xeroport_emulator.organisation.table import Record

_KEPT = 12


class Selections:
    """Lists of records by what was asked for."""

    def __init__(self) -> None:
        self._selections: OrderedDict[tuple[str, ...], tuple[int, list[Record]]] = OrderedDict()

    def get(self, key: tuple[str, ...], changes: int) -> list[Record] | None:
        """The records chosen before under that key, if the table is as it was."""
        selection = self._selections.get(key)
        return selection[1] if selection is not None and selection[0] == changes else None

    def put(self, key: tuple[str, ...], changes: int, records: list[Record]) -> list[Record]:
        """Keep a selection; the oldest goes."""
        self._selections[key] = (changes, records)
        self._selections.move_to_end(key)
        while len(self._selections) > _KEPT:
            self._selections.popitem(last=False)
        return records

    def clear(self) -> None:
        """Forget all."""
        self._selections.clear()
