"""Files to attach, in folders named by id, number or name, and all that can be wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from push_world import World, invoice

from xeroport.errors import InputError


def put(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def attached(world: World) -> dict[str, list[bytes]]:
    """What is attached, by invoice number."""
    files = world.emulator.world.extras.files
    numbers = {each["InvoiceID"]: each["InvoiceNumber"] for each in world.held("Invoice")}
    return {numbers[key]: [f.content for f in each] for key, each in files.items() if each}


def invoices(world: World, *numbers: str, **more: Any) -> None:
    rows = [{**invoice(n, **more), "no": f"{n} {more}"} for n in numbers]
    assert world.push("invoices.create", rows, key="no").ok


def test_folders_and_files_named_by_number_or_id(world: World, tmp_path: Path) -> None:
    invoices(world, "INV-1", "INV-2", "INV,3")
    third = next(e["InvoiceID"] for e in world.held("Invoice") if e["InvoiceNumber"] == "INV,3")
    folder = put(
        tmp_path / "files",
        "inv-1/a.txt",
        "INV-1/b.txt",
        "INV-2.txt",
        f"{third}/c.txt",
        "INV,3/d.txt",
        ".hidden/x",
        "Thumbs.db",
        "INV-1/deep/e.txt",
    )
    dry = world.push("invoices.attachments.add", folder, dry_run=True)
    assert dry.plan is not None
    assert dry.plan.calls == 5
    report = world.push("invoices.attachments.add", folder)
    assert report.counts == {"sent": 5}, report.problems
    assert {number: sorted(each) for number, each in attached(world).items()} == {
        "INV-1": [b"INV-1/b.txt", b"inv-1/a.txt"],
        "INV-2": [b"INV-2.txt"],
        "INV,3": sorted([b"INV,3/d.txt", f"{third}/c.txt".encode()]),
    }
    assert report.notes == ("left out, too deep in folders: `INV-1/deep/e.txt`",)
    again = world.push("invoices.attachments.add", folder)
    assert (again.counts, again.calls) == ({"sent": 5}, 0)


def test_what_is_wrong_with_a_folder_comes_at_once(world: World, tmp_path: Path) -> None:
    invoices(world, "INV-1", "INV-3")
    invoices(world, "77", Type="ACCPAY", Reference="one")
    invoices(world, "77", Type="ACCPAY", Reference="two")
    folder = put(tmp_path / "files", "77/bill.txt", "INV-1/a+b.txt", "INV-2/c.txt", "notes.txt")
    put(folder, "INV-1/good.txt", *(f"INV-3/{n:02}.txt" for n in range(11)))
    (folder / "INV-1" / "empty.txt").write_text("")
    (folder / "INV-1" / "large.txt").write_bytes(b"x" * 10_000_001)
    report = world.push("invoices.attachments.add", folder)
    assert report.exit_status == 2
    ids = sorted(e["InvoiceID"] for e in world.held("Invoice") if e["InvoiceNumber"] == "77")
    assert [each.message for each in report.problems] == [
        "`77/bill.txt`: Xero has 2 records with the `InvoiceNumber` `77`; say which by "
        f"`InvoiceID`: `{ids[0]}`, `{ids[1]}`",
        '`INV-1/a+b.txt` has one of `< > : " / \\ | ? * +`, which Xero refuses',
        "`INV-1/empty.txt` is empty",
        "`INV-1/large.txt` has 10,000,001 bytes; Xero takes 10,000,000",
        "`INV-2/c.txt`: Xero has no invoice with the `InvoiceNumber` `INV-2`",
        "`INV-3/10.txt`: `INV-3` has more than 10 files, and Xero keeps no more for one",
        "`notes.txt`: Xero has no invoice with the `InvoiceNumber` `notes`",
    ]
    assert not attached(world)
    some = world.push("invoices.attachments.add", folder, skip_invalid=True)
    assert (some.counts, some.exit_status) == ({"sent": 11}, 1)
    assert attached(world)["INV-1"] == [b"INV-1/good.txt"]


def test_a_voided_namesake_is_not_meant(world: World, tmp_path: Path) -> None:
    invoices(world, "77", Type="ACCPAY", Reference="one")
    first = world.held("Invoice")[0]["InvoiceID"]
    assert world.push("invoices.update", [{"InvoiceID": first, "Status": "DELETED"}]).ok
    invoices(world, "77", Type="ACCPAY", Reference="two")
    folder = put(tmp_path / "files", "77/a.txt")
    assert world.push("invoices.attachments.add", folder).ok
    assert first not in world.emulator.world.extras.files


def test_contacts_are_known_by_number_and_by_name(world: World, tmp_path: Path) -> None:
    rows = [{"Name": "Bluebell Ltd", "ContactNumber": "C-1"}, {"Name": "Acorn & Sons"}]
    assert world.push("contacts.create", rows, key="Name").ok
    folder = put(tmp_path / "files", "C-1/a.txt", "acorn & sons/b.txt", "Nobody/c.txt")
    report = world.push("contacts.attachments.add", folder, skip_invalid=True)
    assert report.counts == {"sent": 2}
    assert [each.message for each in report.problems] == [
        "`Nobody/c.txt`: Xero has no contact with the `ContactNumber` or `Name` `Nobody`"
    ]


def test_what_xero_gives_no_number_is_known_by_its_id_only(world: World, tmp_path: Path) -> None:
    folder = put(tmp_path / "files", "May/a.txt")
    report = world.push("manual_journals.attachments.add", folder)
    assert report.problems[0].message == (
        "`May/a.txt`: a manual journal is known by its `ManualJournalID` only, and `May` is not one"
    )


def test_rows_may_name_the_number(world: World, tmp_path: Path) -> None:
    invoices(world, "INV-1", "INV-2")
    put(tmp_path, "scan.txt")
    path = tmp_path / "files.csv"
    path.write_text(
        "InvoiceNumber,File\nINV-1,scan.txt\nINV-2,scan.txt\nINV-3,scan.txt\n,scan.txt\n"
    )
    report = world.push("invoices.attachments.add", path, skip_invalid=True)
    assert report.counts == {"sent": 2}
    assert [(each.place.line, each.message) for each in report.problems] == [
        (4, "Xero has no invoice with the `InvoiceNumber` `INV-3`"),
        (5, "the key `InvoiceID` is not in this row"),
        (5, "`InvoiceID` is empty"),
    ]
    path.write_text("Number,File\nINV-1,scan.txt\n")
    with pytest.raises(InputError, match="the column `InvoiceID` is missing") as caught:
        world.push("invoices.attachments.add", path)
    assert caught.value.hint == "it, or `InvoiceNumber`, says which invoice each file belongs to"


def test_an_empty_folder_says_how_it_should_look(world: World, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no files to attach") as caught:
        world.push("invoices.attachments.add", put(tmp_path / "files", ".hidden"))
    assert "INV-001.pdf" in str(caught.value.hint)


@pytest.mark.parametrize(
    "named", ["/etc/x.txt", "../secret.txt", "link.txt", "sub/../../secret.txt"]
)
def test_a_table_names_only_files_below_its_folder(
    world: World, tmp_path: Path, named: str
) -> None:
    invoices(world, "INV-1")
    table = put(tmp_path / "table", "sub/a.txt") / "files.csv"
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "table" / "link.txt").symlink_to(tmp_path / "secret.txt")
    table.write_text(f"InvoiceNumber,File\nINV-1,{named}\n")
    report = world.push("invoices.attachments.add", table)
    assert report.sent_nothing
    assert f"`{named}` is outside" in report.problems[0].message
    assert "`--files DIR`" in (report.problems[0].hint or "")
    assert attached(world) == {}
    table.write_text("InvoiceNumber,File\nINV-1,sub/a.txt\n")
    assert world.push("invoices.attachments.add", table).ok


def test_another_folder_is_allowed_on_demand(world: World, tmp_path: Path) -> None:
    invoices(world, "INV-1")
    table = put(tmp_path / "table", "x") / "files.csv"
    put(tmp_path / "archive", "a.txt")
    table.write_text(f"InvoiceNumber,File\nINV-1,{tmp_path}/archive/a.txt\n")
    assert world.push("invoices.attachments.add", table).sent_nothing
    assert world.push("invoices.attachments.add", table, files=tmp_path / "archive").ok


def test_a_link_in_a_folder_of_files_leads_nowhere_else(world: World, tmp_path: Path) -> None:
    invoices(world, "INV-1")
    (tmp_path / "secret.txt").write_text("secret")
    folder = put(tmp_path / "files", "INV-1/a.txt")
    (folder / "INV-1" / "b.txt").symlink_to(tmp_path / "secret.txt")
    report = world.push("invoices.attachments.add", folder)
    assert report.sent_nothing
    assert attached(world) == {}


def test_files_are_not_read_while_the_store_is_held(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many large files take minutes to read: webhooks and other pushes write meanwhile."""
    import sqlite3

    from xeroport.records import targets

    invoices(world, "INV-1")
    folder = put(tmp_path / "files", "INV-1/a.txt", "INV-1/b.txt")
    real, reads = targets.hashlib.sha256, []

    def reading(content: bytes) -> Any:
        other = sqlite3.connect(world.store.path, timeout=0.1, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
        other.close()
        reads.append(content)
        return real(content)

    monkeypatch.setattr(targets.hashlib, "sha256", reading)
    report = world.push("invoices.attachments.add", folder)
    assert report.counts == {"sent": 2}, report.problems
    assert len(reads) >= 2
