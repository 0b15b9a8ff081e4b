"""Kind 4: a file was read by its header alone. Its values say what its rows are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from field_shell import FieldShell

EXPORT = """\
ContactName,EmailAddress,POAddressLine1,POCity,SAAddressLine1,SACity,InvoiceNumber,Reference,\
InvoiceDate,DueDate,PlannedDate,Total,TaxTotal,InvoiceAmountPaid,InvoiceAmountDue,\
InventoryItemCode,Description,Quantity,UnitAmount,Discount,LineAmount,AccountCode,TaxType,\
TaxAmount,TrackingName1,TrackingOption1,TrackingName2,TrackingOption2,Currency,Type,Sent,Status
Larkfield Glass,,1 Kiln Row,Hull,,,LG-7001,PO 12,13/02/2026,15/03/2026,,909.0385,118.5705,0.0000,\
909.0385,,Panes,1.0000,790.4700,,790.4700,200,15% GST on Income,118.5705,,,,,NZD,Sales invoice,\
Sent,Awaiting Payment
Larkfield Glass,,1 Kiln Row,Hull,,,LGC-0012,LG-6990,14/02/2026,,,57.5000,7.5000,0.0000,57.5000,,\
Broken pane,1.0000,50.0000,,50.0000,200,15% GST on Income,7.5000,,,,,NZD,Sales credit note,,\
Awaiting Payment
Larkfield Glass,,1 Kiln Row,Hull,,,,,15/02/2026,,,25.0000,0.0000,0.0000,25.0000,,Paid twice,\
1.0000,25.0000,,25.0000,610,No GST,0.0000,,,,,NZD,Sales overpayment,,Awaiting Payment
"""
OF_EXPORT = "Type,Sent,Status,TaxTotal,InvoiceAmountPaid,InvoiceAmountDue,LineAmount,PlannedDate"
SHORT = """\
*ContactName,*InvoiceNumber,*InvoiceDate,*DueDate,{description},*Quantity,*UnitAmount,\
*AccountCode,*TaxType
Tern & Vale Ltd,TV-310,2026-05-12,2026-05-26,May,1,1200,{account},{tax}
"""


def file(tmp_path: Path, text: str, name: str = "in.csv") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("way", ["as it is", "with asterisks", "with its columns ignored"])
def test_b01_an_export_never_turns_credit_notes_into_invoices(
    shell: FieldShell, tmp_path: Path, way: str
) -> None:
    """docs.milientsoftware.com "xero-templates"; docs.moment.team, Xero page."""
    shell.sync("tax_rates", "accounts")
    text = EXPORT
    if way == "with asterisks":
        for name in ("ContactName", "InvoiceNumber", "InvoiceDate", "DueDate", "Quantity"):
            text = text.replace(f"{name},", f"*{name},", 1)
    ignored = OF_EXPORT.split(",") if way == "with its columns ignored" else []
    more = [word for name in ignored for word in ("--ignore", name)]
    result = shell.push("invoices.create", file(tmp_path, text), *more)
    assert result.exit_code == 0, result.stderr
    made = [each for each in shell.held("Invoice") if each["InvoiceNumber"].startswith("LG")]
    assert [(each["InvoiceNumber"], each["Type"]) for each in made] == [("LG-7001", "ACCREC")]
    assert "sales credit note in line 3" in result.stderr
    assert "sales overpayment in line 4" in result.stderr
    assert "credit_notes.create" in result.stderr
    notes = shell.bodies("credit_notes.create", file(tmp_path, text), *more)
    assert [(each["CreditNoteNumber"], each["Type"]) for each in notes] == [
        ("LGC-0012", "ACCRECCREDIT")
    ]
    assert notes[0]["LineItems"][0]["UnitAmount"] == 50


@pytest.mark.parametrize(
    ("description", "account", "tax", "kind", "key"),
    [
        ("Description", "200", "15% GST on Income", "ACCREC", "TV-310"),
        ("*Description", "429", "15% GST on Expenses", "ACCPAY", "Tern & Vale Ltd / TV-310"),
    ],
)
def test_b02_sales_or_bills_is_what_the_values_say(
    shell: FieldShell,
    tmp_path: Path,
    description: str,
    account: str,
    tax: str,
    kind: str,
    key: str,
) -> None:
    """Three public generators of Xero files, with one header for two kinds."""
    text = SHORT.format(description=description, account=account, tax=tax)
    shell.sync("tax_rates", "accounts")
    path = file(tmp_path, text)
    (body,) = shell.bodies("invoices.create", path)
    assert body["Type"] == kind
    assert any("taken as" in note for note in shell.pushed("invoices.create", path)["notes"])
    (result,) = shell.pushed("invoices.create", path)["results"]
    assert result["key"] == key


def test_b02_where_nothing_says_it_the_push_asks(shell: FieldShell, tmp_path: Path) -> None:
    path = file(tmp_path, SHORT.format(description="Description", account="820", tax="NONE"))
    result = shell.push("invoices.create", path)
    assert result.exit_code == 2
    assert "sales invoices or bills: the header fits both" in result.stderr
    assert "--set Type=ACCREC" in result.stderr
    assert not [each for each in shell.held("Invoice") if each["InvoiceNumber"] == "TV-310"]
    for kind, key in (("ACCREC", "TV-310"), ("ACCPAY", "Tern & Vale Ltd / TV-310")):
        (body,) = shell.bodies("invoices.create", path, "--set", f"Type={kind}")
        assert body["Type"] == kind
        report = shell.pushed("invoices.create", path, "--set", f"Type={kind}")
        assert [each["key"] for each in report["results"]] == [key]


TAXED = """\
*ContactName,*InvoiceNumber,*InvoiceDate,*DueDate,Total,*Description,*Quantity,*UnitAmount,\
*AccountCode,*TaxType,TaxAmount
Oake Deli,OD-55,2026-06-01,2026-06-15,115.00,Hamper,1,115.00,200,15% GST on Income,15.00
Oake Deli,OD-55,2026-06-01,2026-06-15,34.50,Basket,3,11.50,200,15% GST on Income,4.50
"""


def test_b03_amounts_that_only_fit_with_tax_stop_the_push(
    shell: FieldShell, tmp_path: Path
) -> None:
    """online.flippingbook.com/view/399081/31; xero-help.caltrix.asia, article 12528333."""
    shell.sync("tax_rates", "accounts")
    path = file(tmp_path, TAXED)
    result = shell.push("invoices.create", path)
    assert result.exit_code == 2
    assert "`TaxAmount` is 15 of 115 in line 2" in result.stderr
    assert "--set LineAmountTypes=Inclusive" in result.stderr
    assert shell.push("invoices.create", path, "--set", "LineAmountTypes=Inclusive").exit_code == 0
    (made,) = [each for each in shell.held("Invoice") if each["InvoiceNumber"] == "OD-55"]
    assert float(made["Total"]) == 149.50


def test_b03_the_basis_may_stand_in_the_file_and_is_said(shell: FieldShell, tmp_path: Path) -> None:
    shell.sync("tax_rates", "accounts")
    head, *rows = TAXED.splitlines()
    text = "\n".join([f"{head},AmountsAre", *(f"{row},Tax Inclusive" for row in rows), ""])
    (body,) = shell.bodies("invoices.create", file(tmp_path, text))
    assert body["LineAmountTypes"] == "Inclusive"
    plain = TAXED.replace(",15.00\n", ",17.25\n").replace(",4.50\n", ",5.18\n")
    report = shell.pushed("invoices.create", file(tmp_path, plain), "--dry-run")
    assert any("without tax (`Exclusive`)" in note for note in report["notes"])


JOURNALS = """\
*Narration,*Date,Description,*AccountCode,*TaxRate,*Amount,TrackingName1,TrackingOption1,\
TrackingName2,TrackingOption2
Accrue rent,30 Jun 2026,June,469,No GST,"1,450.00",,,,
Accrue rent,30 Jun 2026,June,850,No GST,"-1,450.00",,,,
Accrue rent,31 Jul 2026,July,469,No GST,1450.00,,,,
Accrue rent,31 Jul 2026,July,850,No GST,(1450.00),,,,
"""


@pytest.mark.parametrize("way", ["signed", "debit and credit"])
def test_b04_the_template_of_manual_journals(shell: FieldShell, tmp_path: Path, way: str) -> None:
    """https://help.xero.com/nz/ManualJournalsImport; a blog of an import tool."""
    shell.sync("tax_rates", "accounts")
    text = JOURNALS
    if way == "debit and credit":
        text = "*Narration,*Date,*AccountCode,*TaxRate,Debit,Credit\n"
        text += 'Accrue rent,30 Jun 2026,469,No GST,"1,450.00",0.00\n'
        text += 'Accrue rent,30 Jun 2026,850,No GST,,"1,450.00"\n'
        text += (
            "Accrue rent,31 Jul 2026,469,No GST,1450,\nAccrue rent,31 Jul 2026,850,No GST,,1450\n"
        )
    result = shell.push("manual_journals.create", file(tmp_path, text))
    assert result.exit_code == 0, result.stderr
    made = [each for each in shell.held("ManualJournal") if each["Narration"] == "Accrue rent"]
    assert [len(each["JournalLines"]) for each in made] == [2, 2]
    assert sorted(float(line["LineAmount"]) for line in made[0]["JournalLines"]) == [-1450, 1450]
    assert {line["TaxType"] for line in made[0]["JournalLines"]} == {"NONE"}


