"""Replies key by key as they were recorded of real organisations: which keys, in which order, what
stands where nothing is, and which are never there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from emulator_caller import Caller

Record = dict[str, Any]
CONTACT = "ContactID Name Addresses Phones ContactGroups ContactPersons HasValidationErrors"
SETTLED = (
    "InvoiceID InvoiceNumber Payments CreditNotes Prepayments Overpayments IsDiscounted "
    "InvoiceAddresses HasErrors InvoicePaymentServices LineItems"
)
SHOWN: list[tuple[str, str, str, str]] = [
    # address, way to the record, keys in their order, keys that are never there
    (
        "Invoices?page=1",
        "",
        "Type InvoiceID InvoiceNumber Reference Payments CreditNotes Prepayments Overpayments "
        "AmountDue AmountPaid AmountCredited CurrencyRate IsDiscounted HasAttachments "
        "InvoiceAddresses HasErrors InvoicePaymentServices UpdatedDateUTCString Contact DateString "
        "Date DueDateString DueDate Status LineAmountTypes LineItems SubTotal TotalTax Total "
        "UpdatedDateUTC CurrencyCode",
        "",
    ),
    ("Invoices?page=1", "Contact", CONTACT, "ContactStatus EmailAddress"),
    ("Invoices?page=1", "LineItems", "Description Tracking LineItemID", "ValidationErrors"),
    (
        "Invoices?page=1",
        "LineItems.Tracking",
        "Name Option TrackingCategoryID Options",
        "TrackingOptionID",
    ),
    (
        "CreditNotes?page=1",
        "",
        "CreditNoteID CreditNoteNumber ID CurrencyRate Type Reference RemainingCredit Allocations "
        "Payments HasAttachments InvoiceAddresses HasErrors UpdatedDateUTCString Contact "
        "DateString Date Status LineAmountTypes LineItems SubTotal TotalTax Total "
        "UpdatedDateUTC CurrencyCode",
        "AppliedAmount",
    ),
    ("CreditNotes?page=1", "Contact", CONTACT, ""),
    ("CreditNotes?page=1", "Allocations.Invoice", SETTLED, "Type CurrencyCode Contact"),
    (
        "BankTransactions?page=1",
        "",
        "BankTransactionID BankAccount Type IsReconciled HasAttachments DateString Date Status "
        "LineAmountTypes LineItems SubTotal TotalTax Total UpdatedDateUTC CurrencyCode",
        "",
    ),
    ("BankTransactions?page=1", "BankAccount", "AccountID Code Name", ""),
    ("BankTransactions?page=1", "Contact", CONTACT, ""),
    (
        "Payments?page=1",
        "",
        "PaymentID Date BankAmount Amount Reference CurrencyRate PaymentType Status UpdatedDateUTC "
        "UpdatedDateUTCString HasAccount IsReconciled Account HasValidationErrors",
        "",
    ),
    ("Payments?page=1", "Account", "AccountID Code", "Name"),
    (
        "Payments?page=1",
        "Invoice",
        "Type InvoiceID InvoiceNumber Payments CreditNotes Prepayments Overpayments IsDiscounted "
        "InvoiceAddresses HasErrors InvoicePaymentServices Contact LineItems CurrencyCode",
        "",
    ),
    ("Payments?page=1", "Invoice.Contact", CONTACT, ""),
    (
        "Payments?page=1",
        "BatchPayment",
        "Account BatchPaymentID DateString Date Type Status TotalAmount UpdatedDateUTC "
        "IsReconciled",
        "",
    ),
    (
        "Prepayments?page=1",
        "",
        "PrepaymentID ID Type Reference InvoiceNumber RemainingCredit Allocations Payments "
        "HasAttachments UpdatedDateUTCString Contact DateString Date Status LineAmountTypes "
        "LineItems SubTotal TotalTax Total UpdatedDateUTC CurrencyCode",
        "CurrencyRate AppliedAmount",
    ),
    (
        "Overpayments?page=1",
        "",
        "OverpaymentID Type Reference RemainingCredit Allocations Payments HasAttachments "
        "UpdatedDateUTCString Contact DateString Date Status",
        "CurrencyRate AppliedAmount",
    ),
    (
        "PurchaseOrders",
        "",
        "PurchaseOrderID PurchaseOrderNumber DateString Date HasErrors IsDiscounted Type "
        "CurrencyRate CurrencyCode Contact Status LineAmountTypes LineItems SubTotal TotalTax "
        "Total UpdatedDateUTC HasAttachments",
        "",
    ),
    (
        "PurchaseOrders",
        "Contact",
        "ContactID ContactStatus Name Addresses Phones UpdatedDateUTC ContactGroups ContactPersons "
        "HasValidationErrors",
        "Balances",
    ),
    ("PurchaseOrders", "LineItems", "Description Tracking LineItemID", "AccountID"),
    (
        "Quotes",
        "",
        "QuoteID QuoteNumber Contact LineItems Date DateString Status CurrencyRate CurrencyCode "
        "SubTotal TotalTax Total UpdatedDateUTC LineAmountTypes",
        "",
    ),
    ("Quotes", "LineItems", "LineItemID Description ItemCode Tracking", "TaxType"),
    ("Users", "", "GlobalUserID UserID EmailAddress FirstName LastName", ""),
    (
        "TrackingCategories",
        "Options",
        "TrackingOptionID Name Status IsDeleted IsArchived IsActive",
        "",
    ),
    ("ContactGroups", "", "ContactGroupID Name Status Contacts HasValidationErrors", ""),
    ("Invoices?page=1", "CreditNotes", "CreditNoteID CreditNoteNumber ID", ""),
    ("Invoices?page=1&pageSize=1000", "Prepayments", "PrepaymentID ID", ""),
    ("Invoices?page=1", "Payments", "PaymentID Date Amount Reference CurrencyRate", ""),
    ("Receipts", "", "ReceiptID ReceiptNumber Status User Contact Date ID", ""),
    ("ExpenseClaims", "Receipts", "ReceiptID ID", ""),
    ("RepeatingInvoices", "LineItems", "Description Tracking DiscountEnteredAsPercent", ""),
    ("Budgets", "", "BudgetID Status Description Type UpdatedDateUTC BudgetLines", ""),
    (
        "Accounts?where=Type==%22REVENUE%22",
        "",
        "AccountID Code Name Status Type TaxType Class EnablePaymentsToAccount "
        "ShowInExpenseClaims BankAccountType ReportingCode ReportingCodeName HasAttachments "
        "UpdatedDateUTC AddToWatchlist",
        "",
    ),
    (
        "Contacts?page=1",
        "",
        "ContactID ContactNumber ContactStatus Name FirstName LastName EmailAddress "
        "BankAccountDetails Addresses Phones UpdatedDateUTC ContactGroups IsSupplier IsCustomer "
        "ContactPersons HasAttachments HasValidationErrors",
        "",
    ),
    ("Contacts?page=1", "Balances", "AccountsReceivable AccountsPayable", ""),
    ("Contacts?page=1", "Addresses", "AddressType", ""),
    ("Contacts?page=1", "Phones", "PhoneType PhoneNumber PhoneAreaCode PhoneCountryCode", ""),
    (
        "Items?where=IsTrackedAsInventory==true",
        "",
        "ItemID Code UpdatedDateUTC PurchaseDetails SalesDetails Name IsTrackedAsInventory "
        "InventoryAssetAccountCode TotalCostPool QuantityOnHand IsSold IsPurchased",
        "",
    ),
    ("Items?where=IsTrackedAsInventory==true", "PurchaseDetails", "UnitPrice COGSAccountCode", ""),
    (
        "Organisation",
        "",
        "Name LegalName PaysTax Version OrganisationType BaseCurrency CountryCode IsDemoCompany "
        "OrganisationStatus RegistrationNumber TaxNumber FinancialYearEndDay "
        "FinancialYearEndMonth SalesTaxBasis SalesTaxPeriod DefaultSalesTax DefaultPurchasesTax "
        "PeriodLockDate EndOfYearLockDate CreatedDateUTC OrganisationEntityType Timezone "
        "ShortCode OrganisationID Edition Class LineOfBusiness Addresses Phones ExternalLinks "
        "PaymentTerms TaxNumberName",
        "APIKey",
    ),
    (
        "TaxRates",
        "",
        "Name TaxType ReportTaxType CanApplyToAssets CanApplyToEquity CanApplyToExpenses "
        "CanApplyToLiabilities CanApplyToRevenue DisplayTaxRate EffectiveRate Status TaxComponents",
        "",
    ),
    ("Reports/TrialBalance", "", "ReportID ReportName ReportType ReportTitles ReportDate", ""),
    ("BankTransfers", "", "BankTransferID CreatedDateUTCString CreatedDateUTC DateString Date", ""),
]
"""What recordings show, and the description's examples of what was not recorded."""


