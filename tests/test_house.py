"""One noun, one class; modules named for what a stranger would search for; words of today."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Container, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import click

from xeroport.cli import main

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("xeroport", "xeroport_emulator")
SAME_NOUN = {
    "App": "an application registered at Xero: for the client to sign in with, for the emulator",
    "Books": "books in Python, what a statement reads of them, the emulator's accounts",
    "Chart": "a drawing on a page, and the emulator's chart of accounts",
    "Column": "of a table, and of the emulator's reports",
    "Connection": "of an app to an organisation: as the client reads it, as the emulator keeps it",
    "Delivery": "a record on its way into Xero, and a webhook's on its way out of the emulator",
    "Gate": "calls are let out by the client's, and let in by the emulator's",
    "Organisation": "as a ledger is derived for it, and as the emulator has it",
    "Posting": "as a page shows it, and as the emulator's ledger makes it",
    "Refused": "the error of the client, and a grant that the emulator refuses",
    "Reply": "as the client reads it, and as the emulator writes it",
    "Row": "a row of a source, and a row of a statement",
    "Setting": "the emulator's two data sets have one each",
    "Table": "of a destination, and of the emulator",
    "_Entry": "private to the ledger's journals and to the aged report",
}
"""Class names that two modules share, and why: most are the two sides of one exchange."""
DOORS = ("cli/commands/", "cli/completion", "console/pages/", "api/")
"""Rooms whose modules are named for what they show: the same noun, shown elsewhere."""
OF_EACH = frozenset({"duckdb", "parquet", "postgres", "run", "report", "plan", "log_lines"})
"""Modules that every destination, or every job, has one of."""
SAME_MODULE = {
    "bank": "the emulator's rules, and what its demo has",
    "documents": "the emulator's rules, and the operations on them",
    "journals": "the emulator's rules, and the journals that its ledger makes",
    "setting": "the emulator's two data sets have one each",
    "ledger": "the job that makes it, and the rules that it is made by",
}
"""Module names that two rooms of a package share, and why."""
METAPHORS = frozenset(
    {
        *("aside", "telling", "gone", "fates", "crew", "departure", "trouble", "same"),
        *("chosen", "news", "keep", "drafts_of", "helper", "helpers", "utils", "common"),
        *("misc", "manager", "handler", "service", "base"),
        *("aloud", "courier", "desk", "door", "doorkeeper", "neighbours"),
    }
)
"""Words that no module is named with: nobody would search for them."""

NO_NOUN = frozenset(
    {
        *("Asked", "Before", "Beside", "Got", "Going", "Heard", "Kept", "Made", "Out", "Said"),
        *("Seen", "Shown", "Told", "Way", "Found", "Given", "Listed", "Worked", "Private"),
    }
)
"""What no class is called: a type is a noun that says of what."""
VAGUE = frozenset({"found", "each", "given", "made", "kept", "told"})

OUTDATED = re.compile(
    r"\b(whence|lest|anew|thereby|withal|is had|to be had|said of itself|gone on with|go on with it"
    r"|of it overdue|to mend|mend (?:it|them|the)|mended|what the rows become|less usual"
    r"|keep the key|tell of failures|at the least|came of it|is told|are told|at all events)\b",
    re.IGNORECASE,
)
"""Turns of phrase that nobody uses today, with plainer ones in STYLE.md."""


CLIPPED = re.compile(
    r"(?<![Tt]here )(?<!that )\bis no (?!longer\b|more\b|option\b)|\bgo(?:es|ing)? on\b|[;,] else\b"
    r"|\bfates?\b|\b(?:is|are|kept|lies?) sealed\b|\bnobody said|\bsay so with|\bat the most\b"
    r"|\bby themselves\b|\b(?:runs?|run|works?|working) by itself\b"
    r"|\bstands? (?:in|there|beside|twice|once|on|over)\b|would not cast|\bno document says"
    r"|\btak(?:e|es|en) (?:it |them |all )?back\b|Go on\?|\bsmall letters|\bbegins? again\b"
    r"|\bvery (?:word|process|second|moment)\b|\btells? of\b|\blies? (?:in|on|below|beside)\b"
    r"|\bto be seen\b|\bnot to be found|\bthe ticked\b|\bask(?:ed)? SQL|\bis taken for\b"
    r"|\bevery 1 |^Forgets? |\bone a (?:line|call|stream|record|cell)\b|\ba record a line\b"
    r"|\bhow (?:it is|they are)\b(?! kept)|\bsee that (?:it|the) |\bcomes first`|\bbare names\b"
    r"|\b1 (?:distinct ids|minutes|hours|days|calls|records|rows)\b"
)
"""Turns of phrase that are clipped, old or a picture, in what a user of the product reads."""
TRANSLATED = re.compile(
    r"\bgo(?:es)? on\b(?! side)|\bfor ever\b|\bin good order\b|\bat the most\b|\bfarther\b"
    r"|\bin vain\b|\bfates?\b|\bcomes? on\b|\bwhat c[ao]mes? of\b|\bfor what is none\b"
    r"|\bdealings\b",
    re.IGNORECASE,
)
"""Turns of phrase in docstrings that sound translated; what users read has CLIPPED besides."""
READ_BY_USERS = (
    "README.md", "SECURITY.md", "docs/guide/*.md", "docs/reference/*.md", "docs/guarantees.md",
    "docs/coverage.md", "src/xeroport/mcp/*.md",
)  # fmt: skip


CONSTANTS = re.compile(
    r"records a page|has more than \{\} (files|rows)|^more than \{\} lines|calls a minute"
    r"|calls at once|has \{\} instances: say which|to \{\} instances|records together"
    r"|lists and objects are|^`xeroport sync \{\} journals`|^\{\} invoices$"
    r"|^\{\} contacts are called"
)
"""Messages whose number is a limit, or of things that are several: never 1."""


@cache
def sources(package: str) -> tuple[tuple[Path, ast.Module], ...]:
    paths = sorted((ROOT / "src" / package).rglob("*.py"))
    return tuple((path, ast.parse(path.read_text(encoding="utf-8"))) for path in paths)


def test_one_noun_one_class() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for package in PACKAGES:
        for path, tree in sources(package):
            for node in tree.body:
                if isinstance(node, ast.ClassDef):
                    places[node.name].append(str(path.relative_to(ROOT / "src")))
    shared = {name: paths for name, paths in places.items() if len(paths) > 1}
    assert {name: shared[name] for name in sorted(shared.keys() - SAME_NOUN.keys())} == {}
    assert sorted(SAME_NOUN.keys() - shared.keys()) == [], "take these off the list"


def test_one_name_one_module() -> None:
    shared: dict[str, list[str]] = {}
    for package in PACKAGES:
        places: dict[str, list[str]] = defaultdict(list)
        for path, _ in sources(package):
            place = str(path.relative_to(ROOT / "src" / package))
            if not path.stem.startswith("__") and not place.startswith(DOORS):
                places[path.stem].append(place)
        shared |= {name: paths for name, paths in places.items() if len(paths) > 1}
    unexplained = shared.keys() - SAME_MODULE.keys() - OF_EACH
    assert {name: shared[name] for name in sorted(unexplained)} == {}
    assert sorted(SAME_MODULE.keys() - shared.keys()) == [], "take these off the list"


def test_no_function_has_two_things_of_one_vague_name() -> None:
    """Where a function binds several things, `found`, `each`, `given` … do not tell them apart."""
    comprehensions = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
    several = []
    for package in PACKAGES:
        for path, tree in sources(package):
            for function in ast.walk(tree):
                if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    continue
                things: set[tuple[str, int]] = set()
                in_loops: set[ast.Name] = set()
                for node in ast.walk(function):
                    targets = []
                    if isinstance(node, comprehensions):
                        targets = [generator.target for generator in node.generators]
                    elif isinstance(node, ast.For | ast.AsyncFor):
                        targets = [node.target]
                    for name in (n for t in targets for n in ast.walk(t)):
                        if isinstance(name, ast.Name) and name.id in VAGUE:
                            in_loops.add(name)
                            things.add((name.id, id(node)))
                things |= {
                    (name.id, 0)
                    for name in ast.walk(function)
                    if isinstance(name, ast.Name)
                    and isinstance(name.ctx, ast.Store)
                    and name.id in VAGUE
                    and name not in in_loops
                }
                if len(things) > 1:
                    several.append(f"{path.relative_to(ROOT)}:{function.lineno} {function.name}")
    assert several == []


def test_no_function_is_called_by_a_vague_name() -> None:
    vague = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for package in PACKAGES
        for path, tree in sources(package)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in VAGUE
    ]
    assert vague == []


def test_no_file_is_longer_than_400_lines() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {len(lines)}"
        for package in PACKAGES
        for path, _ in sources(package)
        if len(lines := path.read_text(encoding="utf-8").splitlines()) > 400
    ]
    assert long == []


def test_modules_are_named_for_what_one_searches_for() -> None:
    found = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path, _ in sources(package)
        if path.stem in METAPHORS
    ]
    assert found == []


def test_classes_are_named_for_what_they_are() -> None:
    vague = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for package in PACKAGES
        for path, tree in sources(package)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and (node.name in NO_NOUN or node.name.lower() in METAPHORS)
    ]
    assert vague == []


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


def docstrings(tree: ast.Module) -> set[int]:
    """The ids of the constants that are docstrings, or texts below an assignment."""
    return {
        id(statement.value)
        for node in ast.walk(tree)
        if isinstance(body := getattr(node, "body", None), list)
        for statement in body
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    }


def test_docstrings_do_not_sound_translated() -> None:
    phrases = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {match[0]}"
        for package in PACKAGES
        for path, tree in sources(package)
        for inner in [docstrings(tree)]
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and id(node) in inner
        for match in TRANSLATED.finditer(" ".join(str(node.value).split()))
    ]
    assert phrases == []


def read_by_users() -> Iterator[tuple[str, str]]:
    """Where → a text that a user reads: guides, reference, pages, help, messages, hints, logs."""
    for page in (found for pattern in READ_BY_USERS for found in ROOT.glob(pattern)):
        yield page.name, page.read_text(encoding="utf-8")
    for page in ROOT.glob("src/**/templates/*.html"):
        text = page.read_text(encoding="utf-8")
        yield page.name, re.sub(r"\{#.*?#\}|\{%.*?%\}", "", text, flags=re.DOTALL)
    for package in PACKAGES:
        for path, tree in sources(package):
            inner = docstrings(tree) if "commands" not in path.parts else set()
            for node in ast.walk(tree):
                is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
                if is_text and id(node) not in inner:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value  # type: ignore[attr-defined]


def test_what_users_read_sounds_like_a_colleague() -> None:
    found = [
        f"{place}: {plain[max(match.start() - 30, 0) : match.end() + 20]}"
        for place, text in read_by_users()
        for plain in [" ".join(text.split())]
        for match in CLIPPED.finditer(plain)
    ]
    assert found == []


def test_counts_have_the_right_plural() -> None:
    """No message says `1 calls`: a number before a noun goes through `counted`, constants apart."""
    nouns = (
        "calls?|records?|rows?|streams?|instances?|problems?|values?|lines?|files?|shards?"
        "|documents?|schedules?|flows?|events?|fields?|errors?|warnings?|deliveries|endpoints"
        "|journals|month ends|lists|invoices|contacts|organisations|bytes (?!in)"
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


BOUND_TO_A_PLATFORM = frozenset(
    {"fcntl", "grp", "msvcrt", "pty", "pwd", "resource", "syslog", "termios", "tty", "winreg"}
)


def test_nothing_bound_to_a_platform_is_imported_with_a_module() -> None:
    """Only inside the function that needs it, which says what happens elsewhere."""
    bound = [
        f"{path.relative_to(ROOT)}: {name}"
        for package in PACKAGES
        for path, tree in sources(package)
        for name in imported(tree, BOUND_TO_A_PLATFORM, typed=True, in_functions=False)
    ]
    assert bound == []


IN_PAIRS = {
    frozenset({"xeroport.records.column_paths", "xeroport.records.from_rows"}),
    frozenset({"xeroport.cli.wait_messages", "xeroport.cli.session"}),
    frozenset(
        {"xeroport_emulator.organisation.organisation", "xeroport_emulator.organisation.stock"}
    ),
    frozenset({"xeroport_emulator.control", "xeroport_emulator.emulator"}),
}
"""Modules that know each other's types, under `TYPE_CHECKING`; ARCHITECTURE.md says why."""


