"""What Xero refuses, as people met it, and what a push says of it before and after.

Sources: Re-Leased, Expedo and YourTradebase on archived contacts; Xero-NetStandard#434 (confirmed)
and #623 on websites; xero-php#839 on terms of day 0; xero-php#264 and #624 on items; xero-node#763
on blanks around the name of a file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from field_shell import FieldShell

LINE = {"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200"}


def written(path: Path, *records: dict[str, Any]) -> Path:
    """A file of JSON."""
    path.write_text(json.dumps(list(records), indent=1))
    return path


def invoice(number: str, **more: Any) -> dict[str, Any]:
    """A sales invoice of one line."""
    fixed = {"Type": "ACCREC", "Contact": {"Name": "Tern & Vale Ltd"}, "Date": "2026-11-01"}
    return {**fixed, "InvoiceNumber": number, "LineItems": [dict(LINE)], **more}


@pytest.mark.parametrize("name", ["Gone Ltd", "GONE LTD"])
def test_b22_one_contact_has_the_name_of_an_archived_one(
    shell: FieldShell, tmp_path: Path, name: str
) -> None:
    contact = shell.put("contacts.create", {"Name": "Gone Ltd"})
    shell.put("contacts.upsert", {"ContactID": contact["ContactID"], "ContactStatus": "ARCHIVED"})
    path = written(tmp_path / "i.json", invoice("G-1", Contact={"Name": name}))
    result = shell.push("invoices.create", path)
    assert result.exit_code == 1
    assert "rejected: G-1: The contact with the specified contact details has been archived." in (
        result.stderr
    )
    assert "hint: restore the contact in Xero, or name another one" in result.stderr
    named = [each for each in shell.held("Contact") if each["Name"].upper() == "GONE LTD"]
    assert [each["ContactStatus"] for each in named] == ["ARCHIVED"]
    shell.emulator.switches.change(archived_names="new")
    shell.ok("outbox", "retry", "acme")
    named = [each for each in shell.held("Contact") if each["Name"].upper() == "GONE LTD"]
    assert [each["ContactStatus"] for each in named] == ["ARCHIVED", "ACTIVE"]


def test_a_website_of_the_screen_is_mended_on_the_screen(shell: FieldShell, tmp_path: Path) -> None:
    contact = shell.put("contacts.create", {"Name": "Web Ltd"})
    shell.emulator.organisation.save("Contact", {**contact, "Website": "www.web.example"})
    change = {"ContactID": contact["ContactID"], "EmailAddress": "new@web.example"}
    result = shell.push("contacts.update", written(tmp_path / "c.json", change))
    assert "rejected: " in result.stderr
    assert "Website must be valid." in result.stderr
    assert "hint: write `http://` before the contact's website in Xero" in result.stderr


@pytest.mark.parametrize(("day", "kind"), [(0, "OFCURRENTMONTH"), (32, "OFFOLLOWINGMONTH")])
def test_terms_of_a_day_that_no_month_has(
    shell: FieldShell, tmp_path: Path, day: int, kind: str
) -> None:
    terms = {"Sales": {"Day": day, "Type": kind}, "Bills": {"Day": 14, "Type": "DAYSAFTERBILLDATE"}}
    path = written(tmp_path / "c.json", {"Name": "Terms Ltd", "PaymentTerms": terms})
    result = shell.push("contacts.create", path)
    assert result.exit_code == 2
    assert f"`PaymentTerms.Sales.Day`: `{day}` is not a day of a month" in result.stderr
    path = written(
        tmp_path / "i.json", invoice("P-1", Contact={"Name": "T", "PaymentTerms": terms})
    )
    result = shell.push("invoices.create", path)
    assert f"`Contact.PaymentTerms.Sales.Day`: `{day}` is not a day of a month" in result.stderr


def test_a_cost_account_goes_with_a_stock_account(shell: FieldShell, tmp_path: Path) -> None:
    details = {"UnitPrice": 1.25, "COGSAccountCode": "310"}
    path = written(tmp_path / "i.json", {"Code": "K-1", "Name": "K", "PurchaseDetails": details})
    result = shell.push("items.create", path)
    assert (
        "Cost Of Goods Sold Account must be used with an Inventory Asset Account" in result.stderr
    )


@pytest.mark.parametrize("name", ["scan.pdf ", " scan.pdf"])
def test_blanks_around_the_name_of_a_file_are_cut(
    shell: FieldShell, tmp_path: Path, name: str
) -> None:
    (sale, *_) = (each for each in shell.held("Invoice") if each["Type"] == "ACCREC")
    folder = tmp_path / "scans" / sale["InvoiceNumber"]
    folder.mkdir(parents=True)
    (folder / name).write_bytes(b"%PDF-1.7 ")
    assert shell.push("invoices.attachments.add", tmp_path / "scans").exit_code == 0
    where = f"InvoiceID={sale['InvoiceID']}"
    listed = shell.ok("call", "acme", "invoices.attachments.list", where, "--json")
    assert "scan.pdf" in {each["FileName"] for each in json.loads(listed.stdout)}


def test_a_refused_change_is_not_blamed_on_a_number(shell: FieldShell, tmp_path: Path) -> None:
    made = shell.put("invoices.create", invoice("V-1", Status="AUTHORISED", DueDate="2026-12-01"))
    change = {"InvoiceID": made["InvoiceID"], "Status": "DRAFT"}
    result = shell.push("invoices.update", written(tmp_path / "u.json", change))
    assert "Invoice not of valid status for modification" in result.stderr
    assert "hint: look the document up in Xero" in result.stderr