def reached(record: Record, way: str) -> Iterator[Record]:
    """The records at a dotted way, through lists."""
    head, _, rest = way.partition(".")
    if not head:
        yield record
        return
    inside = record.get(head)
    for each in inside if isinstance(inside, list) else [inside]:
        if isinstance(each, dict):
            yield from reached(each, rest)


@pytest.mark.parametrize(("address", "way", "keys", "never"), SHOWN)
def test_keys_and_their_order(demo: Caller, address: str, way: str, keys: str, never: str) -> None:
    body = demo.get(f"/{address}").json()
    name = {"Organisation": "Organisations"}.get(address, re.split(r"[?/]", address)[0])
    found = [each for record in body[name] for each in reached(record, way)]
    assert found
    for record in found:
        shown = [key for key in record if key in keys.split()]
        assert shown == keys.split(), record
        assert not set(never.split()) & record.keys()


def test_the_empties_are_empty_and_the_flags_are_false(demo: Caller) -> None:
    (invoice,) = demo.get("/Invoices?page=1&pageSize=1").json()["Invoices"]
    assert invoice["InvoicePaymentServices"] == invoice["InvoiceAddresses"] == []
    assert invoice["HasErrors"] is invoice["Contact"]["HasValidationErrors"] is False
    assert invoice["Contact"]["Addresses"] == invoice["Contact"]["ContactGroups"] == []


