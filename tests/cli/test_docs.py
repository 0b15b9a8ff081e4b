"""What the pages show exists, and the generated pages are as they would be made now."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from types import ModuleType

import click
import pytest

from xeroport.catalogue import load
from xeroport.cli import COMMANDS, main

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)[^)]*\)")


def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_docs", ROOT / "scripts" / "build_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def one_line(text: re.Match[str]) -> str:
    return " ".join(text[0].split())


def shown() -> list[tuple[str, str]]:
    """Every `xeroport …` line in a shell block of a page."""
    found = []
    for page in PAGES:
        for block in BLOCK.findall(page.read_text(encoding="utf-8")):
            for line in re.sub(r'"[^"]*"', one_line, block.replace("\\\n", " ")).splitlines():
                command = line.partition(" | ")[0].partition(" > ")[0].partition("  #")[0].strip()
                if command.startswith("xeroport "):
                    found.append((page.name, command))
    return found


def test_the_generated_pages_are_fresh() -> None:
    assert builder().stale() == [], "run `make docs`"


@pytest.mark.parametrize(("page", "line"), shown())
def test_every_command_that_is_shown_can_be_given(page: str, line: str) -> None:
    words = shlex.split(line)[1:]
    context = click.Context(main, info_name="xeroport")
    command: click.Command = main
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        assert found is not None, f"{page}: {line}"
        command, context = found, click.Context(found, parent=context, info_name=words[0])
        words = words[1:]
    parser = command.make_parser(context)
    parser.parse_args(list(words))
    if command.name == "command" and line.startswith("xeroport call "):
        asked = words[1]
        if " " not in asked:
            endpoint = load().endpoint(asked)
            keys = [w.partition("=")[0] for w in words[2:] if re.match(r"[A-Za-z_]+=", w)]
            assert set(keys) <= {*endpoint.by_name, "modified_since"}, f"{page}: {line}"


def test_every_link_leads_somewhere() -> None:
    broken = [
        f"{page.name}: {target}"
        for page in PAGES
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_command_is_in_the_reference() -> None:
    text = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert f"\n## xeroport {name}\n" in text


def test_the_readme_links_every_guide() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    guides = {f"docs/guide/{page.name}" for page in ROOT.glob("docs/guide/*.md")}
    assert guides - set(LINK.findall(readme)) == set()
