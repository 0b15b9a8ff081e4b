"""Expressions of maps and flows that would take all memory: they fail, and nothing else does."""

from __future__ import annotations

import threading
from contextlib import closing

import pytest

from xeroport.errors import InputError
from xeroport.sql import memory_bound
from xeroport.sql.memory_bound import bounded_memory
from xeroport.sql.sandbox import Sandbox

resource = pytest.importorskip("resource")
pytestmark = pytest.mark.skipif(
    not memory_bound.STATM.exists(), reason="the system says no size of a process"
)

HUNGRY = (
    "repeat('x', 4000000000)",
    "format('{:>2000000000}', 'x')",
    "list_resize([1], 1000000000)",
    "(select string_agg(repeat('x', 10000), '') from range(400000))",
    "(with recursive t(s) as (select repeat('x', 1000000) union all select s || s from t) "
    "select max(length(s)) from t)",
)


@pytest.mark.parametrize("text", HUNGRY)
def test_a_hungry_expression_fails_and_takes_little(text: str) -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with closing(Sandbox()) as sandbox:
        with pytest.raises(InputError, match="too much memory"):
            sandbox.run(f"SELECT ({text}) WHERE ? IS NOT NULL")
        assert sandbox.run("SELECT 1 WHERE ? IS NOT NULL").rows == [(1,)]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 1_300_000  # kB
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_the_bound_lasts_as_long_as_somebody_needs_it() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    is_inside, may_end = threading.Event(), threading.Event()

    def other() -> None:
        with bounded_memory():
            is_inside.set()
            may_end.wait(10)

    thread = threading.Thread(target=other)
    with bounded_memory():
        thread.start()
        assert is_inside.wait(10)
    assert resource.getrlimit(resource.RLIMIT_AS) != before
    may_end.set()
    thread.join()
    assert resource.getrlimit(resource.RLIMIT_AS) == before
