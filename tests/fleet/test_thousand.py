"""A thousand organisations, on Dask and on processes, with one of two workers killed in mid-run."""

from __future__ import annotations

import base64
import secrets
from contextlib import nullcontext
from pathlib import Path

import pytest
from fleet_world import a_worker, all_of, check, connect, dask, emulators, killing, serving, synced

from xeroport.jobs.fleet import executors
from xeroport.store.database import Store

THOUSAND = 1000


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["dask", "local"])
def test_a_thousand_organisations_with_a_worker_killed_in_mid_run(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XEROPORT_KEY", base64.b64encode(secrets.token_bytes(32)).decode())
    made = emulators(THOUSAND, size=8)
    lake = tmp_path / "lake"
    with (
        serving(made) as base,
        dask(2) if kind == "dask" else nullcontext(("local", None)) as (
            engine,
            cluster,
        ),
    ):
        store = Store(tmp_path / "home")
        connect(store, made, base)

        def victim() -> int | None:
            if synced(lake) < THOUSAND * 0.3:
                return None
            return int(cluster.workers[0].pid) if cluster is not None else a_worker()

        with killing(victim) as killed:
            report = all_of(
                store, f"parquet:{lake}/{{instance}}", executors.engine(engine, workers=2)
            )
    assert killed
    with capsys.disabled():
        print(f"\n{kind}: {report}")
    assert (report.done, report.failing, report.behind) == (THOUSAND, {}, {})
    assert report.lost_calls > 0
    check(lake, made)
