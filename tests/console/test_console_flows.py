"""Flows made, changed and corrected in the console; what a console user may not put into one."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from console_world import Visitor, add_instance, visiting
from hypothesis import given, settings
from hypothesis import strategies as st

from xeroport.console.jobs import flow_places, flow_trial
from xeroport.console.jobs.flow_forms import KINDS, FlowForm, as_toml, of_flow
from xeroport.jobs.flow import definition, registry
from xeroport.store import flows, runs
from xeroport.store.database import Store
from xeroport_emulator import Emulator

ORDERS = b"""order_no,customer,Date,DueDate,what,qty,price,account
W-1,Harbour Dairy Ltd,01/11/2026,30/11/2026,Advice,2,100.00,200
W-2,Harbour Dairy Ltd,02/11/2026,30/11/2026,Advice,many,50.00,200
"""
Xero = tuple[Emulator, str]


@pytest.fixture(scope="module")
def own_xero() -> Iterator[Xero]:
    emulator = Emulator(5, limits="off", seed=3)
    with emulator.serve() as base_url:
        yield emulator, base_url


@pytest.fixture
def world(tmp_path: Path, own_xero: Xero) -> Iterator[Visitor]:
    with visiting(tmp_path / "home") as visitor:
        assert add_instance(visitor, *own_xero, name="acme").status_code == 200
        yield visitor


def test_a_flow_that_could_not_be_tried_is_not_right(tmp_path: Path) -> None:
    """The check itself fails: nothing was found wrong, and nothing right."""
    (tmp_path / "xeroport.sqlite").write_text("not a database")
    text = 'key = "n"\n[source]\nfiles = "a.csv"\n[target]\nurl = "https://example.com"\n'
    trial = flow_trial.try_out(tmp_path, text, name="x", folder=tmp_path)
    assert not trial.is_right
    (problem,) = trial.problems
    assert "is damaged: file is not a database; restore it from a backup" in problem


def ended(visitor: Visitor, url: str) -> str:
    """The status of the run that an address leads to, once it has ended."""
    store: Store = visitor.app.state.console.store
    number = int(re.findall(r"/runs/(\d+)", url)[0])
    until = time.monotonic() + 30
    while (status := runs.get(store, number).status) == "running":
        assert time.monotonic() < until
        time.sleep(0.1)
    return status


def make(visitor: Visitor, kind: str, name: str, *, file: bytes = b"", **fields: str) -> str:
    """The page of a new flow's draft."""
    ending = "toml" if kind == "toml" else "csv"
    reply = visitor.client.post(
        "/new-flow/upload",
        data={"csrf": visitor.token(), "kind": kind, "name": name, **fields},
        files={"file": (f"first.{ending}", file)} if file else None,
    )
    assert reply.status_code == 200, reply.text
    return str(reply.url.path)


def test_a_folder_of_files_into_xero_with_a_refused_record_corrected(
    world: Visitor, own_xero: Xero
) -> None:
    before = len(own_xero[0].organisation.tables["Invoice"])
    where = make(world, "files-xero", "web-orders", file=ORDERS, to_instance="acme")
    page = world.get(where).text
    assert "Tried on 2 records" in page
    assert "Nothing was sent" in page
    assert "`many`" in page or "<code>many</code>" in page
    assert 'value="LineItems.Quantity"' in page
    assert 'id="key" name="key" value="order_no"' in page
    kept = world.post(where, do="keep")
    assert kept.url.path == "/flows/web-orders"
    assert ended(world, str(world.post("/flows/web-orders", do="run").url)) == "partial"
    page = world.get("/flows/web-orders").text
    number = re.findall(r"\?correct=(\d+)#", page)
    assert len(number) == 1
    page = world.get(f"/flows/web-orders?correct={number[0]}").text
    assert "Correct W-2" in page
    places = re.findall(r'name="place" value="([^"]+)"', page)
    texts = re.findall(r'id="v\d+" name="value" value="([^"]*)"', page)
    assert "many" in texts
    again = world.post(
        "/flows/web-orders",
        do="correct",
        record=number[0],
        place=[place.replace("&#34;", '"') for place in places],
        value=["3" if text == "many" else text for text in texts],
    )
    assert ended(world, str(again.url)) == "done"
    assert len(own_xero[0].organisation.tables["Invoice"]) == before + 2
    more = ORDERS.replace(b"W-1", b"W-3").replace(b"W-2", b"W-4").replace(b"many", b"1")
    reply = world.client.post(
        "/flows/web-orders/upload",
        data={"csrf": world.token()},
        files=[("file", ("more.csv", more))],
    )
    assert "1 file is in its folder" in reply.text
    assert ended(world, str(world.post("/flows/web-orders", do="run").url)) == "done"
    assert len(own_xero[0].organisation.tables["Invoice"]) == before + 4


