"""The `xeroport` command as a process of its own looks for garbage late, but it does look."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

SCRIPT = """
import gc, weakref
from xeroport.__main__ import FIRST_SEARCH, _leave_modules_alone

class Ring:
    def __init__(self):
        self.ring = self

usual = gc.get_threshold()
collections = sum(each["collections"] for each in gc.get_stats())
_leave_modules_alone()
early = [[] for _ in range(FIRST_SEARCH // 2)]
assert sum(each["collections"] for each in gc.get_stats()) == collections
assert gc.get_freeze_count() == 0
early += [[] for _ in range(FIRST_SEARCH)]
assert gc.get_freeze_count() > FIRST_SEARCH // 2
assert gc.get_threshold() == usual
assert not gc.callbacks
gone = weakref.ref(Ring())
later = [[] for _ in range(10 * usual[0])]
assert gone() is None
"""


def test_garbage_is_searched_for_once_there_is_much(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


def test_the_command_and_the_module_begin_alike() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert project["project"]["scripts"] == {"xeroport": "xeroport.__main__:main"}
