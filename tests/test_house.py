"""One noun, one class; modules named for what a stranger would search for; words of today."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import click

from xeroport.cli import main

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("xeroport", "xeroport_emulator")
SAME_NOUN = {
    "Batch": "landed records in a destination, claimed deliveries in the outbox",
    "Books": "what Python gives an instance's books as, and what a statement reads of them",
    "Row": "a row of a source, and a row of a statement",
    "Setting": "the emulator's two data sets have one each",
    "_Entry": "private to the ledger's journals and to the aged report",
}
"""Class names that two modules of a package share, and why."""
METAPHORS = frozenset(
    {
        *("aside", "telling", "gone", "fates", "crew", "departure", "trouble", "same"),
        *("chosen", "news", "keep", "drafts_of", "helper", "helpers", "utils", "common"),
        *("misc", "manager", "handler", "service", "base"),
    }
)
"""Words that no module is named with: nobody would search for them."""

OUTDATED = re.compile(
    r"\b(whence|lest|anew|thereby|withal|is had|to be had|said of itself|gone on with|go on with it"
    r"|of it overdue|to mend|mend (?:it|them|the)|mended|what the rows become|less usual"
    r"|keep the key|tell of failures|at the least|came of it|is told|are told|at all events)\b",
    re.IGNORECASE,
)
"""Turns of phrase that nobody uses today, with plainer ones in STYLE.md."""


CONSTANTS = re.compile(
    r"records a page|has more than \{\} (files|rows)|^more than \{\} lines|calls a minute"
    r"|calls at once|has \{\} instances: say which|to \{\} instances|records together"
)
"""Messages whose number is a limit, never 1."""


def sources(package: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((ROOT / "src" / package).rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def test_one_noun_one_class() -> None:
    shared: dict[str, list[str]] = {}
    for package in PACKAGES:
        places: dict[str, list[str]] = defaultdict(list)
        for path, tree in sources(package):
            for node in tree.body:
                if isinstance(node, ast.ClassDef):
                    places[node.name].append(str(path.relative_to(ROOT / "src")))
        shared |= {name: found for name, found in places.items() if len(found) > 1}
    assert {name: shared[name] for name in sorted(shared.keys() - SAME_NOUN.keys())} == {}
    assert sorted(SAME_NOUN.keys() - shared.keys()) == [], "take these off the list"


def test_modules_are_named_for_what_one_searches_for() -> None:
    found = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path, _ in sources(package)
        if path.stem in METAPHORS
    ]
    assert found == []


def texts() -> Iterator[tuple[str, str]]:
    """Where → a text that a person reads: pages, guides, help, messages, docstrings."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    pages.remove(ROOT / "STYLE.md")
    for page in pages:
        yield page.name, page.read_text(encoding="utf-8")
    for page in ROOT.glob("src/**/templates/*.html"):
        yield page.name, page.read_text(encoding="utf-8")
    for package in PACKAGES:
        for path, tree in sources(package):
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value


def test_words_are_those_of_today() -> None:
    found = [
        f"{place}: {match[0]}"
        for place, text in texts()
        for match in OUTDATED.finditer(" ".join(text.split()))
    ]
    assert found == []


def test_counts_have_the_right_plural() -> None:
    """No message says `1 calls`: a number before a noun goes through `counted`, constants apart."""
    nouns = (
        "calls?|records?|rows?|streams?|instances?|problems?|values?|lines?|files?|shards?"
        "|documents?|schedules?|flows?|events?|fields?|problems?|errors?|warnings?|deliveries"
    )
    written = re.compile(rf"\{{[^{{}}]*\}} (?:{nouns})\b(?!\()")
    found = []
    for path, tree in sources("xeroport"):
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                text = "".join(
                    part.value
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                    else "{}"
                    for part in node.values
                )
                if written.search(text) and not CONSTANTS.search(text):
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}: {text[:70]}")
    assert found == []


def test_no_help_is_empty() -> None:
    def walk(command: click.Command, context: click.Context) -> Iterator[tuple[str, click.Command]]:
        yield context.command_path, command
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                below = command.get_command(context, name)
                assert below is not None
                yield from walk(below, click.Context(below, parent=context, info_name=name))

    for path, command in walk(main, click.Context(main, info_name="xeroport")):
        assert command.help, path
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert parameter.help or parameter.metavar, f"{path} {parameter.opts}"


def test_no_placeholder_of_sql_has_a_number() -> None:
    """SQLite takes `?1` for a name, and Python 3.14 refuses names with a sequence of values."""
    numbered = [
        f"{path}: {node.value[:60]}"
        for path, tree in sources("xeroport")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.search(
            r"\b(SELECT|INSERT|UPDATE|DELETE|WHERE|FROM|AND)\b.*[ (,=<>]\?\d", node.value, re.S
        )
    ]
    numbered += [
        str(path)
        for path in (ROOT / "src").rglob("*.sql")
        if re.search(r"\?\d", path.read_text(encoding="utf-8"))
    ]
    assert numbered == []
