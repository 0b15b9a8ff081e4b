"""Records that came out of Xero can be sent again: read, changed, pushed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from field_shell import FieldShell
from records_of import records_of

ID = "0a496bc7-b52f-4d07-bf40-8f5ef288614c"
DAY = "/Date(1782864000000+0000)/"


def test_b11_companions_and_leftovers_are_left_out(shell: FieldShell, tmp_path: Path) -> None:
    """tap-xero#17, #32, #33, #35, #43; pyxero#243."""
    held = shell.held("Invoice")[0]
    row = {
        "InvoiceID": str(held["InvoiceID"]),
        "Type": held["Type"],
        "Reference": "changed",
        "PlannedPaymentDate": DAY,
        "PlannedPaymentDateString": "2026-07-01T00:00:00",
        "ExpectedPaymentDate": DAY,
        "ExpectedPaymentDateString": "2026-07-01T00:00:00",
        "HasErrors": False,
        "SomethingNewFromXero": [],
        "CreditNotes": [{"CreditNoteID": ID, "ID": ID, "AppliedAmount": 12.5, "DueDate": DAY}],
    }
    path = tmp_path / "x.json"
    path.write_text(json.dumps([row]))
    (body,) = shell.bodies("invoices.upsert", path)
    assert body == {
        "InvoiceID": str(held["InvoiceID"]),
        "Type": held["Type"],
        "Reference": "changed",
        "PlannedPaymentDate": "2026-07-01",
        "ExpectedPaymentDate": "2026-07-01",
    }
    result = shell.push("invoices.upsert", path, "--dry-run")
    assert (
        "not sent, because only Xero writes them: `CreditNotes`, `ExpectedPaymentDateString`"
        in (result.stderr)
    )


def test_a_slip_in_a_name_is_told_also_beside_an_id() -> None:
    ((_, _, messages),) = records_of("invoices.upsert", [{"InvoiceID": ID, "Referense": "x"}])
    assert messages == ["`Referense` is not a field of Invoice"]


def test_whatever_xero_replies_may_be_pushed_back(shell: FieldShell, tmp_path: Path) -> None:
    """The reply of a list, as it is, is no dead end for any kind of record."""
    for listing, endpoint in (
        ("invoices.list", "invoices.upsert"),
        ("contacts.list", "contacts.upsert"),
        ("items.list", "items.upsert"),
        ("credit_notes.list", "credit_notes.upsert"),
        ("quotes.list", "quotes.upsert"),
        ("purchase_orders.list", "purchase_orders.upsert"),
        ("bank_transactions.list", "bank_transactions.upsert"),
        ("manual_journals.list", "manual_journals.upsert"),
    ):
        path = tmp_path / f"{listing}.json"
        shell.ok("call", "acme", listing, "--output", str(path))
        result = shell.push(endpoint, path, "--dry-run", "--yes")
        assert "error:" not in result.stderr, f"{endpoint}: {result.stderr[:2000]}"


@pytest.mark.parametrize("way", ["in the path", "in the record", "to another organisation"])
def test_b10_a_text_that_xero_made_too_long_is_no_dead_end(
    shell: FieldShell, tmp_path: Path, way: str
) -> None:
    """xero-python#70 (confirmed by Xero), xero-python#34, xero-ruby#69."""
    held = shell.held("Contact")[0]
    row: dict[str, Any] = {"Name": "x" * 263, "EmailAddress": "new@kite.example"}
    endpoint = "contacts.update" if way == "in the path" else "contacts.upsert"
    if way == "to another organisation":
        row |= {"UpdatedDateUTC": DAY, "HasAttachments": False}
    else:
        row |= {"ContactID": str(held["ContactID"])}
    path = tmp_path / "x.json"
    path.write_text(json.dumps([row]))
    key = ("--key", "EmailAddress")
    result = shell.push(endpoint, path, *key, "--dry-run")
    assert result.exit_code == 0, result.stderr
    assert "263 characters long" in result.stderr
    (body,) = shell.bodies(endpoint, path, *key)
    assert body["EmailAddress"] == "new@kite.example"
    assert ("Name" in body) == (way == "to another organisation")


def test_b13_a_rounded_discount_rate_keeps_the_total_of_its_line() -> None:
    """community.xero.com 144129369, xero-node#592, Xero-OpenAPI#592 and #713."""
    line = {"LineItemID": ID, "Description": "D", "Quantity": 1, "UnitAmount": 2400}
    line |= {"DiscountRate": 6.25, "LineAmount": 2249.93, "AccountCode": "200"}
    row = {"InvoiceID": ID, "Type": "ACCREC", "Status": "AUTHORISED", "LineItems": [line]}
    ((_, values, messages),) = records_of("invoices.upsert", [row])
    assert not messages
    (sent,) = values["LineItems"]
    assert float(sent["DiscountAmount"]) == 150.07
    assert not {"DiscountRate", "LineAmount"} & set(sent)


