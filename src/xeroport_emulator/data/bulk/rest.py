"""What a bulk organisation has beside trade: bank transactions, transfers, journals, quotes …"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from xeroport_emulator.data.bulk.setting import Setting
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.table import Record


class Rest:
    """Everything that is neither invoice nor paid against one."""

    def __init__(self, organisation: Organisation, setting: Setting, chance: random.Random) -> None:
        self.organisation = organisation
        self.setting = setting
        self.chance = chance
        self.transfers: list[Record] = []

    def load(self, count: int) -> None:
        """Make them in proportion to `count` invoices."""
        shares: tuple[tuple[str, int, Callable[[int, date], Record]], ...] = (
            ("BankTransaction", 5, self._bank_transaction),
            ("ManualJournal", 100, self._manual_journal),
            ("Quote", 50, self._quote),
            ("PurchaseOrder", 50, self._purchase_order),
            ("BankTransfer", 200, self._bank_transfer),
        )
        for kind, one_in, make in shares:
            made = [make(at, day) for at, day in self._days(max(count // one_in, 1))]
            self.organisation.tables[kind].load(made)
        self.organisation.tables["BankTransaction"].load(self.transfers)

    def _days(self, count: int) -> Iterator[tuple[int, date]]:
        setting = self.setting
        for at in range(count):
            yield at, setting.on(setting.first + timedelta(days=at * setting.days // count))

    def _document(self, day: date, *, sales: bool) -> dict[str, Any]:
        """Contact, lines and totals, as every document has them."""
        setting, chance = self.setting, self.chance
        lines, net, tax = setting.lines(chance, sales=sales)
        return {
            "Contact": chance.choice(setting.customers if sales else setting.suppliers),
            "Date": day,
            "LineAmountTypes": "Exclusive",
            "LineItems": lines,
            "SubTotal": net,
            "TotalTax": tax,
            "Total": net + tax,
            "CurrencyCode": setting.currency,
            "CurrencyRate": setting.one,
            "HasAttachments": False,
            "UpdatedDateUTC": setting.stamp(chance, day),
        }

    def _bank_transaction(self, at: int, day: date) -> Record:
        sales = at % 3 == 0
        return {
            "BankTransactionID": self.setting.key(),
            "Type": "RECEIVE" if sales else "SPEND",
            "Status": "AUTHORISED" if at % 50 else "DELETED",
            "BankAccount": self.setting.bank,
            "IsReconciled": at % 10 != 0,
            "Reference": f"Card {at:06d}" if at % 2 else "",
            **self._document(day, sales=sales),
        }

    def _manual_journal(self, at: int, day: date) -> Record:
        setting, chance = self.setting, self.chance
        amount = setting.cents(chance.randrange(10_000, 90_000))
        code = setting.region.code
        sides = ((code("416"), amount), (code("711"), -amount))
        return {
            "ManualJournalID": setting.key(),
            "Narration": f"Depreciation {at + 1}",
            "Date": day,
            "Status": "POSTED",
            "LineAmountTypes": "NoTax",
            "ShowOnCashBasisReports": True,
            "HasAttachments": False,
            "JournalLines": [
                {
                    "LineAmount": value,
                    "AccountCode": account,
                    "AccountID": setting.accounts[account],
                    "Description": "Depreciation",
                    "TaxType": setting.region.tax_types["none"],
                    "TaxAmount": setting.zero,
                    "Tracking": setting.nothing,
                    "IsBlank": False,
                }
                for account, value in sides
            ],
            "UpdatedDateUTC": setting.stamp(chance, day),
        }

    def _quote(self, at: int, day: date) -> Record:
        statuses = ("DRAFT", "SENT", "ACCEPTED", "DECLINED", "INVOICED")
        document = self._document(day, sales=True)
        del document["HasAttachments"]
        return {
            "QuoteID": self.setting.key(),
            "QuoteNumber": f"QU-{at + 1:05d}",
            "Reference": "",
            "Terms": "Valid for 30 days",
            "Title": "Water system",
            "Summary": "Supply and installation",
            "ExpiryDate": self.setting.on(day + timedelta(days=30)),
            "Status": statuses[at % len(statuses)],
            **document,
            "LineAmountTypes": "EXCLUSIVE",
            "TotalDiscount": self.setting.zero,
        }

    def _purchase_order(self, at: int, day: date) -> Record:
        statuses = ("DRAFT", "SUBMITTED", "AUTHORISED", "BILLED")
        return {
            "PurchaseOrderID": self.setting.key(),
            "PurchaseOrderNumber": f"PO-{at + 1:05d}",
            "Reference": "",
            "DeliveryDate": self.setting.on(day + timedelta(days=10)),
            "SentToContact": False,
            "Status": statuses[at % len(statuses)],
            **self._document(day, sales=False),
        }

    def _bank_transfer(self, at: int, day: date) -> Record:
        """A transfer to savings, with the two bank transactions it consists of."""
        setting, chance = self.setting, self.chance
        amount = setting.cents(chance.randrange(100, 5_000) * 100)
        stamp = setting.stamp(chance, day)
        legs = []
        for kind, bank in (("SPEND", setting.bank), ("RECEIVE", setting.savings)):
            legs.append(
                {
                    "BankTransactionID": setting.key(),
                    "Type": f"{kind}-TRANSFER",
                    "Status": "AUTHORISED",
                    "BankAccount": bank,
                    "IsReconciled": True,
                    "Date": day,
                    "LineAmountTypes": "NoTax",
                    "LineItems": setting.nothing,
                    "SubTotal": amount,
                    "TotalTax": setting.zero,
                    "Total": amount,
                    "CurrencyCode": setting.currency,
                    "CurrencyRate": setting.one,
                    "HasAttachments": False,
                    "UpdatedDateUTC": stamp,
                }
            )
        self.transfers += legs
        return {
            "BankTransferID": setting.key(),
            "FromBankAccount": setting.bank,
            "ToBankAccount": setting.savings,
            "Amount": amount,
            "Date": day,
            "CurrencyRate": setting.one,
            "FromBankTransactionID": legs[0]["BankTransactionID"],
            "ToBankTransactionID": legs[1]["BankTransactionID"],
            "FromIsReconciled": True,
            "ToIsReconciled": True,
            "Reference": f"Transfer {at + 1}",
            "Status": "AUTHORISED",
            "HasAttachments": False,
            "CreatedDateUTC": stamp,
        }
