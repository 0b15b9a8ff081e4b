"""Every `--help` has one example that can be given, and the Tab key offers what there is."""

from __future__ import annotations

import os
import re
import select
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from tests.api.conftest import Xero, demo_xero, home_for

import xeroport
from xeroport.cli import main

__all__ = ["demo_xero"]


def commands() -> Iterator[tuple[str, click.Command, click.Context]]:
    """Every command: its words after `xeroport`, itself, its context."""

    def walk(
        command: click.Command, context: click.Context, path: str
    ) -> Iterator[tuple[str, click.Command, click.Context]]:
        yield path, command, context
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                below = command.get_command(context, name)
                assert below is not None
                inner = click.Context(below, parent=context, info_name=name)
                yield from walk(below, inner, f"{path} {name}".strip())

    yield from walk(main, click.Context(main, info_name="xeroport"), "")


def test_every_command_has_one_example_of_itself() -> None:
    lacking = [path for path, command, _ in commands() if not example_of(command)]
    assert lacking == [], "add `Example: …` to the docstring, or a line to cli/examples.py"
    for path, command, context in commands():
        shown = command.get_help(context)
        assert shown.count("Example:") == 1, path
        assert example_of(command).startswith(f"xeroport {path}".rstrip()), path
        assert example_of(command) in shown, f"{path}: the example is broken over lines"


CLICKS_WORDS = re.compile(r"\b(TEXT|INTEGER|FLOAT|RANGE|PATH|DIRECTORY|BOOLEAN)\b|%Y")


def test_no_line_of_help_is_cut_and_values_have_plain_names() -> None:
    for path, command, context in commands():
        shown = command.get_help(context)
        options = [line for line in shown.splitlines() if line.startswith("  --")]
        names = [line.strip().partition("  ")[0] for line in options]
        assert [name for name in names if CLICKS_WORDS.search(name)] == [], path
        cut = [line for line in shown.splitlines() if re.search(r"^  [a-z]+ .*\.\.\.$", line)]
        assert cut == [], f"{path}: add a short line to cli/help_words.py"


def example_of(command: click.Command) -> str:
    return (command.epilog or "").partition("Example:\n")[2].strip()


@pytest.mark.parametrize("line", sorted({example_of(each) for _, each, _ in commands()}))
def test_every_example_can_be_given(line: str) -> None:
    words = shlex.split(line.partition(" >> ")[0])[1:]
    command: click.Command = main
    context = click.Context(main, info_name="xeroport")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        below = command.get_command(context, words[0])
        if below is None:
            break
        command, context = below, click.Context(below, parent=context, info_name=words[0])
        words = words[1:]
    with context:
        command.parse_args(context, words)


@pytest.fixture(scope="module")
def home(demo_xero: Xero, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XEROPORT_KEY", "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=")
        home = home_for(tmp_path_factory.mktemp("home"), demo_xero)
        lake = tmp_path_factory.mktemp("lake")
        xeroport.sync("acme", streams=["organisation"], to=f"parquet:{lake}", home=home)
        yield home


def offered(home: Path, line: str) -> list[str]:
    """What bash would offer at the end of a line."""
    words = line.split(" ")
    done = subprocess.run(
        [sys.executable, "-m", "xeroport"],
        env=os.environ
        | {
            "_XEROPORT_COMPLETE": "bash_complete",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(words) - 1),
            "XEROPORT_HOME": str(home),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return [each.partition(",")[2] for each in done.stdout.splitlines() if each]


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("xeroport syn", "sync"),
        ("xeroport sync a", "acme"),
        ("xeroport instance show ", "acme"),
        ("xeroport call acme reports.t", "reports.ten_ninety_nine"),
        ("xeroport call acme invoices.list Stat", "Statuses="),
        ("xeroport sync acme invoices", "invoices"),
        ("xeroport sync acme --to duck", "duckdb:"),
        ("xeroport endpoints --resource quo", "quotes"),
        ("xeroport fleet sync ", "acme"),
        ("xeroport workbook a", "acme"),
        ("xeroport report acme trial-balance --in duck", "duckdb:"),
        ("xeroport push acme contacts.upsert --from duck", "duckdb:"),
        ("xeroport completion b", "bash"),
        ("xeroport outbox ac", "acme"),
        ("xeroport outbox acme --st", "--status"),
    ],
)
def test_what_the_tab_key_offers(home: Path, line: str, first: str) -> None:
    assert offered(home, line)[:1] == [first]


def test_the_tab_key_offers_where_an_instance_was_synced_to(home: Path) -> None:
    places = offered(home, "xeroport query x --to ")
    assert {"duckdb:", "parquet:", "postgresql://"} < set(places)
    assert any("lake" in place for place in places)


FILES = ("push acme contacts.upsert in", "flow check in")


@pytest.mark.parametrize("line", FILES)
def test_bash_completes_files_and_puts_no_space_after_what_goes_on(
    line: str, home: Path, tmp_path: Path
) -> None:
    """By a real bash, whose own completion of files a command's replaces."""
    typed = typed_in_bash(home, tmp_path, f"xeroport {line}")
    assert typed == f"{line}voices.csv X"


def test_bash_goes_on_after_a_parameter(home: Path, tmp_path: Path) -> None:
    line = "call acme invoices.list Stat"
    assert typed_in_bash(home, tmp_path, f"xeroport {line}") == f"{line}uses=X"


def typed_in_bash(home: Path, folder: Path, line: str) -> str:
    """The words of a command after the Tab key and an X, in a bash at a terminal."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash")
    (folder / "invoices.csv").write_text("")
    script = folder / "completion"
    command = [sys.executable, "-m", "xeroport", "completion", "bash"]
    script.write_text(subprocess.check_output(command, text=True))
    program = folder / "bin" / "xeroport"
    program.parent.mkdir()
    program.write_text(f'#!{bash}\nexec {sys.executable} -m xeroport "$@"\n')
    program.chmod(0o755)
    main_side, shell_side = os.openpty()
    environment = os.environ | {
        "PATH": f"{program.parent}:{os.environ['PATH']}", "PS1": "", "TERM": "dumb",
        "XEROPORT_HOME": str(home), "INPUTRC": os.devnull,
    }  # fmt: skip
    arguments = [bash, "--norc", "--noprofile", "-i"]
    with subprocess.Popen(
        arguments, stdin=shell_side, stdout=shell_side, stderr=shell_side, env=environment,
        cwd=folder, start_new_session=True,
    ) as shell:  # fmt: skip
        try:
            os.write(main_side, f'. {script}; xeroport() {{ echo "<$*>"; }}\n'.encode())
            os.write(main_side, f"{line}\tX\n".encode())
            return read_until(main_side, b">\r\n").rpartition("<")[2].removesuffix(">\r\n")
        finally:
            shell.kill()
            os.close(main_side)
            os.close(shell_side)


def read_until(source: int, end: bytes) -> str:
    """All that a terminal shows up to a text, at most for a minute."""
    shown = b""
    until = time.monotonic() + 60
    while end not in shown and time.monotonic() < until:
        if select.select([source], [], [], 1)[0]:
            shown += os.read(source, 4096)
    return shown.decode()


def test_the_tab_key_makes_no_home_folder_and_never_fails(tmp_path: Path) -> None:
    assert offered(tmp_path / "none", "xeroport sync ") == []
    assert offered(tmp_path / "none", "xeroport call acme no.such.endpoint x") == []
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell(shell: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "xeroport", "completion", shell],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "_XEROPORT_COMPLETE" in done.stdout
    assert f"{shell}_complete" in done.stdout
