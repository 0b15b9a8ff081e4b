"""Commands, options, buttons and headings that guides, messages and hints name are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from xeroport.cli import main

ROOT = Path(__file__).resolve().parents[1]
COMMAND = re.compile(r"`(xeroport [a-z][^`]*)`")
LABEL = re.compile(r"(?<![\w*])\*([A-Z][\w ,']{2,40})\*(?!\*)")
NOT_ON_A_PAGE = {"Accounts Payable", "Months"}
"""Italics of the guides that are an account's name and a sheet of the workbook."""


def texts() -> Iterator[tuple[str, str]]:
    """Where → a page of the documents, or the source of a module that names a command."""
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")):
        if page.name != "CHANGELOG.md":
            yield page.name, page.read_text(encoding="utf-8")
    for module in ROOT.glob("src/xeroport/**/*.py"):
        yield module.name, re.sub(r'"\s*\n\s*f?"', "", module.read_text(encoding="utf-8"))


def missing(line: str) -> str | None:
    """The command or the option of a line that does not exist; None where all do."""
    words = re.sub(r"\{[^}]*\}", "acme", line.replace("…", "")).split()[1:]
    command: click.Command = main
    context = click.Context(main)
    while isinstance(command, click.Group) and words and not words[0].startswith(("-", "'")):
        below = command.get_command(context, words[0])
        if below is None:
            return words[0]
        command, words = below, words[1:]
    names = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    options = [word.partition("=")[0] for word in words if re.match(r"--[a-z]", word)]
    return next((name for name in options if name not in names | {"--help", "--version"}), None)


def test_each_command_that_a_text_names_exists() -> None:
    lines = {(where, " ".join(named.split())) for where, text in texts()
             for named in COMMAND.findall(text)}  # fmt: skip
    assert len(lines) > 200
    assert [(where, line, wrong) for where, line in sorted(lines) if (wrong := missing(line))] == []


def test_each_label_that_a_guide_names_is_on_a_page() -> None:
    pages = " ".join(
        " ".join(re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8")).split())
        for kind in ("html", "py", "js")
        for page in ROOT.glob(f"src/xeroport/console/**/*.{kind}")
    )
    labels = {
        " ".join(label.split())
        for page in (ROOT / "README.md", *ROOT.glob("docs/guide/*.md"))
        for label in LABEL.findall(page.read_text(encoding="utf-8"))
    }
    assert len(labels) > 20
    assert sorted(label for label in labels if label not in pages) == sorted(NOT_ON_A_PAGE)
