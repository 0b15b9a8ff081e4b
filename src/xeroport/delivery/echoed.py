"""Whether a reply holds all that was sent, value by value: then no rule has to compare the two.

The quick way through the comparison, which nearly every record takes. It knows no rule of Xero's:
what is written in another way, stands elsewhere or is not there is for `compare` to judge.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

NOTHING: tuple[Any, ...] = (None, "", [], {})


def is_echoed(sent: Mapping[str, Any], reply: Mapping[str, Any], *, whole: bool = False) -> bool:
    """Whether each value that was sent came back as it was; a plain one may also be missing,
    unless the `whole` is asked for, as in the records of a list."""
    for name, ours in sent.items():
        theirs = reply.get(name)
        kind = type(ours)
        if kind is str and ours:
            same = ours == theirs or (type(theirs) is date and ours[:10] == theirs.isoformat())
            if not same and (whole or name in reply):
                return False
        elif kind is Decimal:
            same = type(theirs) in (Decimal, int) and ours == theirs
            if not same and (whole or name in reply):
                return False
        elif kind is dict and ours:
            if type(theirs) is not dict or not is_echoed(ours, theirs, whole=whole):
                return False
        elif kind is list and ours:
            if type(theirs) is not list or not _are_echoed(ours, theirs):
                return False
        elif kind is bool:
            if ours is not theirs:
                return False
        elif ours not in NOTHING or theirs not in NOTHING:
            return False
    return True


def _are_echoed(ours: list[Any], theirs: list[Any]) -> bool:
    """Whether a list came back with as many records, in this order, each whole."""
    return len(ours) == len(theirs) and all(
        is_echoed(one, other, whole=True)
        if type(one) is dict and type(other) is dict
        else type(one) is type(other) and one == other
        for one, other in zip(ours, theirs, strict=True)
    )