def test_in_base_currency_a_bank_transaction_has_no_rate_and_a_foreign_one_has(
    demo: Caller,
) -> None:
    for record in demo.get("/BankTransactions?page=1&pageSize=1000").json()["BankTransactions"]:
        assert ("CurrencyRate" in record) == (record["CurrencyCode"] != "NZD"), record


def test_sent_to_contact_is_shown_where_it_is_set(demo: Caller) -> None:
    shown = demo.get("/Invoices?page=1&pageSize=1000").json()["Invoices"]
    assert {each.get("SentToContact", True) for each in shown} == {True}
    assert any("SentToContact" not in each for each in shown)


def test_dates_of_quotes_and_organisations_have_no_offset(demo: Caller) -> None:
    reply = demo.get("/Quotes")
    assert reply.headers["content-type"] == "application/json"
    assert "SummarizeErrors" in reply.json()
    assert list(reply.json())[:2] == ["SummarizeErrors", "Id"]
    assert "+0000" not in reply.text.partition('"Quotes"')[2]
    (organisation,) = demo.get("/Organisation").json()["Organisations"]
    assert "+" not in organisation["CreatedDateUTC"]
    for quote in reply.json()["Quotes"]:
        assert all(quote.get(key) != "" for key in ("Reference", "Title", "Summary"))
    report = demo.get("/Reports/TrialBalance").json()["Reports"][0]
    assert "+" not in report["UpdatedDateUTC"]


def test_slashes_are_escaped_and_lines_end_with_a_return(demo: Caller) -> None:
    text = demo.get("/Invoices?page=1&pageSize=1").text
    assert r"\/Date(" in text
    assert "/Date(" not in text.replace(r"\/Date(", "")
    assert '\r\n  "Status": "OK",\r\n' in text


def test_a_reply_is_known_by_one_id(demo: Caller) -> None:
    reply = demo.get("/Items")
    assert reply.json()["Id"] == reply.headers["xero-correlation-id"]


def test_a_limit_is_a_reply_without_a_body(start: Callable[..., Caller]) -> None:
    caller = start("empty", limits="minute=1")
    caller.get("/Items")
    reply = caller.get("/Items")
    assert (reply.status_code, reply.content) == (429, b"")
    assert "content-type" not in reply.headers
    assert reply.headers["x-rate-limit-problem"] == "minute"


def test_a_written_invoice_is_shown_otherwise_than_a_read_one(xero: Caller) -> None:
    sent = {
        "Type": "ACCREC",
        "Contact": {"Name": "Mānuka Café", "EmailAddress": "hello@example.org"},
        "LineItems": [{"Description": "Coffee", "Quantity": 1, "UnitAmount": 5}],
    }
    (written,) = xero.put("/Invoices", json=sent).json()["Invoices"]
    assert not {"Payments", "CreditNotes", "AmountCredited", "HasAttachments"} & written.keys()
    assert written["SentToContact"] is False
    assert written["Contact"]["EmailAddress"] == "hello@example.org"
    assert written["Contact"]["SalesTrackingCategories"] == []
    assert written["LineItems"][0]["ValidationErrors"] == []
    (read,) = xero.get(f"/Invoices/{written['InvoiceID']}").json()["Invoices"]
    assert {"Payments", "CreditNotes", "AmountCredited", "HasAttachments"} <= read.keys()
    assert read["SentToEmailAddress"] == ""
    assert "EmailAddress" not in read["Contact"]


