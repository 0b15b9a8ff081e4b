"""The command and the Python that an endpoint's page shows do the same call."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from xeroport.catalogue import load
from xeroport.cli import main
from xeroport.console.jobs.same_call import as_command, as_python
from xeroport_emulator import Emulator

CALLS = (
    ("organisation.get", {}),
    ("invoices.list", {"page": "2", "pageSize": "3", "where": 'Status=="PAID" AND Type=="ACCREC"'}),
    ("contacts.create", {}),
)
BODY = '{{"Contacts": [{{"Name": "Made by {}"}}]}}'
"""A record of its own for each way: Xero refuses a second contact of one name."""


@pytest.mark.parametrize(("name", "values"), CALLS)
def test_the_command_can_be_given(
    home: Path, tmp_path: Path, name: str, values: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("body.json").write_text(BODY.format("a command"))
    words = shlex.split(as_command(load().endpoint(name), "acme-uk", values))
    assert words[0] == "xeroport"
    done = CliRunner().invoke(main, ["--home", str(home), *words[1:]])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(("name", "values"), CALLS)
def test_the_python_runs(
    home: Path,
    tmp_path: Path,
    name: str,
    values: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    xero: tuple[Emulator, str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XEROPORT_HOME", str(home))
    Path("body.json").write_text(BODY.format("Python"))
    exec(as_python(load().endpoint(name), "acme-uk", values), {})
    assert capsys.readouterr().out.startswith("200 b'{")


def test_every_endpoint_has_both() -> None:
    for endpoint in load().endpoints:
        values = {p.name: 'it\'s "x"' for p in endpoint.parameters}
        words = shlex.split(as_command(endpoint, "acme-uk", values))
        assert words[:4] == ["xeroport", "call", "acme-uk", endpoint.name]
        compile(as_python(endpoint, "acme-uk", values), endpoint.name, "exec")
