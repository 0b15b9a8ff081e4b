"""`instance import`: hundreds of instances from a file, and every way in which it can be wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from fleet_world import emulators, serving

from xeroport.cli import main
from xeroport_emulator import Emulator

HEADS = "name,client_id,client_secret_file,client_secret_env,client_secret,base_url,time_zone"


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XEROPORT_KEYRING", "off")


class Desk:
    """A folder with a CSV file, and a home folder to import it into."""

    def __init__(self, folder: Path, base: str) -> None:
        self.file = folder / "organisations.csv"
        self.home = ["--home", str(folder / "home")]
        self.base = base

    def write(self, *lines: str, heads: str = HEADS) -> None:
        self.file.write_text("\n".join((heads, *lines)) + "\n")

    def run(self, *options: str) -> Result:
        return CliRunner().invoke(
            main, ["instance", "import", str(self.file), *options, *self.home]
        )

    def found(self, *options: str) -> list[dict[str, Any]]:
        return json.loads(self.run("--json", *options).stdout)

    def names(self) -> list[str]:
        listed = CliRunner().invoke(main, ["instance", "list", "--json", *self.home])
        return [each["name"] for each in json.loads(listed.stdout)]

    def line(self, number: int, made: list[Emulator], *, secret: str | None = None) -> str:
        each = made[number]
        url = f"{self.base}/o{number}"
        return f"org-{number},{each.client_id},,,{secret or each.client_secret},{url},"


@pytest.fixture
def desk(tmp_path: Path, base: str) -> Desk:
    return Desk(tmp_path, base)


def with_identity(line: str) -> str:
    """The identity server of an emulated organisation is below its own prefix."""
    return f"{line},{line.split(',')[5]}"


def test_secrets_come_from_files_variables_and_the_file_itself(
    desk: Desk, made: list[Emulator], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORG_1_SECRET", made[1].client_secret)
    (desk.file.parent / "secret-0").write_text(made[0].client_secret + "\n")
    urls = [f"{desk.base}/o{number}" for number in range(3)]
    desk.write(
        f"org-0,{made[0].client_id},secret-0,,,{urls[0]},Europe/London,{urls[0]}",
        f"org-1,{made[1].client_id},,ORG_1_SECRET,,{urls[1]},,{urls[1]}",
        with_identity(desk.line(2, made)),
        heads=HEADS + ",identity_url",
    )
    result = desk.run()
    assert (result.exit_code, result.stderr) == (0, "3 added, 0 not\n")
    assert desk.names() == ["org-0", "org-1", "org-2"]
    again = desk.run()
    assert (again.exit_code, again.stderr) == (0, "0 added, 3 there already, 0 not\n")


def test_all_that_is_wrong_is_listed_and_nothing_is_added(desk: Desk, made: list[Emulator]) -> None:
    right = with_identity(desk.line(0, made))
    url = f"{desk.base}/o1"
    desk.write(
        right,
        f"Org 3,x,,,secret,{url},,{url}",
        f"org-4,x,nowhere,,,{url},,{url}",
        f"org-5,x,,NO_SUCH_VARIABLE,,{url},,{url}",
        f"org-6,x,,,,{url},,{url}",
        f"org-7,x,,A_VARIABLE,secret,{url},,{url}",
        f"org-8,,,,secret,{url},,{url}",
        f"org-9,x,,,secret,{url},Europe/Londn,{url}",
        f"org_0,x,,,secret,{url},,{url}",
        f"org-10,x,,,secret,{url},,{url},and,more",
        '"org-11',
        f'-x",x,,,secret,{url},,{url}',
        f"org-12,x,,,secret,http://books.example,,{url}",
        heads=HEADS + ",identity_url",
    )
    result = desk.run()
    assert result.exit_code == 2
    said = [each for each in result.stderr.splitlines() if each.startswith(str(desk.file))]
    lines = {int(each.split(":")[1]): each.split(": ", 2)[2] for each in said}
    assert list(lines) == [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14]
    assert "cannot be an instance's name" in lines[3]
    assert "`nowhere` cannot be read" in lines[4]
    assert "`NO_SUCH_VARIABLE` is not set" in lines[5]
    assert "there is no client secret" in lines[6]
    assert "client_secret_env and client_secret are both given" in lines[7]
    assert "no time zone `Europe/Londn`" in lines[9]
    assert "line 2 has that name already" in lines[10]
    assert "the line has 10 values for 8 columns" in lines[11]
    assert "would travel unencrypted" in lines[14]
    assert result.stderr.endswith("hint: correct these lines; nothing was added\n")
    assert desk.names() == []
    outcomes = [each["outcome"] for each in desk.found()]
    assert outcomes == ["not tried"] + ["wrong"] * 11


def test_who_is_not_let_in_is_told_and_the_others_are_added(
    desk: Desk, made: list[Emulator]
) -> None:
    lines = [with_identity(desk.line(number, made)) for number in range(3)]
    lines[1] = with_identity(desk.line(1, made, secret="rotated-long-ago"))
    desk.write(*lines, heads=HEADS + ",identity_url")
    result = desk.run()
    assert result.exit_code == 1
    assert f"{desk.file}:3: `org-1`: Xero does not accept the client id and secret" in result.stderr
    assert "rotated-long-ago" not in result.stderr
    assert desk.names() == ["org-0", "org-2"]
    lines[1] = with_identity(desk.line(1, made))
    desk.write(*lines, heads=HEADS + ",identity_url")
    assert [each["outcome"] for each in desk.found()] == ["there already", "added", "there already"]
    desk.write(
        lines[0].replace(",http", ",http", 1).replace(made[0].client_id, "ANOTHER"),
        heads=HEADS + ",identity_url",
    )
    other = desk.run()
    assert other.exit_code == 2
    assert "already an instance `org-0` with other settings" in other.stderr


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"name,client_id,password\norg-9,x,y\n", "no column `password`"),
        (b"name,clientid,client_secret\norg-9,x,y\n", "did you mean `client_id`?"),
        (b"name,client_id\norg-9,x\n", "must have the columns"),
        (b"name,client_id,client_secret\n", "has no instance in it"),
        (b"", "must have the columns"),
        (b"name,client_id,client_secret\n\xff,x,y\n", "is not UTF-8"),
        (b'name,client_id,client_secret\n"org-9,x,y\n', "is not CSV"),
        (None, "no such file"),
    ],
)
def test_a_file_that_is_none(content: bytes | None, says: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path, "")
    if content is not None:
        desk.file.write_bytes(content)
    result = desk.run()
    assert result.exit_code == 2
    assert says in result.stderr
    assert "Traceback" not in result.stderr


def test_hundreds_are_checked_side_by_side_and_go_on_after_ctrl_c(tmp_path: Path) -> None:
    """Each check takes 0.2 s and more; 16 at a time, and what is saved stays."""
    made = emulators(60, size=1, faults="slow:200ms")
    with serving(made) as base:
        desk = Desk(tmp_path, base)
        lines = [with_identity(desk.line(number, made)) for number in range(60)]
        desk.write(*lines, heads=HEADS + ",identity_url")
        command = [sys.executable, "-m", "xeroport", "instance", "import", str(desk.file)]
        with subprocess.Popen(
            [*command, *desk.home], stderr=subprocess.PIPE, text=True, env=os.environ
        ) as running:
            until = time.monotonic() + 60
            while not any(each.app.log for each in made):
                assert time.monotonic() < until
                time.sleep(0.01)
            time.sleep(0.3)
            running.send_signal(signal.SIGINT)
            _, said = running.communicate(timeout=30)
        assert running.returncode == 130
        assert "run the same command again to continue" in said
        assert "Traceback" not in said
        saved = desk.names()
        assert len(saved) < 60
        began = time.monotonic()
        found = desk.found()
        assert time.monotonic() - began < 60 * 0.2
    counts = {each: [one["outcome"] for one in found].count(each) for each in ("added", "refused")}
    assert counts == {"added": 60 - len(saved), "refused": 0}
    assert len(desk.names()) == 60