def test_b04_a_journal_that_does_not_balance_is_named_before_sending(
    shell: FieldShell, tmp_path: Path
) -> None:
    shell.sync("tax_rates", "accounts")
    result = shell.push(
        "manual_journals.create", file(tmp_path, JOURNALS.replace("(1450.00)", "-1"))
    )
    assert result.exit_code == 2
    assert "debits of 1450 do not balance credits of -1" in result.stderr


ACCOUNTS = """\
*Code,*Name,*Type,*Tax Code,Description,Dashboard,Expense Claims,Enable Payments,Balance
297,Workshop fees,Revenue,15% GST on Income,,No,No,No,
642,Deposits held,Current Liability,No GST,,No,No,Yes,
319,Freight in,Direct Costs,15% GST on Expenses,,No,Yes,No,
,Retained Earnings,Retained Earnings,No GST,,No,No,No,
"""
CONTACTS = """\
*ContactName,AccountNumber,EmailAddress,FirstName,LastName,POAttentionTo,POAddressLine1,POCity,\
SAAttentionTo,SAAddressLine1,SACity,PhoneNumber,MobileNumber,BankAccountNumber,TaxNumber,\
DueDateBillDay,DueDateBillTerm,Person1FirstName,Person1LastName,Person1Email,Person1IncludeInEmail
Hazel Print,C-01,hi@hazel.example,Ida,Roe,,2 Mill St,Leek,,,,,0161 4960123,,GB999,20,\
of following month,Tom,Roe,tom@hazel.example,Yes
"""


