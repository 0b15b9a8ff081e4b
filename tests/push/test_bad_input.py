"""What people hand in by mistake: each has a clear word, and nothing is sent."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from push_world import World, invoice

from xeroport.errors import InputError
from xeroport.jobs.push.report import cell
from xeroport.records import maps
from xeroport.rows import source
from xeroport.rows.json_stream import elements

HEAD = "InvoiceNumber,Type,Contact.Name,Date,LineItems.Description,LineItems.Quantity,"
HEAD += "LineItems.UnitAmount,LineItems.AccountCode\n"
LINE = "A-1,ACCREC,Bluebell Ltd,2026-11-01,Work,1,5,200\n"


def written(tmp_path: Path, content: bytes | str, name: str = "in.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "`in.csv` is empty"),
        (HEAD.encode(), "has a header, but no rows"),
        (b"\n\n", "has no header"),
        (HEAD.encode() + b"A-1,AC\0CREC,x,,,,,\n", "NUL byte in line 2"),
        (b"PK\x03\x04 spreadsheet", "cannot be read as a spreadsheet"),
        (b"a,a\n1,2\n", "two columns are called `a`"),
    ],
)
def test_a_broken_file_is_refused_whole(
    world: World, tmp_path: Path, content: bytes, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        world.push("invoices.create", written(tmp_path, content), key="InvoiceNumber")
    assert not world.held("Invoice")


def test_a_missing_key_column_names_the_nearest(world: World, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        world.push("invoices.create", written(tmp_path, HEAD + LINE), key="InvoiceNo")
    assert caught.value.hint == "did you mean `InvoiceNumber`?"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp1252", "utf-8-sig", "utf-8"])
def test_encodings_are_recognised(world: World, tmp_path: Path, encoding: str) -> None:
    text = HEAD + LINE.replace("Bluebell Ltd", "Café Zoë")
    path = written(tmp_path, text.encode(encoding))
    assert world.push("invoices.create", path, key="InvoiceNumber").ok
    assert world.held("Contact")[0]["Name"] == "Café Zoë"


def test_ragged_rows_are_named_with_all_other_problems(world: World, tmp_path: Path) -> None:
    rows = LINE + "A-2,ACCREC\n" + LINE.replace("A-1", "A-3").replace("2026-11-01", "31/02/2026")
    report = world.push("invoices.create", written(tmp_path, HEAD + rows), key="InvoiceNumber")
    found = [(p.place.line, p.place.column, p.message) for p in report.problems]
    assert found == [
        (3, None, "the row has 2 values, the header 8"),
        (4, 4, "`31/02/2026` is not a date"),
    ]
    assert report.exit_status == 2
    assert not world.held("Invoice")
    again = world.push(
        "invoices.create", written(tmp_path, HEAD + rows), key="InvoiceNumber", skip_invalid=True
    )
    assert again.exit_status == 1
    assert [each["InvoiceNumber"] for each in world.held("Invoice")] == ["A-1"]


def test_an_unknown_column_stops_the_push_until_it_is_ignored(world: World, tmp_path: Path) -> None:
    head = HEAD.replace("\n", ",LineItems.TaxTyp,Colour\n")
    path = written(tmp_path, head + LINE.replace("\n", ",NONE,red\n"))
    for skip_invalid in (False, True):
        report = world.push("invoices.create", path, key="InvoiceNumber", skip_invalid=skip_invalid)
        assert report.exit_status == 2
        places = [(p.place.line, p.place.column, p.hint) for p in report.problems]
        assert places == [
            (1, 9, "did you mean `LineItems.TaxType`?"),
            (1, 10, "`--ignore` it, or map it with `--map`"),
        ]
    assert not world.held("Invoice")
    ignored = frozenset({"LineItems.TaxTyp", "Colour"})
    assert world.push("invoices.create", path, key="InvoiceNumber", ignored=ignored).ok


def test_a_key_with_different_contents_twice(world: World) -> None:
    rows = [invoice("A-1"), invoice("A-2"), invoice("A-1", Reference="other")]
    report = world.push("invoices.create", rows, key="InvoiceNumber")
    assert [p.place.line for p in report.problems] == [3]
    assert "in row 1 too" in report.problems[0].message
    same = world.push("invoices.create", [invoice("A-1"), invoice("A-1")], key="InvoiceNumber")
    assert same.ok
    assert len(world.held("Invoice")) == 1


def test_dates_in_the_instances_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from push_world import KEY

    monkeypatch.setenv("XEROPORT_KEY", KEY)
    world = World(tmp_path / "home", date_format="DD/MM/YYYY")
    path = written(tmp_path, HEAD + LINE.replace("2026-11-01", "02/11/2026"))
    assert world.push("invoices.create", path, key="InvoiceNumber").ok
    assert world.held("Invoice")[0]["Date"] == date(2026, 11, 2)


def test_records_beyond_the_size_of_a_call_are_split(world: World) -> None:
    """51 invoices of 80 kB are 4 MB; no call carries more than 50 records or 3.5 MB."""
    rows = []
    for n in range(51):
        lines = [
            {"Description": "x" * 3900, "Quantity": 1, "UnitAmount": 1, "AccountCode": "200"}
        ] * 20
        rows.append(invoice(f"A-{n}", LineItems=lines))
    dry = world.push("invoices.create", rows, key="InvoiceNumber", dry_run=True)
    assert dry.plan is not None
    assert dry.plan.calls == 2
    assert all(each.bytes <= 3_500_000 for each in dry.plan.requests)
    assert not world.held("Invoice")
    assert world.push("invoices.create", rows, key="InvoiceNumber").ok
    assert len(world.held("Invoice")) == 51


def test_warnings_do_not_hide_errors(world: World) -> None:
    """A warning that comes with every record is held once, an error after thousands of them too."""
    late = {"Date": "2026-12-02", "DueDate": "2026-12-01"}
    rows = [invoice(f"A-{n}", **late) for n in range(1_500)]
    rows.append(invoice("B-1", Type="SALE"))
    report = world.push("invoices.create", rows, key="InvoiceNumber")
    assert (report.warnings, report.errors) == (1_500, 1)
    assert [(each.level, each.place.line) for each in report.problems] == [
        ("warning", 1),
        ("error", 1_501),
    ]
    assert report.problems[0].message == (
        "the due date 2026-12-01 is before the date 2026-12-02, 1,499 times more"
    )


def test_a_record_that_no_call_can_carry_is_told(world: World) -> None:
    """One invoice of 51 lines of 70 kB is 3.6 MB."""
    line = {"Description": "x" * 70_000, "Quantity": 1, "UnitAmount": 1, "AccountCode": "200"}
    rows = [invoice("A-1"), invoice("A-2", LineItems=[line] * 51)]
    report = world.push("invoices.create", rows, key="InvoiceNumber", skip_invalid=True)
    (told,) = report.problems
    assert told.place.line == 2
    assert "Xero takes 3,500,000 in one call" in told.message
    assert report.counts == {"sent": 1}


def test_the_results_have_a_row_for_every_record(world: World, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    rows = LINE + LINE.replace("A-1", "A-2").replace(",5,", ",x,") + "A-3\n"
    rows += LINE.replace("A-1", "A-4") + LINE.replace("A-1", "A-5").replace("Work", "Other")
    rows += LINE.replace("A-1", "A-4").replace("Work", "Else")
    path = written(tmp_path, HEAD + rows)
    order: dict[str, Any] = {"key": "InvoiceNumber", "out": out}
    world.push("invoices.create", path, **order)
    told = [(r["line"], r["key"], r["status"]) for r in csv.DictReader(out.open())]
    wrong = [("3", "A-2", "invalid"), ("4", "", "invalid")]
    wrong += [("5", "A-4", "invalid"), ("7", "A-4", "invalid")]
    assert told == sorted([("2", "A-1", "not sent"), *wrong, ("6", "A-5", "not sent")])
    assert world.push("invoices.create", path, skip_invalid=True, **order).invalid == 4
    found = list(csv.DictReader(out.open()))
    told = [(each["line"], each["key"], each["status"]) for each in found]
    assert told == sorted([("2", "A-1", "sent"), *wrong, ("6", "A-5", "sent")])
    assert found[1]["messages"] == "`x` is not a number"
    world.push("invoices.create", path, **order)
    assert [each["status"] for each in csv.DictReader(out.open())].count("sent") == 2


def test_formulas_do_not_survive_in_results(world: World, tmp_path: Path) -> None:
    rows = [invoice("=HYPERLINK(1)"), invoice("+1", Contact={})]
    out = tmp_path / "out.csv"
    world.push("invoices.create", rows, key="InvoiceNumber", out=out, skip_invalid=True)
    assert "'=HYPERLINK(1)" in out.read_text()
    assert [cell(x) for x in ("=1", "+1", "-1", "@a", "\tx", "a=1", 5, None)] == [
        "'=1",
        "'+1",
        "'-1",
        "'@a",
        "'\tx",
        "a=1",
        "5",
        "",
    ]


@pytest.mark.parametrize("kind", ["csv", "json", "ndjson"])
def test_large_files_stream(tmp_path: Path, kind: str) -> None:
    """16 MB of rows are read with a small part of that in memory."""
    path = tmp_path / f"large.{kind}"
    row = {"k": "x" * 100, "v": "y" * 300}
    with path.open("w") as file:
        if kind == "csv":
            file.write("k,v\n")
            line = f"{row['k']},{row['v']}\n"
        else:
            line = json.dumps(row) + ("\n" if kind == "ndjson" else ",\n")
        file.write("[" if kind == "json" else "")
        for _ in range(40):
            file.write(line * 1000)
        file.write(json.dumps(row) + "]" if kind == "json" else "")
    tracemalloc.start()
    count = sum(1 for _ in source.open_file(str(path)).rows)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count in (40_000, 40_001)
    assert peak < 9_000_000


BREAKS = [
    ('{"a": }', 7),
    ('{"a": 1,}', 9),
    ("{'a': 1}", 2),
    ('{"a": "x" y"}', 11),
    ('{"a": "b\n"}', 9),
    ('{"a": [1, {"b": }]}', 17),
    ('{"a": NaN.1}', 10),
    ('{"a": [1, {"b": 2}', 1),
    ("oops", 1),
    ("}", 1),
]


@pytest.mark.parametrize(("broken", "column"), BREAKS)
def test_a_broken_record_of_a_list_does_not_hide_the_others(
    tmp_path: Path, broken: str, column: int
) -> None:
    lines = ['{"n": 1},', f"{broken},", '{"n": 2, "t": "}]"},', "[3],", f"{broken},", '{"n": 4}']
    path = written(tmp_path, "[\n" + "\n".join(lines) + "\n]", "in.json")
    found = list(source.open_file(str(path)).rows)
    assert [row.values["n"] for row in found if row.broken is None] == [1, 2, 4]
    wrong = [row for row in found if row.broken]
    second = 6 + broken.count("\n")
    assert [(row.line, row.column) for row in wrong] == [
        (3, column),
        (second - 1, None),
        (second, column),
    ]
    assert "a record must be an object, not `[3]`" in str(wrong[1].broken)
    assert str(wrong[0].broken).startswith("not valid JSON: ")


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("head", ["", '{"Invoices":'])
def test_no_damage_to_a_list_passes_without_a_word(indent: int | None, head: str) -> None:
    """One character put in, taken out or changed anywhere: what Python's own parser refuses is
    told, or no more than a comma between records is missing."""
    given = [{"n": n, "t": 'a "q"', "l": [{"x": 1.5, "y": []}, {"z": None}]} for n in range(3)]
    text = head + json.dumps(given, indent=indent) + ("}" if head else "")
    for at in range(len(head) + 1, len(text)):
        for mark in ("", *'{}[]",:'):
            for rest in (text[at:], text[at + 1 :]):
                damaged = text[:at] + mark + rest
                found = [value for _, value in elements(io.StringIO(damaged))]
                if all(isinstance(each, dict) for each in found) and len(found) != 3:
                    json.loads(damaged)


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        ('{"Invoices": [{"a": 1}] {"a": 2}]}', 1, "but the text continues"),
        ('[{"a": }, {"InvoiceNumber": "A-1"}, {"b": ', 1, "nothing after it can be read"),
        ('[{"a": },\n{"InvoiceNumber": "A-1"}\n', 3, "the list does not end"),
        ('{"Invoices": [{"a": }\n', 2, "the list does not end"),
        ('[{"InvoiceNumber": "A-1"}]\n[{"InvoiceNumber": "A-2"}]', 2, "but the text continues"),
        ('{"InvoiceNumber": "A-1"', 1, "nothing after it can be read"),
    ],
)
def test_a_list_that_breaks_off_is_not_sent_in_part(
    world: World, tmp_path: Path, content: str, line: int, says: str
) -> None:
    path = written(tmp_path, content, "in.json")
    report = world.push("invoices.create", path, key="InvoiceNumber", skip_invalid=True)
    assert (report.exit_status, report.sent_nothing) == (2, True)
    last = report.problems[-1]
    assert last.place.line == line
    assert says in last.message


def test_all_problems_of_a_map_come_at_once(world: World, tmp_path: Path) -> None:
    """Ragged rows, failing expressions and wrong values in one list; the good row may go."""
    path = written(
        tmp_path, "no,day,net\n1,2026-11-01,5\n2,2026-11-01\n3,x,y\n4,2026-11-01,-1.123\n"
    )
    fields = {
        "InvoiceNumber": "no",
        "Type": "'ACCREC'",
        "Contact.Name": "'X Ltd'",
        "Date": "day::DATE",
        "LineItems.Description": "'D'",
        "LineItems.Quantity": "1",
        "LineItems.UnitAmount": "net::DECIMAL(18, 4)",
        "LineItems.AccountCode": "'200'",
        "LineItems.LineAmount": "net",
    }
    layout = maps.Map(fields)
    report = world.push("invoices.create", path, key="no", layout=layout)
    assert [each.place.line for each in report.problems if each.level == "error"] == [3, 4, 5]
    assert "the row has 2 values" in report.problems[0].message
    assert report.problems[1].message.count("the expression of") == 2
    assert "decimal places" in report.problems[2].message
    assert not world.held("Invoice")


def test_a_document_is_not_sent_without_the_line_that_cannot_be_read(
    world: World, tmp_path: Path
) -> None:
    """A broken row with the key of its neighbour, with an empty key, and with none to be seen."""
    rows = LINE + LINE.replace("Work", "W2").replace(",200", "")
    rows += LINE.replace("A-1", "B-1") + LINE.replace("A-1", "").replace("Work", "W2")
    rows += LINE.replace("A-1", "C-1") + LINE.replace("A-1", "D-1").replace("Work", "W, 2")
    rows += LINE.replace("A-1", "E-1") + LINE.replace("A-1", "F-1")
    path = written(tmp_path, HEAD + rows)
    report = world.push("invoices.create", path, key="InvoiceNumber", skip_invalid=True)
    told = [(p.place.line, p.message) for p in report.problems if "may lack" in p.message]
    assert told == [
        (line, f"`{key}` may lack a line: the one in line {stray} cannot be assigned")
        for line, key, stray in [
            (2, "A-1", 3),
            (4, "B-1", 5),
            (6, "C-1", 5),
            (6, "C-1", 7),
            (8, "E-1", 7),
        ]
    ]
    assert [each["InvoiceNumber"] for each in world.held("Invoice")] == ["F-1"]


def test_every_broken_line_of_an_ndjson_is_told(world: World, tmp_path: Path) -> None:
    good = json.dumps(invoice("A-1"))
    path = written(tmp_path, f"{good}\n{{oops}}\n\n[1]\n", "in.ndjson")
    report = world.push("invoices.create", path, key="InvoiceNumber")
    assert [each.place.line for each in report.problems] == [2, 4]
    assert report.problems[0].place.column == 2
    assert "not valid JSON" in report.problems[0].message
    assert not world.held("Invoice")
    report = world.push("invoices.create", path, key="InvoiceNumber", skip_invalid=True)
    assert (report.counts, report.invalid) == ({"sent": 1}, 2)


def test_lines_may_end_in_carriage_returns_alone(world: World, tmp_path: Path) -> None:
    path = written(tmp_path, (HEAD + LINE).replace("\n", "\r"))
    assert world.push("invoices.create", path, key="InvoiceNumber").ok


def test_a_quote_that_does_not_end_is_named_with_what_is_wrong_before_it(
    world: World, tmp_path: Path
) -> None:
    """Nothing is sent, whatever is left out: how many rows are lost, nobody knows."""
    rows = LINE + LINE.replace("A-1", "A-2").replace(",5,", ",five,") + '"A-3,ACCREC\n' + LINE
    path = written(tmp_path, HEAD + rows)
    report = world.push("invoices.create", path, key="InvoiceNumber", skip_invalid=True)
    found = [(p.place.line, p.message) for p in report.problems]
    assert (3, "`five` is not a number") in found
    assert (4, "a quoted value does not end; nothing after it can be read") in found
    assert report.exit_status == 2
    assert not world.held("Invoice")


def test_a_quote_too_many_is_named_and_the_rows_after_it_are_read(
    world: World, tmp_path: Path
) -> None:
    rows = LINE + 'A-2,"ACC"REC",x\n' + LINE.replace("A-1", "A-3").replace(",5,", ",five,")
    report = world.push("invoices.create", written(tmp_path, HEAD + rows), key="InvoiceNumber")
    assert {p.place.line for p in report.problems} >= {3, 4}
    assert not world.held("Invoice")


def test_parquet_may_come_through_standard_input(tmp_path: Path) -> None:
    path = tmp_path / "in.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT 'A-1' AS InvoiceNumber) TO '{path}'")
    with path.open("rb") as stdin:
        given = source.open_file("-", stdin=stdin)
    assert [row.values for row in given.rows] == [{"InvoiceNumber": "A-1"}]
    assert given.columns == ("InvoiceNumber",)


def test_a_broken_value_is_not_read_to_the_end_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    with path.open("w") as file:
        file.write('[{"a": "')
        for _ in range(40):
            file.write("x" * (1 << 20))
    tracemalloc.start()
    (row,) = source.open_file(str(path)).rows
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert row.rest_lost
    assert "not valid JSON" in str(row.broken)
    assert peak < 150 << 20
