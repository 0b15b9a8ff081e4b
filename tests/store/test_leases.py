"""A lease has one owner at a time, and a dead owner's lease is free."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from xeroport.errors import Busy
from xeroport.store import leases
from xeroport.store.database import Store

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def test_one_owner_at_a_time(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = leases.take(store, "acme", now=NOW)
    assert first is not None
    assert leases.take(store, "acme", now=NOW) is None
    assert leases.take(store, "other", now=NOW) is not None
    leases.give_back(store, first)
    assert leases.take(store, "acme", now=NOW) is not None


def test_a_lease_that_ran_out_goes_to_the_next_and_not_back(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = leases.take(store, "acme", now=NOW)
    assert first is not None
    assert leases.renew(store, first, now=NOW + timedelta(seconds=60))
    later = NOW + timedelta(seconds=60) + leases.LENGTH
    second = leases.take(store, "acme", now=later)
    assert second is not None
    assert not leases.renew(store, first, now=later)
    leases.give_back(store, first)
    assert leases.renew(store, second, now=later)


def test_a_killed_holder_s_lease_is_free_at_once(tmp_path: Path) -> None:
    script = f"""
        from pathlib import Path
        from xeroport.store import leases
        from xeroport.store.database import Store
        assert leases.take(Store(Path({str(tmp_path)!r})), "acme")
        import os
        os.kill(os.getpid(), 9)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert leases.take(Store(tmp_path), "acme") is not None


def test_holding_names_who_has_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    taken = pytest.raises(Busy, match=r"already being worked on by process .+:\d+")
    first = leases.holding(store, "acme", what="`acme`")
    with first, taken, leases.holding(store, "acme", what="`acme`"):
        pass
    with leases.holding(store, "acme", what="`acme`"):
        pass
