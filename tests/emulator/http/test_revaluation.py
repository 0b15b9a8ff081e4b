"""Reports that value open foreign documents at the day's rate, and journals that do not."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from emulator_caller import Caller

LINE = {"Description": "Work", "Quantity": 1, "UnitAmount": 120, "AccountCode": "200"}


def owed(caller: Caller, kind: str, rate: str) -> None:
    sent = {
        "Type": kind,
        "Contact": {"Name": "Abroad"},
        "Date": "2026-10-01",
        "DueDate": "2026-10-20",
        "Status": "AUTHORISED",
        "CurrencyCode": "USD",
        "CurrencyRate": rate,
        "LineAmountTypes": "NoTax",
        "LineItems": [{**LINE, "AccountCode": "200" if kind == "ACCREC" else "400"}],
    }
    assert caller.put("/Invoices", json=sent).status_code == 200


def balances(caller: Caller, day: str) -> dict[str, Decimal]:
    """Name of an account → its balance by the trial balance, debits positive."""
    rows = caller.get(f"/Reports/TrialBalance?date={day}").json()["Reports"][0]["Rows"]
    found: dict[str, Decimal] = {}
    for row in (row for section in rows[1:] for row in section["Rows"]):
        name, _, _, debit, credit = (cell.get("Value") or "0" for cell in row["Cells"])
        found[name.partition(" (")[0]] = Decimal(debit) - Decimal(credit)
    return found


def journals(caller: Caller) -> list[Any]:
    return [each["JournalLines"] for each in caller.get("/Journals").json()["Journals"]]


def test_reports_change_and_journals_do_not(start: Callable[..., Caller]) -> None:
    caller = start("empty", limits="off")
    caller.emulator.switches.change(journals_open=True)
    caller.sign_in()
    caller.put("/Currencies", json={"Code": "USD"})
    owed(caller, "ACCREC", "0.6")  # 200.00 when it was issued
    owed(caller, "ACCPAY", "0.5")  # 240.00
    caller.emulator.organisation.rates["USD"] = Decimal("0.8")  # 150.00 today
    plain, posted = balances(caller, "2026-10-31"), journals(caller)
    assert (plain["Accounts Receivable"], plain["Accounts Payable"]) == (200, -240)
    caller.emulator.switches.change(revaluation=True)
    valued = balances(caller, "2026-10-31")
    assert (valued["Accounts Receivable"], valued["Accounts Payable"]) == (150, -150)
    assert valued["Unrealised Currency Gains"] == -40
    assert valued.pop("Total", 0) == 0
    assert sum(valued.values()) == sum(plain.values()) == 0
    assert journals(caller) == posted
    assert balances(caller, "2026-09-30").get("Accounts Receivable", 0) == 0
    caller.emulator.switches.change(revaluation=False)
    assert balances(caller, "2026-10-31") == plain
