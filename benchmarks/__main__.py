"""`python -m benchmarks [NAME …]`: measure all, or those named, and write BENCHMARKS.md.

`python -m benchmarks pairs CHECKOUT` measures this checkout against another one.
"""

from __future__ import annotations

import pkgutil
import re
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import benchmarks
from benchmarks import harness, pairs

FILE = Path(__file__).resolve().parent.parent / "BENCHMARKS.md"
NOT_SECTIONS = {"__main__", "harness"}
HEAD = """# Benchmarks

Made by `make bench` (`python -m benchmarks NAME` measures one section again). Each number is a
median; each section says how it was made and on which machine.
"""
SECTION = re.compile(r"<!-- (\w+) -->\n(.*?)\n<!-- /\1 -->", re.DOTALL)


def names() -> list[str]:
    """The benchmark modules: those of this package that have a `section`."""
    found = [each.name for each in pkgutil.iter_modules(benchmarks.__path__)]
    modules = {
        name: import_module(f"benchmarks.{name}") for name in found if name not in NOT_SECTIONS
    }
    return sorted(name for name, module in modules.items() if hasattr(module, "section"))


def main(wanted: list[str]) -> int:
    if wanted[:1] == ["pairs"]:
        other = Path(wanted[1]) if len(wanted) == 2 else None
        if other is None or not (other / "src" / "xeroport").is_dir():
            print("`pairs` takes the folder of another checkout: `benchmarks pairs ../old`")
            return 2
        return _measured({"pairs": lambda: pairs.against(other)})
    known = names()
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"there is no benchmark `{unknown[0]}`; there are: {', '.join([*known, 'pairs'])}")
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