def test_b05_the_chart_of_accounts(shell: FieldShell, tmp_path: Path) -> None:
    """Headers in several public tools that write or read these files."""
    shell.sync("tax_rates", "accounts")
    result = shell.push("accounts.create", file(tmp_path, ACCOUNTS))
    assert result.exit_code == 0, result.stderr
    made = {each["Code"]: each for each in shell.held("Account") if each.get("Code")}
    assert (made["297"]["Type"], made["297"]["TaxType"]) == ("REVENUE", "OUTPUT2")
    assert made["642"]["EnablePaymentsToAccount"] is True
    assert made["319"]["Type"] == "DIRECTCOSTS"
    assert "accounts that Xero makes itself in line 5" in result.stderr


def test_b05_contacts(shell: FieldShell, tmp_path: Path) -> None:
    result = shell.push("contacts.create", file(tmp_path, CONTACTS))
    assert result.exit_code == 0, result.stderr
    (made,) = [each for each in shell.held("Contact") if each["Name"] == "Hazel Print"]
    mobiles = {each["PhoneType"]: each["PhoneNumber"] for each in made["Phones"]}
    assert mobiles["MOBILE"] == "0161 4960123"
    assert not mobiles.get("DEFAULT")
    addresses = {each["AddressType"]: each for each in made["Addresses"]}
    assert addresses["POBOX"]["City"] == "Leek"
    assert made["PaymentTerms"]["Bills"] == {"Day": 20, "Type": "OFFOLLOWINGMONTH"}
    assert made["ContactPersons"][0]["EmailAddress"] == "tom@hazel.example"


