"""Flows killed at any moment, with replies lost on the way: each record arrives once."""

from __future__ import annotations

import json
import random
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from flow_world import KEY, invoice, receiving

from forking import forking_process, kill, set_ahead
from xeroport.catalogue import load
from xeroport.secrets.vault import Secret
from xeroport.store import flows, instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.store.outbox import outbox
from xeroport_emulator import Emulator
from xeroport_emulator.gateway.faults import parsed_faults
from xeroport_emulator.rules.apply import apply

FAULTS = "drop-before:5%,drop-after:10%,500:3%,503:3%,slow:30ms"
WINDOW = 400.0
"""Seconds that outlast Xero's memory for idempotency keys (360)."""
CHAIN = """
where = "InvoiceNumber LIKE 'P-%'"
each.line = "LineItems"
[source]
instance = "north"
endpoint = "invoices.list"
[fields]
Type = "Type"
InvoiceNumber = "InvoiceNumber"
"Contact.Name" = "Contact.Name"
Date = "Date"
DueDate = "DueDate"
Reference = "Reference"
LineAmountTypes = "LineAmountTypes"
Status = "'AUTHORISED'"
"LineItems.Description" = "line.Description"
"LineItems.Quantity" = "line.Quantity"
"LineItems.UnitAmount" = "line.UnitAmount"
"LineItems.AccountCode" = "line.AccountCode"
[target]
instance = "south"
endpoint = "invoices.create"
on_change = "update"
"""


class Field:
    """Organisations on ports, a home folder, a clock that all share, and runs to kill."""

    def __init__(self, folder: Path, urls: dict[str, tuple[Emulator, str]]) -> None:
        self.folder = folder
        self.clock = folder / "clock"
        self.clock.write_text("0")
        self.ahead = 0.0
        self.store = Store(folder / "home")
        self.emulators = {name: emulator for name, (emulator, _) in urls.items()}
        for name, (emulator, url) in urls.items():
            made = Instance(name, url, url, emulator.client_id, rate_limit=100_000)
            instances.add(self.store, made, Secret(emulator.client_secret))
        self.forking = forking_process("flow", key=KEY)

    def add(self, name: str, text: str) -> None:
        flows.put(
            self.store,
            name,
            text,
            folder=str(self.folder),
            now=datetime.now(UTC),
            afresh=False,
        )

    def trouble(self, name: str, endpoint: str) -> None:
        plan = self.emulators[name].faults.plan
        plan.extend(parsed_faults(FAULTS))
        for fault in plan:
            fault.endpoint = endpoint

    def advance(self, seconds: float) -> None:
        self.ahead += seconds
        set_ahead(self.clock, self.ahead)
        for emulator in self.emulators.values():
            emulator.clock.advance(seconds)

    def run(
        self,
        flow: str,
        *,
        kill_after: float | None = None,
        calls: int | None = None,
        lot: int = 20,
    ) -> int:
        """One run and its exit status; it is killed after so many seconds from its start, or from
        the moment at which the organisations have had so many calls."""
        given = {
            "home": str(self.folder / "home"),
            "clock": str(self.clock),
            "flow": flow,
            "batch": "4",
            "lot": str(lot),
        }
        wanted = self.calls() + calls if calls is not None else 0
        pid = self.forking.start(given)
        over = threading.Event()

        def end() -> None:
            while self.calls() < wanted and not over.wait(0.003):
                pass
            if kill_after is not None and not over.wait(kill_after):
                kill(pid)

        killer = threading.Thread(target=end)
        killer.start()
        try:
            status = self.forking.end(pid)
        finally:
            over.set()
            killer.join()
        assert status in (0, 1, 5, -signal.SIGKILL), status
        return status

    def calls(self) -> int:
        """How many calls all organisations have had."""
        return sum(each.app.calls for each in self.emulators.values())

    def finish(self, flow: str) -> None:
        """Run until it ends well, with nothing going wrong any more."""
        for emulator in self.emulators.values():
            emulator.faults.clear()
        status = -1
        for _ in range(10):
            status = self.run(flow)
            if status == 0:
                return
            self.advance(WINDOW)
        assert status == 0

    def close(self) -> None:
        self.store.close()


@contextmanager
def field(folder: Path, *names: str) -> Iterator[Field]:
    with ExitStack() as stack:
        urls = {}
        for number, name in enumerate(names):
            emulator = Emulator("empty", limits="off", seed=number)
            urls[name] = (emulator, stack.enter_context(emulator.serve()))
        made = Field(folder, urls)
        stack.callback(made.close)
        yield made


def write(place: Field, name: str, endpoint: str, element: dict[str, Any]) -> dict[str, Any]:
    """Write one record straight into an organisation."""
    emulator = place.emulators[name]
    outcome = apply(emulator.organisation, load().endpoint(endpoint), element, {})
    assert outcome.record is not None, outcome.errors
    return outcome.record