def test_no_circle_of_files() -> None:
    trees = {
        ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(
            ".__init__"
        ): tree
        for package in PACKAGES
        for path, tree in sources(package)
    }
    running = {name: imported(tree, trees, typed=False) - {name} for name, tree in trees.items()}
    assert [sorted(circle) for circle in circles(running)] == []
    typed = {name: imported(tree, trees, typed=True) - {name} for name, tree in trees.items()}
    del typed["xeroport"]  # it names all exports
    assert {frozenset(circle) for circle in circles(typed)} == IN_PAIRS


def test_every_floor_says_what_its_rooms_build_on() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    ordered = {
        container.removeprefix("xeroport."): contract["layers"]
        for contract in contracts
        for container in contract.get("containers", ())
        if contract["type"] == "layers" and contract.get("exhaustive")
    }
    folder = ROOT / "src/xeroport"
    floors = {path.parent.name for path in folder.glob("*/__init__.py")}
    few = {name for name in floors if len(list((folder / name).glob("[!_]*"))) <= 2}
    assert floors - few <= ordered.keys()
    trees = {
        ".".join(path.relative_to(folder).with_suffix("").parts): tree
        for path, tree in sources("xeroport")
    }
    unused = []  # of a row that nothing above builds on, the contract would say nothing
    for floor in sorted(ordered.keys() & floors):
        rows = [[f"{floor}.{name.strip()}" for name in row.split("|")] for row in ordered[floor]]
        for above, below in pairwise(rows):
            used = {
                room
                for name, tree in trees.items()
                if any(within(name, room) for room in above)
                for module in named_by(tree)
                for room in below
                if within(module, room)
            }
            if not used:
                unused.append((floor, above, below))
    assert unused == []


