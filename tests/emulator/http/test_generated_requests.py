"""Requests made up from Xero's description: no 5xx, and no reply that the description denies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests
from emulator_caller import Caller
from hypothesis import HealthCheck, Phase, given, settings
from spec_check import Checked

from xeroport.clock import ManualClock
from xeroport_emulator import Emulator

if TYPE_CHECKING:  # half a second, in every process that collects this file
    import schemathesis

BASE = "http://emulator/api.xro/2.0"


def _without_examples(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if k not in ("example", "examples")}
        return {k: _without_examples(v) for k, v in kept.items()}
    return [_without_examples(each) for each in value] if isinstance(value, list) else value


def _real_ids(emulator: Emulator) -> dict[str, str]:
    """For parameters of paths, the id of a record that exists."""
    tables = emulator.organisation.tables
    return {table.key: str(next(iter(table))[table.key]) for table in tables.values() if table}


def _try_all(document: dict[str, Any], *, examples: int, mode: str, every: int = 1) -> Checked:
    """Send requests to each operation, or to every fourth, say."""
    import schemathesis

    emulator = Emulator("demo", clock=ManualClock(), limits="off")
    emulator.switches.journals_open = True
    checked = Checked(emulator.app, document)
    caller = Caller(emulator, app=checked).sign_in()
    ids = _real_ids(emulator)
    schema = schemathesis.openapi.from_dict(
        json.loads(json.dumps(_without_examples(document), default=str))
    )
    errors: list[str] = []
    count = 0

    def send(case: schemathesis.Case) -> None:
        nonlocal count
        count += 1
        if count % 2:
            known = {name: ids[name] for name in case.path_parameters or {} if name in ids}
            case.path_parameters.update(known)
        wanted = case.as_transport_kwargs(base_url=BASE)
        wanted["headers"] = {
            name: value
            for name, value in wanted["headers"].items()
            if name.lower() not in ("xero-tenant-id", "accept")
        }
        try:
            ready = requests.Request(**wanted).prepare()
        except (ValueError, requests.RequestException):
            return
        reply = caller.send(
            ready.method or "GET",
            (ready.url or "").removeprefix("http://emulator"),
            content=ready.body or b"",
            headers={name: str(value) for name, value in ready.headers.items()},
        )
        if reply.status_code >= 500:
            errors.append(f"{case.operation.label}: {reply.status_code} {ready.body!r:.300}")

    for result in list(schema.get_all_operations())[::every]:
        operation = result.ok()
        run = settings(
            max_examples=examples,
            database=None,
            derandomize=True,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )(
            given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode(mode)))(
                send
            )
        )
        run()
    caller.close()
    assert not errors, "\n".join(errors)
    assert len(checked.seen) > 200 // every
    return checked


def test_valid_requests(spec_document: dict[str, Any]) -> None:
    checked = _try_all(spec_document, examples=1, mode="positive", every=5)
    assert not checked.problems, "\n".join(checked.problems)


@pytest.mark.soak
@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_many_requests(spec_document: dict[str, Any], mode: str) -> None:
    checked = _try_all(spec_document, examples=40, mode=mode)
    assert not checked.problems, "\n".join(checked.problems)
