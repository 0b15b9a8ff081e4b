"""An organisation with as many invoices as asked for, and the rest in proportion.

Made directly, without the rules for writes, but consistent by construction: totals, payments,
statuses and books agree. Records share their unchanging parts, so that 100,000 invoices fit in
memory; no record is ever changed in place.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from xeroport_emulator.data.bulk.rest import Rest
from xeroport_emulator.data.bulk.setting import LAST_DAY, Setting
from xeroport_emulator.data.lasting import lasting
from xeroport_emulator.data.opening import open_books
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.table import Record
from xeroport_emulator.rules import nested

_BILLS = 5
"""One in so many invoices is a bill."""

_MANY = 10_000
"""From so many invoices on, the records are kept out of the collector's rounds, which would take
a second each; the next organisation lets them go."""


def fill(organisation: Organisation, count: int) -> None:
    """Load `count` invoices (a fifth of them bills), three years up to a fixed day, and contacts,
    payments, credit notes, bank transactions and the rest in proportion."""
    gc.unfreeze()
    with lasting():
        open_books(organisation)
        chance = random.Random(count)  # noqa: S311 - the same data at every start
        setting = Setting(organisation, chance, count)
        setting.load()
        _Trade(organisation, setting, chance).load(count)
        Rest(organisation, setting, chance).load(count)
        if count >= _MANY:
            gc.freeze()


class _Trade:
    """Invoices and bills with their payments and credit notes."""

    def __init__(self, organisation: Organisation, setting: Setting, chance: random.Random) -> None:
        self.organisation = organisation
        self.setting = setting
        self.chance = chance
        self.payments: list[Record] = []
        self.credits: list[Record] = []
        self.numbers = {"ACCREC": 0, "ACCPAY": 0}

    def load(self, count: int) -> None:
        """Make them all, oldest first."""
        tables = self.organisation.tables
        tables["Invoice"].load(list(self._invoices(count)))
        tables["Payment"].load(self.payments)
        tables["CreditNote"].load(self.credits)
        self.organisation.counters["INV"] = self.numbers["ACCREC"]

    def _invoices(self, count: int) -> Iterator[Record]:
        setting, chance = self.setting, self.chance
        span = setting.days
        for at in range(count):
            sales = at % _BILLS != _BILLS - 1
            kind = "ACCREC" if sales else "ACCPAY"
            self.numbers[kind] += 1
            day = setting.first + timedelta(days=at * span // count)
            contact = chance.choice(setting.customers if sales else setting.suppliers)
            foreign = sales and contact["ContactID"] in setting.foreign
            luck = chance.random()
            lines, net, tax = setting.lines(chance, sales=sales, taxed=not foreign)
            total = net + tax
            key = setting.key()
            invoice: dict[str, Any] = {
                "Type": kind,
                "InvoiceID": key,
                "InvoiceNumber": (
                    f"INV-{self.numbers[kind]:06d}" if sales else f"B{chance.randrange(10**6):06d}"
                ),
                "Reference": f"PO {chance.randrange(10**5):05d}" if luck < 0.6 else "",
                "Payments": setting.nothing,
                "CreditNotes": setting.nothing,
                "Prepayments": setting.nothing,
                "Overpayments": setting.nothing,
                "AmountDue": total,
                "AmountPaid": setting.zero,
                "AmountCredited": setting.zero,
                "CurrencyRate": setting.rate(day) if foreign else setting.one,
                "IsDiscounted": False,
                "HasAttachments": False,
                "HasErrors": False,
                "SentToContact": sales,
                "Contact": contact,
                "Date": setting.on(day),
                "DueDate": setting.on(day + timedelta(days=20 if sales else 30)),
                "BrandingThemeID": setting.theme,
                "Status": "AUTHORISED",
                "LineAmountTypes": "Exclusive",
                "LineItems": lines,
                "SubTotal": net,
                "TotalTax": tax,
                "Total": total,
                "CurrencyCode": setting.foreign_currency if foreign else setting.currency,
                "UpdatedDateUTC": setting.stamp(chance, day),
            }
            if luck < 0.02:
                invoice["Status"] = "VOIDED" if luck < 0.01 else "DELETED"
            elif luck < 0.04:
                invoice["Status"] = "DRAFT"
            elif luck < 0.06:
                self._credit(invoice, day)
            elif luck < 0.86 and day + timedelta(days=60) < LAST_DAY:
                self._pay(invoice, day)
            elif luck < 0.90:
                self._pay(invoice, day, half=True)
            yield invoice

    def _pay(self, invoice: dict[str, Any], day: date, *, half: bool = False) -> None:
        setting, chance = self.setting, self.chance
        paid_on = min(day + timedelta(days=chance.randrange(5, 50)), LAST_DAY)
        total = invoice["Total"]
        amount = setting.cents(int(total.scaleb(2)) // 2) if half else total
        foreign = invoice["CurrencyCode"] == self.setting.foreign_currency
        sales = invoice["Type"] == "ACCREC"
        stamp = setting.stamp(chance, paid_on)
        payment: Record = {
            "PaymentID": setting.key(),
            "PaymentType": "ACCRECPAYMENT" if sales else "ACCPAYPAYMENT",
            "Status": "AUTHORISED",
            "Date": setting.on(paid_on),
            "Amount": amount,
            "BankAmount": amount,
            "CurrencyRate": setting.rate(paid_on) if foreign else setting.one,
            "Reference": "",
            "IsReconciled": True,
            "HasAccount": True,
            "HasValidationErrors": False,
            "Account": setting.bank,
            "Invoice": nested.invoice(invoice),
            "UpdatedDateUTC": stamp,
        }
        if foreign:
            payment["BankAmount"] = (amount / payment["CurrencyRate"]).quantize(
                Decimal("0.01"), ROUND_HALF_UP
            )
        self.payments.append(payment)
        invoice["Payments"] = [nested.payment(payment)]
        invoice["AmountPaid"] = amount
        invoice["AmountDue"] = total - amount
        invoice["UpdatedDateUTC"] = stamp
        if not half:
            invoice["Status"] = "PAID"
            invoice["FullyPaidOnDate"] = payment["Date"]

    def _credit(self, invoice: dict[str, Any], day: date) -> None:
        """A credit note over the same lines, allocated whole to its invoice."""
        setting, chance = self.setting, self.chance
        credited_on = min(day + timedelta(days=chance.randrange(2, 20)), LAST_DAY)
        sales = invoice["Type"] == "ACCREC"
        stamp = setting.stamp(chance, credited_on)
        total = invoice["Total"]
        allocation = {
            "AllocationID": setting.key(),
            "Amount": total,
            "Date": setting.on(credited_on),
            "Invoice": nested.invoice(invoice),
        }
        credit: Record = {
            "Type": "ACCRECCREDIT" if sales else "ACCPAYCREDIT",
            "CreditNoteID": setting.key(),
            "CreditNoteNumber": f"CN-{len(self.credits) + 1:05d}",
            "Reference": invoice["InvoiceNumber"],
            "Payments": setting.nothing,
            "Allocations": [allocation],
            "AppliedAmount": total,
            "RemainingCredit": setting.zero,
            "CurrencyRate": invoice["CurrencyRate"],
            "CurrencyCode": invoice["CurrencyCode"],
            "HasAttachments": False,
            "HasErrors": False,
            "SentToContact": False,
            "Contact": invoice["Contact"],
            "Date": setting.on(credited_on),
            "Status": "PAID",
            "FullyPaidOnDate": setting.on(credited_on),
            "LineAmountTypes": invoice["LineAmountTypes"],
            "LineItems": [{**line, "LineItemID": setting.key()} for line in invoice["LineItems"]],
            "SubTotal": invoice["SubTotal"],
            "TotalTax": invoice["TotalTax"],
            "Total": total,
            "BrandingThemeID": setting.theme,
            "UpdatedDateUTC": stamp,
        }
        self.credits.append(credit)
        invoice["CreditNotes"] = [nested.credit(credit, "CreditNoteID", allocation)]
        invoice["AmountCredited"] = total
        invoice["AmountDue"] = setting.zero
        invoice["Status"] = "PAID"
        invoice["FullyPaidOnDate"] = credit["Date"]
        invoice["UpdatedDateUTC"] = stamp
