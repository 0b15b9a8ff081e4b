"""Numbers out of addresses: whole, positive and no larger than SQLite and DuckDB take."""

from __future__ import annotations

from starlette.requests import Request

from xeroport.errors import UnknownName

LARGEST = 2**53


def whole(text: str | None, default: int, *, low: int = 1, high: int = LARGEST) -> int:
    """The number a text holds, kept between `low` and `high`; the default for anything else."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 16:
        return default
    return min(max(int(text), low), high)


def run_number(request: Request) -> int:
    """The run an address names; UnknownName for anything but a number."""
    text = str(request.path_params["run"])
    number = whole(text, 0)
    if number == 0:
        raise UnknownName("run", text, (), hint="see all runs under Runs")
    return number