def test_b05_twins_and_nameless_contacts_are_told_before_sending(
    shell: FieldShell, tmp_path: Path
) -> None:
    text = CONTACTS + "HAZEL PRINT,C-02,accounts@hazel.example" + "," * 18 + "\n"
    text += ",C-03,nobody@hazel.example" + "," * 18 + "\n"
    result = shell.push("contacts.create", file(tmp_path, text))
    assert result.exit_code == 2
    assert "in.csv:3:1: error: `*ContactName`: `HAZEL PRINT` is the same contact" in result.stderr
    assert ":4:1: error: the key `*ContactName` is empty" in result.stderr
    assert not [each for each in shell.held("Contact") if each["Name"] == "Hazel Print"]


def test_items(shell: FieldShell, tmp_path: Path) -> None:
    """Xero's help on importing inventory items."""
    shell.sync("tax_rates", "accounts")
    text = (
        "*ItemCode,ItemName,PurchasesDescription,PurchasesUnitPrice,PurchasesAccount,"
        "PurchasesTaxRate,SalesDescription,SalesUnitPrice,SalesAccount,SalesTaxRate,"
        "InventoryAssetAccount,CostOfGoodsSoldAccount\n"
        "PX-9,Clamp,,2.5,310,15% GST on Expenses,A clamp,4.1234,200,15% GST on Income,,\n"
    )
    assert shell.push("items.create", file(tmp_path, text)).exit_code == 0
    (made,) = [each for each in shell.held("Item") if each["Code"] == "PX-9"]
    assert made["SalesDetails"]["TaxType"] == "OUTPUT2"
    assert float(made["SalesDetails"]["UnitPrice"]) == 4.1234


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("*AssetName,*AssetNumber,PurchaseDate", "for fixed assets"),
        ("*Date,*Amount,Payee,Description,Reference,Cheque Number", "for bank statements"),
        ("*ContactName,AccountNumber,SAAddressLine1", "for contacts, not for `invoices.create`"),
    ],
)
def test_files_of_xero_that_do_not_belong_here_are_named(
    shell: FieldShell, tmp_path: Path, header: str, says: str
) -> None:
    values = ",".join("x" for _ in header.split(","))
    result = shell.push("invoices.create", file(tmp_path, f"{header}\n{values}\n"))
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stderr.startswith("error: ")


def test_a_bill_with_amounts_below_zero_is_a_credit_note(shell: FieldShell, tmp_path: Path) -> None:
    """Xero's help on importing bills and credit notes."""
    shell.sync("tax_rates", "accounts")
    text = SHORT.format(description="Description", account="429", tax="15% GST on Expenses")
    text += "Tern & Vale Ltd,TV-311,2026-05-12,2026-05-26,Back,1,-50,429,15% GST on Expenses\n"
    path = file(tmp_path, text)
    assert [each["InvoiceNumber"] for each in shell.bodies("invoices.create", path)] == ["TV-310"]
    (body,) = shell.bodies("credit_notes.create", path)
    assert (body["Type"], body["CreditNoteNumber"]) == ("ACCPAYCREDIT", "TV-311")
    assert body["LineItems"][0]["UnitAmount"] == 50