def within(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}.")


def named_by(tree: ast.Module) -> Iterator[str]:
    """What a module imports of xeroport, without `xeroport.`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("xeroport."):
            module = (node.module or "").removeprefix("xeroport.")
            yield from (f"{module}.{alias.name}" for alias in node.names)


def imported(
    tree: ast.AST, known: Container[str], *, typed: bool, in_functions: bool = True
) -> set[str]:
    """The modules that a tree imports, those under `TYPE_CHECKING` too where `typed` says so."""
    modules: set[str] = set()
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    for part in ("body", "orelse", "finalbody", "handlers"):
        for node in getattr(tree, part, ()):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                modules |= {name if name in known else node.module for name in names}
            elif isinstance(node, ast.Import):
                modules |= {alias.name for alias in node.names}
            elif isinstance(node, functions) and not in_functions:
                continue
            elif typed or not (isinstance(node, ast.If) and "TYPE_CH" in ast.unparse(node.test)):
                modules |= imported(node, known, typed=typed, in_functions=in_functions)
    return {name for name in modules if name in known}


def circles(imports: dict[str, set[str]]) -> list[set[str]]:
    """The largest sets of modules that all import one another, directly or not."""
    left = dict(imports)
    while ends := {name for name, others in left.items() if not others & left.keys()}:
        left = {name: others & left.keys() for name, others in left.items() if name not in ends}
    reach = {name: reached(name, left) for name in left}
    mutual = {
        frozenset(other for other in reach[name] if name in reach.get(other, ())) for name in left
    }
    return [set(circle) for circle in mutual if len(circle) > 1]


def reached(name: str, imports: dict[str, set[str]]) -> set[str]:
    """All that a module imports, directly or not."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        for other in imports.get(waiting.pop(), set()) - seen:
            seen.add(other)
            waiting.append(other)
    return seen
