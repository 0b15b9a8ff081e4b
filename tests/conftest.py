"""What tests of several packages share."""

from __future__ import annotations

import fcntl
import gc
import os
import pickle
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests import one_run

from xeroport import logs

signal.signal(signal.SIGINT, signal.default_int_handler)
"""Tests send Ctrl-C to processes they start; started in the background, all would ignore it."""

SPEC_NAME = "xero_accounting.yaml"


def spec_path() -> Path | None:
    """Where Xero's OpenAPI description is: XEROPORT_SPEC, or beside the repository."""
    named = os.environ.get("XEROPORT_SPEC")
    beside = Path(__file__).resolve().parents[2] / "shared" / "xero-openapi" / SPEC_NAME
    found = Path(named) if named else beside
    return found if found.is_file() else None


@contextmanager
def once_compiled() -> Iterator[None]:
    """The first of several processes collects alone: what it compiles on the way, the others, that
    begin at the same moment, need not."""
    with Path(__file__).open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(lock, fcntl.LOCK_SH)
            fcntl.flock(lock, fcntl.LOCK_UN)
        yield


def is_worker() -> bool:
    """Whether another process gives this one its tests, and owns the run."""
    return "PYTEST_XDIST_WORKER" in os.environ


def pytest_configure(config: pytest.Config) -> None:
    if not is_worker():
        run = ExitStack()
        run.enter_context(one_run.run())
        config.add_cleanup(run.close)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Nothing that collecting makes is garbage: looking for some takes a third of its time, and
    so it does later, again and again."""
    gc.disable()
    try:
        with once_compiled():
            yield
    finally:
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        gc.enable()


@pytest.fixture(autouse=True)
def _secrets_of_one_test() -> Iterator[None]:
    """A text such as `wrong`, which one test has for a secret, is not struck out of what later
    tests read."""
    known = {length: set(texts) for length, texts in logs._known.items()}
    yield
    logs._known.clear()
    logs._known.update(known)


@pytest.fixture(scope="session")
def spec_document() -> dict[str, Any]:
    """Xero's OpenAPI description, parsed; tests that need it skip where there is none."""
    path = spec_path()
    if path is None:
        pytest.skip(f"set XEROPORT_SPEC to Xero's {SPEC_NAME} to run this test")

    def parse(folder: Path) -> None:
        import yaml

        document = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
        folder.mkdir()
        (folder / "pickle").write_bytes(pickle.dumps(document))

    parsed: dict[str, Any] = pickle.loads(
        (one_run.made_once("spec", parse) / "pickle").read_bytes()
    )
    return parsed


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The URL of a server that all processes of the run share, and that ends with it."""
    return one_run.postgres()


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """The URL of an empty database on that server."""
    return one_run.new_database("books")