def seen(place: Field, name: str) -> dict[str, tuple[Any, ...]]:
    """What an organisation holds, in the fields that the flow carries; fails on doubles."""
    held = [
        each
        for each in place.emulators[name].organisation.tables["Invoice"]
        if each["InvoiceNumber"].startswith("P-")
    ]
    numbers = Counter(each["InvoiceNumber"] for each in held)
    assert set(numbers.values()) <= {1}, numbers.most_common(3)
    return {
        each["InvoiceNumber"]: (
            each["Total"],
            each["DueDate"],
            each.get("Reference") or None,
            each["Contact"]["Name"],
            [(line["Description"], line["LineAmount"]) for line in each["LineItems"]],
        )
        for each in held
    }


def crash(folder: Path, *, kills: int, records: int, seed: int) -> Counter[str]:
    """Invoices appear and change in the north while runs to the south are killed."""
    dice = random.Random(seed)
    told: Counter[str] = Counter()
    with field(folder, "north", "south") as place:
        place.add("chain", CHAIN)
        place.trouble("south", "invoices.*")
        made: list[dict[str, Any]] = []
        while told["killed"] < kills:
            for _ in range(max(records // kills, 1)):
                number = len(made) + 1
                amount = f"{number}.25"
                made.append(
                    write(place, "north", "invoices.create", invoice(f"P-{number}", amount=amount))
                )
            for each in dice.sample(made, min(3, len(made))):
                change = {"InvoiceID": each["InvoiceID"], "Reference": f"r{dice.random()}"}
                write(place, "north", "invoices.upsert", change)
            if dice.random() < 0.2:
                status = place.run("chain", kill_after=dice.uniform(0.02, 0.3), lot=3)
            else:
                moment = dice.uniform(0, 0.04)
                status = place.run("chain", kill_after=moment, calls=dice.randrange(15), lot=3)
            told["killed"] += status == -signal.SIGKILL
            told[f"ended {status}"] += status != -signal.SIGKILL
            if dice.random() < 0.2:
                place.advance(WINDOW)
        told.update({fault.kind: fault.happened for fault in place.emulators["south"].faults.plan})
        place.finish("chain")
        place.finish("chain")
        assert seen(place, "south") == seen(place, "north")
        assert len(seen(place, "south")) == len(made)
        sent = list(outbox.deliveries(place.store, "south"))
        assert {each.status for each in sent} == {"sent"}
        assert flows.counts(place.store, "chain") == {0: {"sent": len(made)}}
    return told


def test_a_killed_flow_brings_each_record_once(tmp_path: Path) -> None:
    told = crash(tmp_path, kills=15, records=120, seed=11)
    print(dict(told))
    assert told["killed"] >= 15
    assert told["drop-after"] >= 1


@pytest.mark.soak
def test_two_hundred_kills(tmp_path: Path) -> None:
    told = crash(tmp_path, kills=200, records=2_000, seed=12)
    print(dict(told))
    assert told["killed"] >= 200


EVERYWHERE = """
key = "no"
[source]
files = "in/*.csv"
[fields]
no = "no"
amount = "amount::DECIMAL(18, 2)"
[target]
table = "made.wanted"
to = "duckdb:made.duckdb"
[[then]]
[then.fields]
no = "no"
amount = "amount"
[then.target]
file = "out/{run}.ndjson"
[[then]]
[then.target]
url = "URL"
"""


def test_a_killed_flow_leaves_tables_files_and_posts_whole(tmp_path: Path) -> None:
    """Tables and files once each; posts at least once, a repeat under the same key."""
    dice = random.Random(5)
    (tmp_path / "in").mkdir()
    with field(tmp_path) as place, receiving() as receiver:
        place.add("all", EVERYWHERE.replace("URL", receiver.url))
        wanted: dict[str, Decimal] = {}
        killed = 0
        while killed < 10:
            new = {f"{len(wanted) + n}": Decimal(dice.randrange(10_000)) / 100 for n in range(40)}
            wanted |= new
            rows = "".join(f"{no},{amount}\n" for no, amount in new.items())
            (tmp_path / "in" / f"{len(wanted)}.csv").write_text(f"no,amount\n{rows}")
            status = place.run("all", kill_after=dice.uniform(0.02, 0.3), lot=15)
            killed += status == -signal.SIGKILL
        place.finish("all")
        with duckdb.connect(str(tmp_path / "made.duckdb"), read_only=True) as books:
            rows = books.execute("SELECT no, amount FROM made.made.wanted").fetchall()
            assert len(rows) == len(wanted)
            assert dict(rows) == wanted
        found = [
            json.loads(line, parse_float=Decimal)
            for file in (tmp_path / "out").iterdir()
            for line in file.read_text().splitlines()
        ]
        assert sorted(each["no"] for each in found) == sorted(wanted)
        assert {each["no"]: Decimal(each["amount"]) for each in found} == wanted
        keys = {key: body["no"] for key, body in receiver.got}
        assert len(keys) == len(wanted)
        assert set(keys.values()) == set(wanted)
        assert flows.counts(place.store, "all") == {n: {"sent": len(wanted)} for n in range(3)}
