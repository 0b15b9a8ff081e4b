"""What two years of use leave in real books beside the daily trade: contacts filled in by hand,
stock, a rate that was given up, a refund, a payment taken back, texts made by a bank feed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from xeroport_emulator.data.demo.setting import Setting
from xeroport_emulator.data.demo.story import Story, one_line
from xeroport_emulator.data.opening import join_scheme
from xeroport_emulator.organisation.table import Record

FEED_REFERENCE = "POS W/D 4417 BRIGHTWATER FUEL STOP & CAFÉ NELSON NZ VISA DEBIT " * 5
"""Longer than any reference that the API takes; a bank feed writes such."""


class Years:
    """Written at the end, so that the trade before it is the same without it."""

    def __init__(self, story: Story, setting: Setting) -> None:
        self.story = story
        self.setting = setting

    def close(self, day: date) -> None:
        """Everything, on or shortly before that day."""
        self._filled_contacts()
        self._stock(day)
        self._order(day)
        self._quote(day)
        self._bank(day)
        self._given_up_rate()
        self._billed_on(day)
        self._taken_back(day)
        self._subscriptions()
        self._by_hand()
        if self.story.region.scheme_accounts:
            self._construction(day)

    def _filled_contacts(self) -> None:
        story, here = self.story, self.story.region
        organisation = story.organisation
        theme = next(iter(organisation.tables["BrandingTheme"]))
        story.write(
            "contacts.update",
            {
                "TaxNumber": here.tax_number,
                "CompanyNumber": "9429030000001",
                "AccountsReceivableTaxType": here.tax_type("OUTPUT2"),
                "SalesDefaultAccountCode": here.code("200"),
                "SalesDefaultLineAmountType": "EXCLUSIVE",
                "PaymentTerms": {"Sales": {"Day": 20, "Type": "OFFOLLOWINGMONTH"}},
                "BrandingTheme": {key: theme[key] for key in ("BrandingThemeID", "Name")},
                "Addresses": [
                    {
                        "AddressType": "STREET",
                        "AddressLine1": "Level 2",
                        "AddressLine2": "14 Quay Street",
                        "AddressLine3": "",
                        "AddressLine4": "",
                        "City": "Nelson",
                        "Region": "",
                        "PostalCode": "7010",
                        "Country": "New Zealand",
                        "AttentionTo": "Accounts",
                    }
                ],
            },
            ContactID=self.setting.customers[0],
        )
        story.write(
            "contacts.update",
            {
                "AccountsPayableTaxType": here.tax_type("INPUT2"),
                "PurchasesDefaultAccountCode": here.code("310"),
                "PurchasesDefaultLineAmountType": "INCLUSIVE",
                "BatchPayments": {
                    "BankAccountNumber": "01-0123-0765432-00",
                    "BankAccountName": "Trading",
                    "Details": "Brightwater",
                    "Code": "",
                    "Reference": "",
                },
            },
            ContactID=self.setting.suppliers[0],
        )
        for supplier in self.setting.suppliers:
            story.write("contacts.update", {"TaxNumber": here.tax_number}, ContactID=supplier)
        blank = {"City": "", "Region": "", "PostalCode": "", "Country": ""}
        story.write(
            "contacts.update",
            {
                "EmailAddress": "",
                "FirstName": "",
                "LastName": "",
                "Addresses": [{"AddressType": kind, **blank} for kind in ("STREET", "POBOX")],
            },
            ContactID=self.setting.customers[3],
        )

    def _sale(self, day: date, customer: str, *lines: Record) -> Record:
        return self.story.write(
            "invoices.create",
            {
                "Type": "ACCREC",
                "Contact": {"ContactID": customer},
                "Date": day,
                "DueDate": day + timedelta(days=20),
                "Status": "AUTHORISED",
                "LineAmountTypes": "Exclusive",
                "LineItems": list(lines),
            },
        )

    def _bill(self, number: str, supplier: str, day: date, due: date, *lines: Record) -> None:
        self.story.write(
            "invoices.create",
            {
                "Type": "ACCPAY",
                "Contact": {"ContactID": supplier},
                "InvoiceNumber": number,
                "Date": day,
                "DueDate": due,
                "Status": "AUTHORISED",
                "LineItems": list(lines),
            },
        )

    def _stock(self, day: date) -> None:
        """Tanks bought for stock, and another sold with a discount in money."""
        bought = {"ItemCode": "TANK-S", "Quantity": Decimal(12), "UnitAmount": Decimal("640.00")}
        self._bill("TW/2026-118", self.setting.suppliers[0], day - timedelta(days=3), day, bought)
        sold = {"ItemCode": "TNK-25K", "Quantity": Decimal(1), "UnitAmount": Decimal("2400.00")}
        self._sale(
            day - timedelta(days=1),
            self.setting.customers[0],
            {**sold, "DiscountAmount": Decimal("150.07")},
        )

    def _order(self, day: date) -> None:
        order = self.story.write(
            "purchase_orders.create",
            {
                "Contact": {"ContactID": self.setting.suppliers[0]},
                "Date": day - timedelta(days=2),
                "DeliveryDate": day,
                "ExpectedArrivalDate": day,
                "DeliveryAddress": "Brightwater Systems\r\n16 Station Road\r\nNelson  7010",
                "AttentionTo": "Workshop",
                "Telephone": "3 555 0101",
                "Reference": "Steel & fittings",
                "Status": "AUTHORISED",
                "LineItems": [
                    {
                        "Description": "Sheet steel",
                        "Quantity": Decimal(3),
                        "UnitAmount": Decimal("410.00"),
                        "DiscountRate": Decimal(10),
                        "AccountCode": "310",
                    }
                ],
            },
        )
        self.story.write(
            "purchase_orders.update",
            {"SentToContact": True},
            PurchaseOrderID=order["PurchaseOrderID"],
        )

    def _quote(self, day: date) -> None:
        self.story.write(
            "quotes.create",
            {
                "Contact": {"ContactID": self.setting.customers[1]},
                "Date": day - timedelta(days=4),
                "ExpiryDate": day + timedelta(days=26),
                "Reference": "Māhina, stage 2",
                "Title": "Two tanks & a pump",
                "Summary": "As discussed on site",
                "Terms": "Valid for 30 days",
                "Status": "SENT",
                "LineItems": [
                    {
                        "Description": "Water tank, 25,000 litres",
                        "Quantity": Decimal(2),
                        "UnitAmount": Decimal("4350.00"),
                        "DiscountRate": Decimal(5),
                        "AccountCode": "200",
                        "TaxType": "OUTPUT2",
                    }
                ],
            },
        )

    def _bank(self, day: date) -> None:
        """A transfer that is tracked, money abroad, and what a bank feed writes."""
        story = self.story
        tracked = [{"Name": "Region", "Option": "North"}]
        story.write(
            "bank_transfers.create",
            {
                "FromBankAccount": {"Code": "090"},
                "ToBankAccount": {"Code": "091"},
                "Amount": Decimal("750.00"),
                "Date": day - timedelta(days=2),
                "Reference": "To savings",
                "FromTracking": self._with_ids(tracked),
                "ToTracking": self._with_ids(tracked),
            },
        )
        spent = {
            "Type": "SPEND",
            "Contact": {"ContactID": self.setting.abroad[0]},
            "Date": day - timedelta(days=2),
            "LineAmountTypes": "NoTax",
            "LineItems": [one_line("Fair in Sydney", "230.00", "429")],
        }
        story.write("bank_transactions.create", {**spent, "BankAccount": {"Code": "092"}})
        fed = story.write("bank_transactions.create", {**spent, "BankAccount": {"Code": "090"}})
        long = {**fed, "Reference": FEED_REFERENCE[:260]}
        story.organisation.save("BankTransaction", long, bump=False)

    def _with_ids(self, chosen: list[Record]) -> list[Record]:
        found = []
        for category in self.story.organisation.tables["TrackingCategory"]:
            for option in category["Options"]:
                if {"Name": category["Name"], "Option": option["Name"]} in chosen:
                    ids = ("TrackingCategoryID", category), ("TrackingOptionID", option)
                    found.append({key: record[key] for key, record in ids})
        return found

    def _given_up_rate(self) -> None:
        """A rate that was made and deleted: it stays in the list."""
        made = self.story.write(
            "tax_rates.create",
            {
                "Name": "Regional levy",
                "ReportTaxType": "OUTPUT",
                "TaxComponents": [{"Name": "Levy", "Rate": Decimal(2)}],
            },
        )
        self.story.write("tax_rates.upsert", {"Name": made["Name"], "Status": "DELETED"})

    def _billed_on(self, day: date) -> None:
        """Fuel of an earlier job is billed to its customer at last."""
        story = self.story
        table = story.organisation.tables["LinkedTransaction"]
        link = next(each for each in table if each["Status"] == "APPROVED")
        fuel = one_line("Fuel for a job", "88.00", "220")
        invoice = self._sale(day - timedelta(days=1), link["ContactID"], fuel)
        story.write(
            "linked_transactions.update",
            {
                "TargetTransactionID": invoice["InvoiceID"],
                "TargetLineItemID": invoice["LineItems"][0]["LineItemID"],
            },
            LinkedTransactionID=link["LinkedTransactionID"],
        )

    def _taken_back(self, day: date) -> None:
        """A payment entered by mistake and deleted, and a credit that is paid out."""
        story = self.story
        pump = {"Description": "Pump", "Quantity": Decimal(1), "UnitAmount": Decimal("120.00")}
        line = {**pump, "AccountCode": "200"}
        invoice = self._sale(day - timedelta(days=1), self.setting.customers[1], line)
        paid = {"Account": {"Code": "090"}, "Date": day, "Amount": Decimal("20.00")}
        payment = story.write(
            "payments.create", {**paid, "Invoice": {"InvoiceID": invoice["InvoiceID"]}}
        )
        story.write("payments.delete", {"Status": "DELETED"}, PaymentID=payment["PaymentID"])
        note = story.write(
            "credit_notes.create",
            {
                "Type": "ACCRECCREDIT",
                "Contact": {"ContactID": self.setting.customers[1]},
                "Date": day,
                "Status": "AUTHORISED",
                "SentToContact": True,
                "LineItems": [line],
            },
        )
        credit = {"CreditNoteID": note["CreditNoteID"]}
        story.write("payments.create", {**paid, "CreditNote": credit})

    def _subscriptions(self) -> None:
        """The latest invoice of each subscriber came from the repeating one."""
        organisation = self.story.organisation
        latest = {
            invoice["Contact"]["ContactID"]: invoice
            for invoice in organisation.tables["Invoice"]
            if invoice["Type"] == "ACCREC"
        }
        for repeating in organisation.tables["RepeatingInvoice"]:
            invoice = latest.get(repeating["Contact"]["ContactID"])
            if invoice is not None:
                origin = {"RepeatingInvoiceID": repeating["RepeatingInvoiceID"]}
                organisation.save("Invoice", {**invoice, **origin}, bump=False)

    def _by_hand(self) -> None:
        """What people enter on Xero's pages and the API only shows."""
        organisation = self.story.organisation
        tables = organisation.tables
        contact = tables["Contact"].get(self.setting.customers[0]) or {}
        more = {
            "Website": "https://www.example.com",
            "Discount": Decimal("5.00"),
            "SkypeUserName": "brightwater.customer",
        }
        organisation.save("Contact", {**contact, **more}, bump=False)
        for number, prepayment in enumerate(list(tables["Prepayment"]), 1):
            named = {"InvoiceNumber": f"DEP-{number:03d}"}
            organisation.save("Prepayment", {**prepayment, **named}, bump=False)
        overpayment = next(iter(tables["Overpayment"]))
        organisation.save("Overpayment", {**overpayment, "Reference": "Paid twice"}, bump=False)

    def _construction(self, day: date) -> None:
        """In the United Kingdom: tanks are construction, and a rate is held back from labour."""
        organisation = self.story.organisation
        settings = {"CISContractorEnabled": True, "CISSubContractorEnabled": True}
        organisation.amend(_CIS={**settings, "Rate": Decimal(20)})
        join_scheme(organisation)
        fitter = self.setting.suppliers[2]
        contact = organisation.tables["Contact"].get(fitter) or {}
        organisation.save("Contact", {**contact, "_CISRate": Decimal(20)}, bump=False)
        labour = {"Description": "Fitting", "Quantity": Decimal(1), "AccountCode": "321"}
        parts = {"Description": "Parts", "Quantity": Decimal(1), "AccountCode": "322"}
        fitted = {**labour, "UnitAmount": Decimal("400.00")}
        self._bill("F-208", fitter, day, day, fitted, {**parts, "UnitAmount": Decimal("90.00")})
        self._sale(
            day,
            self.setting.customers[2],
            {**labour, "AccountCode": "210", "UnitAmount": Decimal("900.00")},
        )