def test_records_of_xero_into_a_table_another_organisation_and_a_web_address(
    world: Visitor,
) -> None:
    where = make(world, "xero-table", "to-table", instance="acme", endpoint="contacts.list")
    page = world.get(where).text
    assert "Not valid yet" not in page
    assert "ContactID" in page
    assert world.post(where, do="keep").url.path == "/flows/to-table"
    assert ended(world, str(world.post("/flows/to-table", do="run").url)) == "done"

    where = make(world, "xero-http", "to-http", instance="acme", endpoint="contacts.list",
                 url="https://hooks.example.com/x")  # fmt: skip
    assert "Tried on" in world.get(where).text
    changed = world.post(
        where,
        do="form",
        instance="acme",
        endpoint="contacts.list",
        url="https://hooks.example.com/x",
        key="",
        where="Name <> 'x'",
        every="day",
        at="07:30",
        notify="ops@example.com",
        **{"field.name": ["name", ""], "field.value": ["upper(Name)", ""]},
    )
    assert "Tried on" in changed.text, changed.text
    assert world.post(where, do="keep").url.path == "/flows/to-http"
    document = flows.get(world.app.state.console.store, "to-http").document
    assert 'schedule = "30 7 * * *"' in document
    assert 'notify = "mailto:ops@example.com"' in document

    where = make(world, "xero-xero", "copies", instance="acme", endpoint="contacts.list",
                 to_instance="acme", to_endpoint="contacts.create")  # fmt: skip
    assert "it would feed itself" in world.get(where).text
    assert "is not right yet" in world.post(where, do="keep").text


def test_a_flow_file_is_taken_checked_and_corrected(world: Visitor) -> None:
    text = """# with a comment
key = "n"
[source]
files = "orders/*.csv"
[fields]
Nam = "n"
[target]
instance = "acme"
endpoint = "contacts.upsert"
"""
    where = make(world, "toml", "from-file", file=text.encode())
    page = world.get(where).text
    assert "has no field <code>Nam</code>" in page
    assert "# with a comment" in page
    right = world.post(where, do="text", text=text.replace("Nam ", "Name "))
    assert "Not valid yet" not in right.text
    assert world.post(where, do="keep").url.path == "/flows/from-file"
    draft = world.post("/flows/from-file", do="edit")
    assert draft.url.path.startswith("/new-flow/")
    assert "# with a comment" in draft.text
    assert "Nothing was removed" in world.post("/flows/from-file", do="remove").text
    gone = world.post("/flows/from-file", do="remove", sure="yes")
    assert "is removed" in gone.text


HOSTILE = {
    'files = "/etc/*"': "below the folder",
    'files = "../*.sqlite"': "below the folder",
    'files = "a/../../key"': "below the folder",
    'files = "~/x"': "below the folder",
    'files = "C:/x"': "below the folder",
    "sql = \"select * from read_text('/etc/passwd')\"": "cannot be set as a source",
}
TARGETS = {
    'file = "/tmp/x.csv"': "below the folder",
    'file = "../x.csv"': "below the folder",
    'url = "http://127.0.0.1:1/x"': "cannot be set from the console",
    'url = "https://intranet/x"': "cannot be set from the console",
    'url = "https://a.example.com/x"\nheaders.K = "env:XEROPORT_KEY"': "reads the environment",
    'table = "a.b"\nto = "postgresql://u:p@10.0.0.1/x"': "this database cannot be set",
    'table = "a.b"\nto = "duckdb:../books.duckdb"': "below the folder",
}


