"""Selling and buying: invoices, bills, quotes, orders, what is paid on them and credited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from xeroport_emulator.data import names
from xeroport_emulator.data.demo.setting import Setting
from xeroport_emulator.data.demo.story import LAST_DAY, Story, one_line
from xeroport_emulator.organisation.table import Record

_INVOICES_A_DAY, _BILLS_A_DAY = 0.78, 0.40
_BATCH_DAY = 20


class Trade:
    """A day's documents, and the payments they lead to later."""

    def __init__(self, story: Story, setting: Setting) -> None:
        self.story = story
        self.setting = setting
        self._later: dict[date, list[Callable[[date], None]]] = defaultdict(list)
        self._bills: list[Record] = []

    def day(self, day: date) -> None:
        """Whatever this day brings."""
        story = self.story
        for action in self._later.pop(day, ()):
            action(day)
        if day.weekday() < 5:
            for share in (_INVOICES_A_DAY, _INVOICES_A_DAY * 0.4):
                if story.happens(share / 1.0):
                    self._invoice(day)
            if story.happens(_BILLS_A_DAY * 1.05):
                self._bill(day)
            if story.happens(0.06):
                self._quote(day)
            if story.happens(0.06):
                self._order(day)
        if day.day == 1:
            self._rent(day)
        if day.day == _BATCH_DAY:
            self._pay_bills(day)

    def _lines(self, *, abroad: bool) -> list[Record]:
        story = self.story
        found = []
        for _ in range(story.one_of(1, 1, 2, 2, 3, 4)):
            ware = story.one_of(*names.WARES)
            line: Record = {
                "ItemCode": ware.code,
                "Quantity": Decimal(story.chance.randrange(1, 12 if ware.price < 100 else 3)),
            }
            if abroad:
                line["TaxType"] = "ZERORATED"
            if story.happens(0.1):
                line["DiscountRate"] = Decimal(story.one_of(5, 10))
            if story.happens(0.7):
                line["Tracking"] = [
                    {"Name": "Region", "Option": story.one_of(*names.REGIONS)},
                    {"Name": "Team", "Option": story.one_of(*names.TEAMS)},
                ]
            found.append(line)
        return found

    def _invoice(self, day: date) -> None:
        story, setting = self.story, self.setting
        abroad = story.happens(0.1)
        contact = story.one_of(*(setting.abroad if abroad else setting.customers))
        luck = story.chance.random()
        recent = LAST_DAY - day < timedelta(days=12)
        draft = recent and luck < 0.35
        element: Record = {
            "Type": "ACCREC",
            "Contact": {"ContactID": contact},
            "Date": day,
            "LineItems": self._lines(abroad=abroad),
            "LineAmountTypes": "Inclusive" if luck > 0.9 and not abroad else "Exclusive",
            "Status": story.one_of("DRAFT", "SUBMITTED") if draft else "AUTHORISED",
            "SentToContact": not draft,
        }
        if story.happens(0.5):
            element["Reference"] = f"PO {story.chance.randrange(1000, 9999)}"
        if abroad:
            element["CurrencyCode"] = story.region.foreign_currency
            element["CurrencyRate"] = self._rate()
        invoice = story.write("invoices.create", element)
        if draft:
            return
        key = invoice["InvoiceID"]
        days = story.chance.randrange(6, 34)
        if luck < 0.02:
            self._then(day, 3, lambda _: self._void(key))
        elif luck < 0.07:
            self._then(day, 5, lambda on: self._credit(key, on))
        elif luck < 0.14:
            self._then(day, days, lambda on: self._pay(key, on, part=True))
            if luck < 0.11:
                self._then(day, days + 20, lambda on: self._pay(key, on))
        elif luck < 0.93:
            self._then(day, days, lambda on: self._pay(key, on))

    def _then(self, day: date, days: int, action: Callable[[date], None]) -> None:
        self._later[day + timedelta(days=days)].append(action)

    def _document(self, kind: str, key: str) -> Record:
        found = self.story.organisation.tables[kind].get(key)
        if found is None:
            raise KeyError(key)
        return found

    def _pay(self, key: str, day: date, *, part: bool = False) -> None:
        story = self.story
        invoice = self._document("Invoice", key)
        due = invoice["AmountDue"]
        if invoice["Status"] != "AUTHORISED" or not due:
            return
        payment: Record = {
            "Invoice": {"InvoiceID": key},
            "Account": {"Code": "090"},
            "Date": day,
            "Amount": (due / 2).quantize(Decimal("0.01")) if part else due,
            "IsReconciled": True,
        }
        if invoice["CurrencyCode"] == story.region.foreign_currency:
            payment["Account"] = {"Code": story.one_of("090", "092")}
            payment["CurrencyRate"] = self._rate()
        elif story.happens(0.3):
            payment["Reference"] = invoice["InvoiceNumber"]
        story.write("payments.create", payment)

    def _void(self, key: str) -> None:
        self.story.write("invoices.update", {"Status": "VOIDED"}, InvoiceID=key)

    def _credit(self, key: str, day: date) -> None:
        """A credit note for the first line, mostly allocated to the invoice it is about."""
        story = self.story
        invoice = self._document("Invoice", key)
        if not invoice["AmountDue"]:
            return
        line = invoice["LineItems"][0]
        kept = ("Description", "Quantity", "UnitAmount", "AccountCode", "TaxType", "DiscountRate")
        sales = invoice["Type"] == "ACCREC"
        credit = story.write(
            "credit_notes.create",
            {
                "Type": "ACCRECCREDIT" if sales else "ACCPAYCREDIT",
                "Contact": {"ContactID": invoice["Contact"]["ContactID"]},
                "Date": day,
                "LineItems": [{name: line[name] for name in kept if name in line}],
                "LineAmountTypes": invoice["LineAmountTypes"],
                "CurrencyCode": invoice["CurrencyCode"],
                "CurrencyRate": invoice["CurrencyRate"],
                "Reference": invoice["InvoiceNumber"],
                "Status": "AUTHORISED",
            },
        )
        if story.happens(0.15):
            return
        story.write(
            "credit_notes.allocations.create",
            {
                "Invoice": {"InvoiceID": key},
                "Amount": min(credit["Total"], invoice["AmountDue"]),
                "Date": day,
            },
            CreditNoteID=credit["CreditNoteID"],
        )
        if sales:
            self._then(day, 15, lambda on: self._pay(key, on))

    def _rate(self) -> Decimal:
        return Decimal(self.story.chance.randrange(9050, 9380)).scaleb(-4)

    def _bill(self, day: date) -> None:
        story = self.story
        lines = []
        for _ in range(story.one_of(1, 1, 2, 3)):
            bought = story.one_of(*(each for each in names.PURCHASES if each.account != "469"))
            lines.append(
                one_line(
                    bought.description,
                    story.between(bought.least, bought.least + bought.most // 3),
                    bought.account,
                    "INPUT2",
                )
            )
        bill = self._enter_bill(story.one_of(*self.setting.suppliers), day, lines)
        luck = story.chance.random()
        key = bill["InvoiceID"]
        if luck < 0.05:
            self._then(day, 4, lambda on: self._credit(key, on))
        if luck < 0.5:
            self._bills.append(bill)
        elif luck < 0.95:
            self._then(day, story.chance.randrange(10, 40), lambda on: self._pay(key, on))

    def _rent(self, day: date) -> None:
        rent = one_line("Rent of workshop", "2050.00", "469", "INPUT2")
        self._bills.append(self._enter_bill(self.setting.suppliers[0], day, [rent]))

    def _enter_bill(self, contact: str, day: date, lines: list[Record]) -> Record:
        story = self.story
        return story.write(
            "invoices.create",
            {
                "Type": "ACCPAY",
                "Contact": {"ContactID": contact},
                "InvoiceNumber": f"{story.chance.randrange(10_000, 99_999)}",
                "Date": day,
                "LineItems": lines,
                "LineAmountTypes": "Exclusive",
                "Status": "AUTHORISED",
            },
        )

    def _pay_bills(self, day: date) -> None:
        """The month's bills in one batch, up to a few that wait."""
        due = [self._document("Invoice", bill["InvoiceID"]) for bill in self._bills]
        chosen = [bill for bill in due if bill["AmountDue"] and bill["Status"] == "AUTHORISED"]
        self._bills.clear()
        if len(chosen) < 2:
            return
        self.story.write(
            "batch_payments.create",
            {
                "Account": {"Code": "090"},
                "Date": day,
                "Reference": f"Bills {day:%m/%Y}",
                "Payments": [
                    {"Invoice": {"InvoiceID": bill["InvoiceID"]}, "Amount": bill["AmountDue"]}
                    for bill in chosen
                ],
            },
        )

    def _quote(self, day: date) -> None:
        story = self.story
        quote = story.write(
            "quotes.create",
            {
                "Contact": {"ContactID": story.one_of(*self.setting.customers)},
                "Date": day,
                "ExpiryDate": day + timedelta(days=30),
                "Title": story.one_of("Rainwater system", "Bore pump", "Filter upgrade"),
                "Summary": "Supply and installation",
                "Terms": "Valid for 30 days",
                "LineItems": [{**line, "TaxType": "OUTPUT2"} for line in self._lines(abroad=False)],
                "LineAmountTypes": "EXCLUSIVE",
            },
        )
        if story.happens(0.2):
            return
        for status in ("SENT", story.one_of("ACCEPTED", "DECLINED")):
            quote = story.write(
                "quotes.update",
                {
                    "Status": status,
                    "Contact": {"ContactID": quote["Contact"]["ContactID"]},
                    "Date": day,
                },
                QuoteID=quote["QuoteID"],
            )

    def _order(self, day: date) -> None:
        story = self.story
        wares = [each for each in names.WARES if each.cost]
        story.write(
            "purchase_orders.create",
            {
                "Contact": {"ContactID": story.one_of(*self.setting.suppliers)},
                "Date": day,
                "DeliveryDate": day + timedelta(days=9),
                "LineItems": [
                    {
                        "ItemCode": ware.code,
                        "Description": ware.description,
                        "Quantity": Decimal(story.chance.randrange(2, 10)),
                        "UnitAmount": ware.cost,
                    }
                    for ware in story.chance.sample(wares, story.one_of(1, 2, 3))
                ],
                "Status": story.one_of("DRAFT", "SUBMITTED", "AUTHORISED", "AUTHORISED"),
                "DeliveryInstructions": "Deliver to the workshop",
            },
        )