def test_b21_an_update_of_a_quote_clears_nothing_that_it_does_not_name(
    shell: FieldShell, tmp_path: Path
) -> None:
    """xero-mcp-server PR#309 and PR#244."""
    path = tmp_path / "q.json"
    line = {"Description": "W", "Quantity": 1, "UnitAmount": 1210, "AccountCode": "200"}
    quote: dict[str, Any] = {"QuoteNumber": "Q-77", "Contact": {"Name": "Oake Deli"}}
    quote |= {"Date": "2026-11-01", "LineAmountTypes": "INCLUSIVE", "LineItems": [line]}
    texts = {"Title": "Works", "Terms": "30 days", "Summary": "All of it"}
    path.write_text(json.dumps([quote | texts]))
    assert shell.push("quotes.create", path, "--key", "QuoteNumber").exit_code == 0
    (before,) = [dict(each) for each in shell.held("Quote") if each["QuoteNumber"] == "Q-77"]
    del quote["LineAmountTypes"]
    path.write_text(json.dumps([quote | {"Reference": "new"}]))
    result = shell.push("quotes.create", path, "--key", "QuoteNumber", "--update")
    assert result.exit_code == 0, result.stderr
    (after,) = [each for each in shell.held("Quote") if each["QuoteNumber"] == "Q-77"]
    assert after["Reference"] == "new"
    for name in (*texts, "Total"):
        assert after[name] == before[name]
    row = {"QuoteID": str(after["QuoteID"]), "Reference": "newer", "Date": "2026-11-01"}
    path.write_text(json.dumps([row | {"Contact": {"Name": "Oake Deli"}}]))
    (body,) = shell.bodies("quotes.upsert", path)
    assert {name: body[name] for name in texts} == texts
    assert body["LineAmountTypes"] == "INCLUSIVE"


@pytest.mark.parametrize("given", [[{"Amount": 36, "Invoice": {"InvoiceID": ID}}], {"Amount": 36}])
def test_b25_allocations_in_a_new_credit_note_are_refused(
    shell: FieldShell, tmp_path: Path, given: Any
) -> None:
    """xeroizer#196 (Xero's support), #320, #211, xero-php#189, xero-node#288."""
    line = {"Description": "Return", "Quantity": 1, "UnitAmount": 36, "AccountCode": "200"}
    row = {"Type": "ACCRECCREDIT", "CreditNoteNumber": "CN-9", "Contact": {"Name": "Oake Deli"}}
    path = tmp_path / "cn.json"
    path.write_text(json.dumps([{**row, "LineItems": [line], "Allocations": given}]))
    result = shell.push("credit_notes.create", path)
    assert result.exit_code == 2
    assert "Xero ignores `Allocations` in a new CreditNote" in result.stderr
    assert "credit_notes.allocations.create" in result.stderr


def test_b09_files_that_xero_does_not_take_are_listed(shell: FieldShell, tmp_path: Path) -> None:
    """Xero-Java#142 and #237, xero-node#363."""
    number = next(
        each["InvoiceNumber"] for each in shell.held("Invoice") if each["Type"] == "ACCREC"
    )
    folder = tmp_path / "scans" / number
    folder.mkdir(parents=True)
    for name in ("scan0001", "tool.exe", "photo.png"):
        (folder / name).write_bytes(b"%PDF-1.7 content")
    result = shell.push("invoices.attachments.add", tmp_path / "scans")
    assert result.exit_code == 2
    assert f"`{number}/scan0001` cannot be attached: it has no ending" in result.stderr
    assert (
        f"`{number}/tool.exe` cannot be attached: `.exe` is not a kind of file that Xero takes"
        in result.stderr
    )
    assert f"`{number}/photo.png` holds a `.pdf`; Xero takes it and cannot show it" in result.stderr
    assert f"{number}" in result.stderr


def test_deleted_tax_rates_that_were_read_are_no_dead_end(
    shell: FieldShell, tmp_path: Path
) -> None:
    shell.sync("tax_rates", "accounts")
    path = tmp_path / "rates.json"
    path.write_text(shell.ok("call", "acme", "tax_rates.list", "--json").stdout)
    told = shell.push("tax_rates.upsert", path, "--update", "--dry-run")
    assert told.exit_code == 0, told.stderr
    line = {"Description": "Work", "Quantity": 1, "UnitAmount": 5, "AccountCode": "200"}
    (deleted,) = (each for each in shell.held("TaxRate") if each["Status"] == "DELETED")
    invoice = next(each for each in shell.held("Invoice") if each["Status"] == "AUTHORISED")
    change = {"InvoiceID": invoice["InvoiceID"], "Reference": "changed", "HasErrors": False,
              "LineItems": [{**line, "TaxType": deleted["TaxType"]}]}  # fmt: skip
    path.write_text(json.dumps([change]))
    told = shell.push("invoices.upsert", path, "--update", "--dry-run")
    assert told.exit_code == 0, told.stderr
    assert "is deleted in Xero" in told.stderr