def test_ignore_and_set_come_before_recognition(shell: FieldShell, tmp_path: Path) -> None:
    shell.sync("tax_rates", "accounts")
    text = SHORT.format(description="Description", account="200", tax="15% GST on Income")
    head, row = text.splitlines()
    path = file(tmp_path, f"{head},Our note\n{row},x\n")
    result = shell.push("invoices.create", path, "--dry-run")
    assert result.exit_code == 2
    assert "`Our note`" in result.stderr
    (body,) = shell.bodies(
        "invoices.create", path, "--ignore", "Our note", "--set", "CurrencyCode=USD"
    )
    assert body["CurrencyCode"] == "USD"


def any_order(text: str, seed: int) -> str:
    import csv
    import io
    import random

    rows = list(csv.reader(io.StringIO(text)))
    order = list(range(len(rows[0])))
    random.Random(seed).shuffle(order)
    out = io.StringIO()
    csv.writer(out).writerows([row[at] for at in order] for row in rows)
    return out.getvalue()


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    ("endpoint", "text"),
    [
        ("invoices.create", EXPORT),
        ("credit_notes.create", EXPORT),
        ("manual_journals.create", JOURNALS),
        ("accounts.create", ACCOUNTS),
        ("contacts.create", CONTACTS),
    ],
)
def test_any_order_of_columns_makes_the_same_records(
    tmp_path: Path, endpoint: str, text: str, seed: int
) -> None:
    assert made_of(tmp_path, endpoint, any_order(text, seed)) == made_of(tmp_path, endpoint, text)


def made_of(tmp_path: Path, endpoint: str, text: str) -> list[tuple[str, Any]]:
    """The records of a file, without a store."""
    from records_of import records_of

    return records_of(endpoint, file(tmp_path, text))


def test_the_dates_of_one_file_of_xeros_are_read_alike(shell: FieldShell, tmp_path: Path) -> None:
    """Xero writes all dates of a file in one way; people's own files are asked about instead."""
    text = SHORT.format(description="Description", account="200", tax="15% GST on Income")
    text = text.replace("2026-05-12", "03/05/2026").replace("2026-05-26", "17/05/2026")
    (body,) = shell.bodies("invoices.create", file(tmp_path, text))
    assert (body["Date"], body["DueDate"]) == ("2026-05-03", "2026-05-17")


def test_a_field_that_is_given_twice_is_told() -> None:
    from records_of import records_of

    row = {"InvoiceNumber": "A", "Type": "ACCREC", "Contact": {"Name": "X"}, "Contact.Name": "Y"}
    row |= {"LineItems": [{"Description": "W"}], "LineItems.Description": "Z"}
    ((_, _, messages),) = records_of("invoices.create", [row])
    assert "`Contact.Name` is given twice: `X` and `Y`" in messages
    assert "`LineItems` and fields of it are both given" in messages


def test_an_export_has_its_dates_as_xero_writes_them_for_the_organisation(
    shell: FieldShell, tmp_path: Path
) -> None:
    """In a New Zealand organisation `03/02/2026` is in February, whatever else the file holds."""
    text = EXPORT.replace("13/02/2026", "03/02/2026").replace("15/03/2026", "05/03/2026")
    text = text.replace("14/02/2026", "04/02/2026").replace("15/02/2026", "05/02/2026")
    path = file(tmp_path, text)
    assert "--dates DD/MM/YYYY" in shell.push("invoices.create", path).stderr
    shell.sync("tax_rates", "accounts", "organisation")
    (body,) = shell.bodies("invoices.create", path)
    assert (body["Date"], body["DueDate"]) == ("2026-02-03", "2026-03-05")
