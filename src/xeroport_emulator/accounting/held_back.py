"""What the construction industry scheme takes off an invoice, as legs."""

from __future__ import annotations

from xeroport_emulator.accounting.chart import Chart, Record
from xeroport_emulator.accounting.posting import Posting, control
from xeroport_emulator.organisation.money import base
from xeroport_emulator.organisation.scheme import HELD_BACK


def held_back(record: Record, chart: Chart) -> list[Posting]:
    """From the control account to that of the scheme."""
    amount = base(record["CISDeduction"], record.get("CurrencyRate"))
    account, sign = control("Invoice", record)
    settles = ("Invoice", record["InvoiceID"])
    return [
        Posting(chart.system(account), record["Date"], -sign * amount, settles=settles),
        Posting(chart.system(HELD_BACK[record["Type"]]), record["Date"], sign * amount),
    ]
