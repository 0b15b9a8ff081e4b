"""At the bank and at the month's end: wages, fees, transfers, deposits, depreciation, receipts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from xeroport_emulator.accounting.books import books_of
from xeroport_emulator.accounting.report_shape import last_day
from xeroport_emulator.data import names
from xeroport_emulator.data.demo.setting import Setting
from xeroport_emulator.data.demo.story import FIRST_DAY, Story, one_line
from xeroport_emulator.organisation.table import Record

_CARD_A_DAY = 0.16


class Banking:
    """What moves money without an invoice."""

    def __init__(self, story: Story, setting: Setting) -> None:
        self.story = story
        self.setting = setting

    def day(self, day: date) -> None:
        """Whatever this day brings."""
        story = self.story
        if day == FIRST_DAY:
            self._move("RECEIVE", "970", Decimal("85000.00"), day, "Owner's funds")
            self._move("SPEND", "710", Decimal("14500.00"), day, "Workshop fit-out", "INPUT2")
            self._move("SPEND", "720", Decimal("6900.00"), day, "Computers", "INPUT2")
        if story.happens(_CARD_A_DAY):
            self._card(day)
        if day.day == 15:
            self._move("SPEND", "477", story.between(8400, 9600), day, "Wages")
        if day == last_day(day):
            self._month_end(day)
        if day.day == 25:
            self._move("SPEND", "980", Decimal("5500.00"), day, "Drawings")
        if day.day == 28 and day.month % 2 == 0:
            self._tax_return(day)
        if (day.month, day.day) in {(8, 28), (1, 15), (5, 7)}:
            self._move("SPEND", "830", Decimal("18400.00"), day, "Provisional tax")
        if day.day == 10 and day.month in (2, 5, 8, 11):
            self._transfer(day)
        if day.day == 12 and day.month in (3, 9):
            self._deposit(day)
        if day.day == 17 and day.month in (4, 10):
            self._overpaid(day)
        if day.day == 24 and day.month in (1, 6):
            self._receipts(day)
        if day.day == 26 and day.month % 3 == 0:
            self._rebill(day)

    def _move(
        self,
        kind: str,
        code: str,
        amount: Decimal,
        day: date,
        text: str,
        tax: str = "NONE",
    ) -> Record:
        story = self.story
        contact = self.setting.suppliers[1] if kind == "SPEND" else self.setting.customers[0]
        return story.write(
            "bank_transactions.create",
            {
                "Type": kind,
                "Contact": {"ContactID": contact},
                "BankAccount": {"Code": "090"},
                "Date": day,
                "Reference": text,
                "IsReconciled": story.happens(0.8),
                "LineAmountTypes": "Inclusive" if tax != "NONE" else "NoTax",
                "LineItems": [one_line(text, amount, code, tax)],
            },
        )

    def _card(self, day: date) -> None:
        story = self.story
        bought = story.one_of(*(each for each in names.PURCHASES if each.most < 1000))
        amount = story.between(bought.least, bought.least + 80)
        self._move("SPEND", bought.account, amount, day, bought.description, "INPUT2")

    def _month_end(self, day: date) -> None:
        self._move("SPEND", "404", Decimal("12.50"), day, "Bank fees")
        self._move("RECEIVE", "270", self.story.between(8, 40), day, "Interest")
        for asset, amount in (("711", Decimal("205.00")), ("721", Decimal("190.00"))):
            self.story.write(
                "manual_journals.create",
                {
                    "Narration": f"Depreciation {day:%B %Y}",
                    "Date": day,
                    "Status": "POSTED",
                    "LineAmountTypes": "NoTax",
                    "JournalLines": [
                        {"LineAmount": amount, "AccountCode": "416", "Description": "Depreciation"},
                        {"LineAmount": -amount, "AccountCode": asset},
                    ],
                },
            )

    def _tax_return(self, day: date) -> None:
        """Pay the GST that was owed at the end of the month before."""
        books = books_of(self.story.organisation)
        until = day.replace(day=1) - timedelta(days=1)
        owed = -books.balance(books.chart.system("GST"), until)
        if owed > 0:
            self._move("SPEND", "820", owed, day, "GST return")

    def _transfer(self, day: date) -> None:
        self.story.write(
            "bank_transfers.create",
            {
                "FromBankAccount": {"Code": "090"},
                "ToBankAccount": {"Code": "091"},
                "Amount": Decimal(self.story.chance.randrange(2, 9) * 500),
                "Date": day,
                "Reference": "To savings",
            },
        )

    def _deposit(self, day: date) -> None:
        """A customer pays a deposit; a part of it is set off against an invoice."""
        deposit = one_line("Deposit", "345.00", "835", "OUTPUT2")
        more = {"Reference": "Deposit", "LineAmountTypes": "Inclusive"}
        self._unasked("Prepayment", day, deposit, more, least=400, part=230)

    def _overpaid(self, day: date) -> None:
        """A customer pays too much."""
        surplus = one_line("Paid too much", "150.00", "610")
        more = {"LineAmountTypes": "NoTax"}
        self._unasked("Overpayment", day, surplus, more, least=100, part=100)

    def _unasked(
        self, kind: str, day: date, sent: Record, more: Record, *, least: int, part: int
    ) -> None:
        """Money no invoice asked for: a part is set off against one that is open for so much at
        `least`, the rest stays open."""
        customer, invoice = self._open_invoice(least=Decimal(least))
        if invoice is None:
            return
        received = self.story.write(
            "bank_transactions.create",
            {
                "Type": f"RECEIVE-{kind.upper()}",
                "Contact": {"ContactID": customer},
                "BankAccount": {"Code": "090"},
                "Date": day,
                **more,
                "LineItems": [sent],
            },
        )
        self.story.write(
            f"{kind.lower()}s.allocations.create",
            {
                "Invoice": {"InvoiceID": invoice["InvoiceID"]},
                "Amount": Decimal(part),
                "Date": day,
            },
            **{f"{kind}ID": received[f"{kind}ID"]},
        )

    def _open_invoice(self, *, least: Decimal) -> tuple[str, Record | None]:
        for invoice in self.story.organisation.tables["Invoice"]:
            if (
                invoice["Type"] == "ACCREC"
                and invoice["Status"] == "AUTHORISED"
                and invoice["CurrencyCode"] == self.story.region.currency
                and invoice["AmountDue"] >= least
            ):
                return invoice["Contact"]["ContactID"], invoice
        return "", None

    def _receipts(self, day: date) -> None:
        """An employee's receipts, claimed together."""
        story = self.story
        user = next(iter(story.organisation.tables["User"]))["UserID"]
        receipts = [
            story.write(
                "receipts.create",
                {
                    "Date": day,
                    "Contact": {"ContactID": story.one_of(*self.setting.suppliers)},
                    "User": {"UserID": user},
                    "LineAmountTypes": "Inclusive",
                    "LineItems": [one_line(text, story.between(12, 160), code, "INPUT2")],
                },
            )
            for text, code in (("Fuel", "449"), ("Lunch with a customer", "420"))
        ]
        claim = story.write(
            "expense_claims.create",
            {
                "User": {"UserID": user},
                "Receipts": [{"ReceiptID": receipt["ReceiptID"]} for receipt in receipts],
            },
        )
        if day.month == 1:
            story.write(
                "expense_claims.update",
                {"Status": "AUTHORISED"},
                ExpenseClaimID=claim["ExpenseClaimID"],
            )

    def _rebill(self, day: date) -> None:
        """Fuel for a customer's job, to be billed on."""
        story = self.story
        spent = self._move("SPEND", "449", story.between(40, 190), day, "Fuel for a job", "INPUT2")
        story.write(
            "linked_transactions.create",
            {
                "SourceTransactionID": spent["BankTransactionID"],
                "SourceLineItemID": spent["LineItems"][0]["LineItemID"],
                "ContactID": story.one_of(*self.setting.customers),
            },
        )