def test_a_line_of_words_has_nothing_else(xero: Caller) -> None:
    sent = {
        "Type": "ACCREC",
        "Contact": {"Name": "A"},
        "LineItems": [{"Description": "As agreed on the telephone"}],
    }
    (written,) = xero.put("/Invoices", json=sent).json()["Invoices"]
    (read,) = xero.get(f"/Invoices/{written['InvoiceID']}").json()["Invoices"]
    assert list(read["LineItems"][0]) == ["Description", "Tracking", "LineItemID"]


def test_the_contact_of_an_order_has_local_time_as_if_it_were_utc(demo: Caller) -> None:
    order = demo.get("/PurchaseOrders").json()["PurchaseOrders"][0]
    identity = order["Contact"]["ContactID"]
    (contact,) = demo.get(f"/Contacts/{identity}").json()["Contacts"]

    def milliseconds(text: str) -> int:
        return int(text[6:].partition("+")[0])

    hours = milliseconds(order["Contact"]["UpdatedDateUTC"])
    hours -= milliseconds(contact["UpdatedDateUTC"])
    assert hours / 3_600_000 in (12, 13)
    assert [each["PhoneType"] for each in order["Contact"]["Phones"]] == ["DEFAULT"]


def test_a_note_is_answered_without_user_and_kind(demo: Caller) -> None:
    identity = demo.get("/Invoices?page=1&pageSize=1").json()["Invoices"][0]["InvoiceID"]
    sent = {"HistoryRecords": [{"Details": "Called them"}]}
    (note,) = demo.put(f"/Invoices/{identity}/History", json=sent).json()["HistoryRecords"]
    assert list(note) == ["DateUTCString", "DateUTC", "Details", "ValidationErrors"]
    assert "+" not in note["DateUTC"]
    assert len(note["DateUTCString"]) == len("2026-11-01T00:00:00")


def test_the_form_of_the_description_is_a_switch_away(start: Callable[..., Caller]) -> None:
    caller = start("demo", limits="off")
    caller.emulator.switches.change(replies="described")
    (invoice,) = caller.get("/Invoices?page=1&pageSize=1").json()["Invoices"]
    assert "InvoicePaymentServices" not in invoice
    assert "Addresses" not in invoice["Contact"]


def test_some_sales_have_a_theme_and_some_come_from_a_repeating_one(demo: Caller) -> None:
    invoices = demo.get("/Invoices?page=1&pageSize=1000").json()["Invoices"]
    assert {"BrandingThemeID" in each for each in invoices} == {True, False}
    assert {"RepeatingInvoiceID" in each for each in invoices} == {True, False}
    for each in invoices:
        assert ("BrandingThemeID" in each) == (each["Type"] == "ACCREC")


def test_without_a_page_there_are_no_lines(demo: Caller) -> None:
    for name in ("Invoices", "CreditNotes", "BankTransactions"):
        assert all(each["LineItems"] == [] for each in demo.get(f"/{name}").json()[name])


def test_deleted_tax_rates_stand_in_the_list_by_name(demo: Caller) -> None:
    rates = demo.get("/TaxRates").json()["TaxRates"]
    assert "DELETED" in {each["Status"] for each in rates}
    names = [each["Name"] for each in rates]
    assert names == sorted(names, key=str.casefold)


def test_contacts_have_what_people_left_in_them(demo: Caller) -> None:
    contacts = demo.get("/Contacts?page=1&pageSize=1000").json()["Contacts"]
    assert "" in {each["EmailAddress"] for each in contacts}
    assert "" in {each["FirstName"] for each in contacts}
    addresses = [each for contact in contacts for each in contact["Addresses"]]
    assert ["AddressType"] in [list(each) for each in addresses]
    blank = {"City": "", "Region": "", "PostalCode": "", "Country": ""}
    assert {"AddressType": "POBOX", **blank} in addresses
    shown = {name for each in contacts for name in each}
    filled = "TaxNumber ContactNumber CompanyNumber Website BatchPayments BrandingTheme"
    assert set(f"{filled} AccountsReceivableTaxType PaymentTerms SkypeUserName".split()) <= shown


