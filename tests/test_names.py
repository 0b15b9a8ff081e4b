"""One noun, one class; modules named for what a stranger would search for; words of today."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("xeroport", "xeroport_emulator")
SAME_NOUN = {
    "Batch": "landed records in a destination, claimed deliveries in the outbox",
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
