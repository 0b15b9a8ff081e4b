"""Kind 2 again: what programs and spreadsheets leave in a file where nothing was meant.

Sources: odoo/odoo#21742 and Datatamer/tamr-client#194 for `nan`; the others are what pandas,
LibreOffice and Excel write themselves.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from field_shell import FieldShell
from records_of import records_of

HEADER = "ContactName,InvoiceNumber,InvoiceDate,DueDate,Description,Quantity,UnitAmount,AccountCode"
INVOICE = {"Type": "ACCREC", "Contact": {"Name": "Moss"}, "LineItems": [{"Description": "Work"}]}


def one(tmp_path: Path, text: str, name: str = "in.csv") -> tuple[str, dict, list[str]]:
    """The only record of a file of invoices: key, values, problems."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    (found,) = records_of("invoices.create", path, constants={"Type": "ACCREC"})
    return found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nan", "what Python writes"),
        ("NaN", "what pandas writes"),
        ("<NA>", "what pandas writes"),
        ("NaT", "what pandas writes"),
        ("None", "what Python writes"),
        ("NULL", "what a database writes"),
        ("undefined", "what JavaScript writes"),
        ("#N/A", "a formula error"),
        ("#DIV/0!", "a formula error"),
        ("200.0", "a program took for a number"),
        ("1.00E+05", "a spreadsheet has cut"),
        ("1,2E+10", "a spreadsheet has cut"),
        ('="00123"', "a spreadsheet's marks"),
        ("'00123", "a spreadsheet's marks"),
        ("########", "too narrow"),
    ],
)
@pytest.mark.parametrize("field", ["Contact.Name", "InvoiceNumber", "Reference"])
def test_what_means_nothing_is_no_name(text: str, said: str, field: str) -> None:
    row = {"InvoiceNumber": "N-1", **INVOICE}
    if field == "Contact.Name":
        row["Contact"] = {"Name": text}
    else:
        row[field] = text
    ((_, _, problems),) = records_of("invoices.create", [row], key=("InvoiceNumber",))
    assert any(said in problem for problem in problems), problems


@pytest.mark.parametrize(
    "text", ["Nan", "Null & Sons", "2.05", "12E5", "#1 Glass", "3.0 litres", "-"]
)
def test_names_that_only_look_like_it_go_through(text: str) -> None:
    row = {**INVOICE, "InvoiceNumber": text, "Contact": {"Name": text}}
    ((_, values, problems),) = records_of("invoices.create", [row])
    assert not problems
    assert (values["InvoiceNumber"], values["Contact"]["Name"]) == (text, text)


def test_a_name_that_xero_itself_has_may_be_sent_back() -> None:
    row = {"ContactID": "6f0a2a0f-0000-4000-8000-00000000000f", "Name": "None"}
    ((_, values, problems),) = records_of("contacts.create", [row])
    assert (values["Name"], problems) == ("None", [])


def test_a_key_that_is_no_field_is_looked_at_too(shell: FieldShell, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f"Order,{HEADER}\n1001.0,Moss,N-1,2026-11-20,,Work,1,12,200\n")
    result = shell.push("invoices.create", path, "--key", "Order", "--set", "Type=ACCREC",
                        "--ignore", "Order")  # fmt: skip
    assert result.exit_code == 2
    assert "`1001.0` is a text or code that a program took for a number" in result.stderr


def test_characters_that_nobody_sees_make_no_second_contact(tmp_path: Path) -> None:
    text = f"{HEADER}\n\xa0Moss\u200b,N-1\ufeff,2026-11-20,,Work,1,12,200\n"
    key, values, problems = one(tmp_path, text)
    assert (key, values["Contact"]["Name"], problems) == ("N-1", "Moss", [])


