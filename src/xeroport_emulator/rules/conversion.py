"""Setup: a chart of accounts and the balances an organisation starts with."""

from __future__ import annotations

from xeroport_emulator.organisation.refusal import Refusal
from xeroport_emulator.organisation.table import Record
from xeroport_emulator.rules import accounts
from xeroport_emulator.rules.write import Write, pick


def create(write: Write) -> Record:
    """POST: accounts are made or changed by code, balances and their date are kept; returns the
    summary of what was done."""
    element = write.element
    sent = element.get("Accounts") or []
    counts = {"New": 0, "Updated": 0, "System": 0}
    table = write.table("Account")
    for each in sent:
        old = table.first("Code", each["Code"]) if each.get("Code") else None
        if old is not None and old.get("SystemAccount"):
            counts["System"] += 1
            continue
        if old is None:
            accounts.add(write, each)
            counts["New"] += 1
        else:
            accounts.change(write, old, pick(each, ("Name", "ReportingCode", "Description")))
            counts["Updated"] += 1
    balances = element.get("ConversionBalances") or []
    for balance in balances:
        if not table.find("Code", balance.get("AccountCode", "")):
            write.problem(f"Account code '{balance.get('AccountCode')}' is not a valid code.")
    write.settle()
    when = element.get("ConversionDate") or {}
    if not (sent or balances or when):
        raise Refusal("Accounts, ConversionBalances or a ConversionDate must be specified.")
    if when and not 1 <= when.get("Month", 0) <= 12:
        raise Refusal("The Month of the ConversionDate must be between 1 and 12.")
    if balances or when:
        write.organisation.amend(_ConversionBalances=balances, _ConversionDate=when)
    return {
        "ImportSummary": {
            "Accounts": {
                "Total": len(sent),
                **counts,
                "Deleted": 0,
                "Locked": 0,
                "Errored": 0,
                "Present": bool(sent),
                "NewOrUpdated": counts["New"] + counts["Updated"],
            },
            "Organisation": {"Present": bool(balances or when)},
        }
    }