def test_numbers_have_their_places(demo: Caller) -> None:
    text = demo.get("/Invoices?page=1&pageSize=1000").text
    assert set(map(len, re.findall(r'"(?:Total|AmountDue|UnitAmount)": -?\d+\.(\d+)', text))) == {2}
    assert set(map(len, re.findall(r'"CurrencyRate": \d+\.(\d+)', text))) == {6}
    assert set(map(len, re.findall(r'"Quantity": \d+\.(\d+)', text))) == {4}
    rates = demo.get("/TaxRates").text
    assert set(map(len, re.findall(r'"EffectiveRate": \d+\.(\d+)', rates))) == {4}
    items = demo.get("/Items").text
    assert re.search(r'"QuantityOnHand": \d+\.\d{4},', items)
    assert '"SalesDetails": {}' in items or '"PurchaseDetails": {}' in items


def test_orders_have_an_address_over_lines(demo: Caller) -> None:
    orders = demo.get("/PurchaseOrders?page=1&pageSize=1000").json()["PurchaseOrders"]
    order = next(each for each in orders if "DeliveryAddress" in each)
    assert "\r\n" in order["DeliveryAddress"]
    assert "  " in order["DeliveryAddress"]
    assert {"AttentionTo", "Telephone", "ExpectedArrivalDateString"} <= order.keys()
    assert {each["Contact"]["DefaultCurrency"] for each in orders} <= {"NZD", "AUD"}


def test_a_get_of_one_shows_its_files_and_an_address_of_its_mail(demo: Caller) -> None:
    for name, key in (
        ("Accounts", "AccountID"),
        ("BankTransactions", "BankTransactionID"),
        ("CreditNotes", "CreditNoteID"),
        ("BankTransfers", "BankTransferID"),
    ):
        identity = demo.get(f"/{name}?page=1&pageSize=1").json()[name][0][key]
        assert "Attachments" in demo.get(f"/{name}/{identity}").json()[name][0]
    where = 'PaymentType=="ACCRECPAYMENT"'
    found = demo.get("/Payments", params={"where": where, "page": 1, "pageSize": 1}).json()
    (payment,) = demo.get(f"/Payments/{found['Payments'][0]['PaymentID']}").json()["Payments"]
    assert payment["Invoice"]["SentToEmailAddress"] == ""


def test_a_budget_by_itself_has_months_and_texts(demo: Caller) -> None:
    identity = demo.get("/Budgets").json()["Budgets"][0]["BudgetID"]
    (budget,) = demo.get(f"/Budgets/{identity}?DateFrom=2026-07-01").json()["Budgets"]
    balance = budget["BudgetLines"][0]["BudgetBalances"][0]
    assert balance["Period"] == "2026-07"
    assert balance["Amount"].isdigit()
    assert balance["Notes"] == ""


def test_the_words_for_a_record_that_is_not_there(demo: Caller) -> None:
    reply = demo.get("/Invoices/00000000-0000-0000-0000-000000000001")
    assert reply.status_code == 404
    assert reply.headers["content-type"] == "text/html; charset=utf-8"


def test_an_archived_contact_is_not_edited(xero: Caller) -> None:
    (contact,) = xero.put("/Contacts", json={"Name": "Old"}).json()["Contacts"]
    identity = {"ContactID": contact["ContactID"]}
    xero.post("/Contacts", json={**identity, "ContactStatus": "ARCHIVED"})
    for change in ({"Name": "New"}, {"ContactStatus": "ACTIVE"}):
        reply = xero.post("/Contacts?summarizeErrors=false", json={**identity, **change})
        (refused,) = reply.json()["Contacts"]
        assert refused["StatusAttributeString"] == "ERROR"
        assert refused["ValidationErrors"] == [
            {
                "Message": "The specified contact details matched an archived contact. Archived "
                "contacts cannot currently be edited via the API."
            }
        ]


def test_an_unknown_field_is_named_with_its_place(xero: Caller) -> None:
    reply = xero.get("/Users", params={"where": 'hi=="x"'})
    assert reply.json()["Message"] == "No property or field 'hi' exists in type 'User' (at index 0)"


def test_an_item_with_movements_is_not_deleted(start: Callable[..., Caller]) -> None:
    caller = start("demo", limits="off")
    reply = caller.delete("/Items/TANK-S")
    assert reply.json()["Elements"][0]["ValidationErrors"] == [
        {
            "Message": "The item could not be deleted because it is associated with inventory "
            "transactions"
        }
    ]
