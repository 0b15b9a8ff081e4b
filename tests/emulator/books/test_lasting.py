"""The collector of garbage waits while records that stay are made, and then works as before."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from xeroport_emulator.data.lasting import lasting

DEMO = """
import gc
from xeroport_emulator import Emulator
rounds = []
gc.callbacks.append(lambda phase, info: rounds.append(phase))
Emulator("demo")
made = len(rounds)
young = len(gc.get_objects(generation=0)) + len(gc.get_objects(generation=1))
print(made < 20, young < 2_000, len(gc.get_objects(generation=2)) > 20_000, gc.get_freeze_count())
"""


def test_the_collector_waits_and_works_on() -> None:
    assert gc.isenabled()
    with lasting():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="half made"), lasting():
        raise ValueError("half made")
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with lasting():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_demo_is_old_when_it_is_made_and_nothing_is_frozen() -> None:
    done = subprocess.run(
        [sys.executable, "-c", DEMO], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["True", "True", "True", "0"], done.stdout