@pytest.mark.parametrize(
    ("source", "target", "top", "said"),
    [
        *[(source, 'file = "out.csv"', "", said) for source, said in HOSTILE.items()],
        *[('files = "a/*"', target, "", said) for target, said in TARGETS.items()],
        ('files = "a/*"', 'file = "out.csv"', 'notify = "touch /tmp/x"', "a command cannot"),
        ('files = "a/*"', 'file = "out.csv"', 'notify = "a@b.example"', "mailto:a@b.example"),
        ('files = "a/*"', 'file = "out.csv"', 'lookup.t.file = "/etc/passwd"', "below the folder"),
    ],
)
def test_a_flow_names_nothing_outside(
    visitor: Visitor, source: str, target: str, top: str, said: str
) -> None:
    """Refused before anything is read, and never kept."""
    text = f'key = "n"\nschedule = "0 1 * * *"\n{top}\n[source]\n{source}\n'
    text += f'[fields]\nn = "n"\n[target]\n{target}\n'
    page = visitor.get(make(visitor, "toml", "probe", file=text.encode()))
    assert said in page.text
    assert "Nothing was sent" not in page.text
    assert "is not right yet" in visitor.post(page.url.path, do="keep").text
    assert flows.all_flows(visitor.app.state.console.store) == ()


def test_what_the_command_line_named_stays_and_nothing_else(
    visitor: Visitor, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    text = 'key = "n"\n[source]\nfiles = "in/*.csv"\n[fields]\nn = "n"\n[target]\nfile = "o.csv"\n'
    flow, faults = definition.parse(text, name="old", folder=tmp_path)
    assert flow is not None, faults
    store = visitor.app.state.console.store
    registry.keep(store, text, flow, now=datetime.now(UTC))
    where = visitor.post("/flows/old", do="edit").url.path
    same = visitor.post(where, do="text", text=text.replace('n = "n"', 'n = "upper(n)"'))
    assert "Not valid yet" not in same.text
    other = visitor.post(where, do="text", text=text.replace("in/*", "../*"))
    assert "below the folder" in other.text
    named = visitor.post(where, do="text", text='name = "new"\n' + text)
    assert "a flow keeps its name" in named.text


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    root = flow_places.files_folder(tmp_path)
    root.mkdir()
    (root / "out").symlink_to("/etc")
    flow, _ = definition.parse(
        'key = "n"\n[source]\nfiles = "out/*"\n[target]\nfile = "x.csv"\n', name="a", folder=root
    )
    assert flow is not None
    refusals = flow_places.faults(Store(tmp_path), flow, None)
    assert [fault.place for fault in refusals] == ["source.files"]


PLAIN = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(str.strip)


@settings(max_examples=60, deadline=None)
@given(
    st.builds(
        FlowForm,
        kind=st.sampled_from(list(KINDS)),
        name=st.just("flow"),
        instance=PLAIN,
        endpoint=PLAIN,
        files=PLAIN,
        key=PLAIN,
        where=PLAIN,
        fields=st.lists(
            st.tuples(st.from_regex(r"[A-Z][a-z]{0,5}", fullmatch=True), PLAIN),
            min_size=1,
            unique_by=lambda pair: pair[0],
        ).map(tuple),
        to_instance=PLAIN,
        to_endpoint=PLAIN,
        on_change=st.sampled_from(["refuse", "update", "keep"]),
        table=PLAIN,
        url=PLAIN,
        schedule=PLAIN,
    )
)
def test_a_form_comes_back_from_its_file(form: FlowForm) -> None:
    """What stands in a form is what the flow says, whatever characters were typed."""
    flow, faults = definition.parse(as_toml(form), name="other", folder=Path("/x"))
    assert flow is not None, faults
    back = of_flow(flow)
    assert back is not None
    assert as_toml(back) == as_toml(form)