def test_one_accent_in_two_encodings_is_one_name(shell: FieldShell, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("Name\nCaf\u00e9 Tern\nCafe\u0301 Tern\n", encoding="utf-8")
    result = shell.push("contacts.create", path)
    assert result.exit_code == 2
    assert "is the same contact to Xero as the one in line 2" in result.stderr


@pytest.mark.parametrize(
    ("day", "read"),
    [
        ("20261120", "2026-11-20"),
        ("Friday, 20 November 2026", "2026-11-20"),
        ("Fri 20 Nov 2026", "2026-11-20"),
        ("Nov 20, 2026", "2026-11-20"),
    ],
)
def test_more_ways_to_write_a_day(tmp_path: Path, day: str, read: str) -> None:
    _, values, problems = one(tmp_path, f'{HEADER}\nMoss,N-1,"{day}",,Work,1,12,200\n')
    assert (str(values["Date"]), problems) == (read, [])


def test_a_moment_is_no_day(tmp_path: Path) -> None:
    _, _, problems = one(tmp_path, f"{HEADER}\nMoss,N-1,2026-11-20T13:45:00+13:00,,Work,1,12,200\n")
    assert problems == ["`2026-11-20T13:45:00+13:00` is a date with a time, not a date"]


@pytest.mark.parametrize(
    "above", ["Invoices for November\n\n", "\n\n", "Tern Ltd,,\nPeriod:,Nov\n"]
)
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_header_below_a_title_is_found(tmp_path: Path, above: str, mark: str) -> None:
    text = f"{HEADER}\nMoss,N-1,2026-11-20,2026-11-30,Work,1,12,200\n".replace(",", mark)
    key, values, problems = one(tmp_path, above.replace(",", mark) + text)
    assert (key, str(values["DueDate"]), problems) == ("N-1", "2026-11-30", [])


def test_the_lines_of_a_file_with_a_title_are_its_own(shell: FieldShell, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f"November\n\n{HEADER}\nMoss,N-1,never,,Work,1,12,200\n")
    result = shell.push("invoices.create", path, "--set", "Type=ACCREC")
    assert "in.csv:4:3: error: `InvoiceDate`: `never` is not a date" in result.stderr
    assert "note: the header is in line 3; what is above it was left out" in result.stderr


@pytest.mark.parametrize(
    "around",
    [
        '{"Id": "6f", "Status": "OK", "ProviderName": "x", "DateTimeUTC": "\\/Date(17)\\/", %s}',
        '{"pagination": {"page": 1, "pageCount": 1}, %s}',
        '{%s, "Status": "OK"}',
    ],
)
def test_a_reply_that_was_saved_whole_is_its_records(tmp_path: Path, around: str) -> None:
    """tap-xero#17 and others: what was read is sent back."""
    invoice = '{"Type": "ACCREC", "InvoiceNumber": "J-1", "Contact": {"Name": "Moss"}}'
    path = tmp_path / "reply.json"
    path.write_text(around % f'"Invoices": [{invoice}]')
    ((key, values, _),) = records_of("invoices.create", path)
    assert (key, values["Contact"]) == ("J-1", {"Name": "Moss"})


@pytest.mark.parametrize("name", ["in.json", "in.ndjson"])
@pytest.mark.parametrize(
    ("record", "said"),
    [
        ('"Reference": "one", "Reference": "two"', "`Reference` is given twice: `one` and `two`"),
        ('"Reference": "one", "Reference": null', "`Reference` is given twice: `one` and `null`"),
        (
            '"InvoiceNumber": "A-1", "InvoiceNumber": "A-2"',
            "`InvoiceNumber` is given twice: `A-1` and `A-2`",
        ),
        (
            '"LineItems": [{"Quantity": 1, "Quantity": 2.50}]',
            "`LineItems.0.Quantity`: `Quantity` is given twice: `1` and `2.5`",
        ),
        (
            '"LineItems": [{"Description": "x"}], "LineItems": []',
            '`LineItems` is given twice: `[{"Description": "x"}]` and `[]`',
        ),
        ('"Contact": {"Name": "A", "Name": "B"}', "`Name` is given twice: `A` and `B`"),
        ('"Order": 7, "Order": 8', "`Order` is given twice: `7` and `8`"),
    ],
)
def test_a_name_twice_in_one_object_is_told_once(
    shell: FieldShell, tmp_path: Path, name: str, record: str, said: str
) -> None:
    path = tmp_path / name
    rest = '"Type": "ACCREC"'
    for field, value in (
        ("InvoiceNumber", '"N-1"'),
        ("Order", "7"),
        ("Contact", '{"Name": "Moss"}'),
        ("LineItems", '[{"Description": "Work"}]'),
    ):
        rest += "" if f'"{field}"' in record else f', "{field}": {value}'
    path.write_text("\n" * 2 + f"{{{record}, {rest}}}\n")
    result = shell.push("invoices.create", path, "--key", "Order", "--ignore", "Order")
    assert result.exit_code == 2
    (problem,) = [line for line in result.stderr.splitlines() if f"{name}:" in line]
    assert problem.startswith(f"{name}:3: error: "), problem
    assert problem.endswith(said), problem


def test_a_name_twice_with_one_value_is_one_value(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_text('{"Name": "Moss", "Name": "Moss"}')
    ((key, values, problems),) = records_of("contacts.create", path)
    assert (key, values, problems) == ("Moss", {"Name": "Moss"}, [])


def test_a_name_twice_in_the_body_of_a_call_is_told(shell: FieldShell) -> None:
    body = '{"Name": "Moss", "EmailAddress": "a@x.example", "EmailAddress": ""}'
    result = shell.run("call", "acme", "contacts.create", "--body", "-", stdin=body)
    assert result.exit_code == 2
    assert "`EmailAddress` is given twice: `a@x.example` and ``" in result.stderr
    assert not [each for each in shell.held("Contact") if each["Name"] == "Moss"]


@pytest.mark.parametrize("first", ['"Status": "DRAFT", ', ""])
def test_an_invoice_that_begins_with_its_lines_is_an_invoice(tmp_path: Path, first: str) -> None:
    path = tmp_path / "one.json"
    path.write_text(
        f'{{{first}"LineItems": [{{"Description": "Work"}}], "Type": "ACCREC", '
        '"InvoiceNumber": "J-1", "Contact": {"Name": "Moss"}}'
    )
    ((key, values, _),) = records_of("invoices.create", path)
    assert (key, values["LineItems"]) == ("J-1", [{"Description": "Work"}])


def test_a_date_that_only_its_twin_says_is_sent() -> None:
    row = {**INVOICE, "InvoiceNumber": "J-1", "DateString": "2026-11-20T00:00:00"}
    ((_, values, problems),) = records_of("invoices.create", [row])
    assert (str(values["Date"]), problems) == ("2026-11-20", [])


def test_an_account_by_its_name_says_the_code(shell: FieldShell, tmp_path: Path) -> None:
    shell.sync("accounts")
    for wrong in ("Sales", "200 - Sales"):
        path = tmp_path / "in.csv"
        path.write_text(f"{HEADER}\nMoss,N-1,2026-11-20,,Work,1,12,{wrong}\n")
        result = shell.push("invoices.create", path, "--set", "Type=ACCREC", "--dry-run")
        assert f"no account `{wrong}` (did you mean `200`?)" in result.stderr


def test_the_decimal_mark_of_the_instance_decides_what_a_file_leaves_open(
    shell: FieldShell, tmp_path: Path
) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f'{HEADER}\nMoss,N-1,2026-11-20,,Work,1,"1,200",200\n')
    more = ("--set", "Type=ACCREC")
    asked = shell.push("invoices.create", path, *more)
    assert asked.exit_code == 2
    assert "say which is the decimal mark" in asked.stderr
    shell.ok("instance", "edit", "acme", "--decimal-mark", ",")
    (body,) = shell.bodies("invoices.create", path, *more)
    assert body["LineItems"][0]["UnitAmount"] == 1.2
    told = shell.push("invoices.create", path, *more, "--dry-run")
    assert (
        "`UnitAmount` is read with `,` as the decimal mark, the instance's setting" in told.stderr
    )
    (body,) = shell.bodies("invoices.create", path, *more, "--decimal", ".")
    assert body["LineItems"][0]["UnitAmount"] == 1200
    path.write_text(f'{HEADER}\nMoss,N-1,2026-11-20,,Work,1,"1,200.50",200\n')
    (body,) = shell.bodies("invoices.create", path, *more)
    assert body["LineItems"][0]["UnitAmount"] == 1200.5
    refused = shell.run("instance", "edit", "acme", "--decimal-mark", "comma")
    assert refused.exit_code == 2
    assert "`comma` is not a decimal mark" in refused.stderr
