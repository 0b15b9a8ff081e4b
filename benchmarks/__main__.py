"""`python -m benchmarks [NAME …]`: measure all, or those named, and write BENCHMARKS.md.

`python -m benchmarks pairs CHECKOUT` measures this checkout against another one, and so does
`emulator_pairs CHECKOUT` for the emulator; both can be named at once.
"""

from __future__ import annotations

import pkgutil
import re
import sys
import traceback
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path

import benchmarks
from benchmarks import emulator_pairs, harness, pairs

FILE = Path(__file__).resolve().parent.parent / "BENCHMARKS.md"
NOT_SECTIONS = {"__main__", "harness"}
HEAD = """# Benchmarks

Made by `make bench` (`python -m benchmarks NAME` measures one section again). Each number is a
median; each section says how it was made and on which machine.
"""
AGAINST = {"pairs": pairs.against, "emulator_pairs": emulator_pairs.against}
"""Sections that compare this checkout with another one."""
SECTION = re.compile(r"<!-- (\w+) -->\n(.*?)\n<!-- /\1 -->", re.DOTALL)


def names() -> list[str]:
    """The benchmark modules: those of this package that have a `section`."""
    found = [each.name for each in pkgutil.iter_modules(benchmarks.__path__)]
    modules = {
        name: import_module(f"benchmarks.{name}") for name in found if name not in NOT_SECTIONS
    }
    return sorted(name for name, module in modules.items() if hasattr(module, "section"))


def main(wanted: list[str]) -> int:
    compared = [name for name in wanted if name in AGAINST]
    if compared:
        *rest, folder = wanted
        if rest != compared or not (Path(folder) / "src" / "xeroport").is_dir():
            print(f"`{compared[0]}` takes the folder of another checkout: `{compared[0]} ../old`")
            return 2
        return _measured({name: partial(AGAINST[name], Path(folder)) for name in compared})
    known = names()
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"there is no benchmark `{unknown[0]}`; there are: {', '.join([*known, *AGAINST])}")
        return 2
    return _measured(
        {name: import_module(f"benchmarks.{name}").section for name in wanted or known}
    )


def _measured(measures: dict[str, Callable[[], str]]) -> int:
    """Measure, print and keep each section; others stay as they are in the file."""
    sections = dict(SECTION.findall(FILE.read_text())) if FILE.exists() else {}
    failed = []
    for name, measure in measures.items():
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            text = measure().strip()
        except Exception:
            traceback.print_exc()
            failed.append(name)
            continue
        sections[name] = f"{text}\n\nMachine: {harness.machine()}."
        print(sections[name], flush=True)
    kept = [f"<!-- {name} -->\n{sections[name]}\n<!-- /{name} -->" for name in sorted(sections)]
    FILE.write_text(HEAD + "\n" + "\n\n".join(kept) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
