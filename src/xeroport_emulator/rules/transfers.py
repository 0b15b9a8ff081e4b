"""Bank transfers: two bank transactions, one at each end; deleted softly."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from xeroport_emulator.organisation.money import ZERO, cents
from xeroport_emulator.organisation.refusal import Refusal
from xeroport_emulator.organisation.table import Record
from xeroport_emulator.rules import documents, nested
from xeroport_emulator.rules.bank import bank_account
from xeroport_emulator.rules.lines import tracked
from xeroport_emulator.rules.write import Write, pick

SIDES = {"From": "SPEND-TRANSFER", "To": "RECEIVE-TRANSFER"}


def create(write: Write) -> Record:
    """PUT: a new transfer of `Amount`, in the currency of the account it comes from."""
    element = write.element
    banks = {side: bank_account(write, element.get(f"{side}BankAccount")) for side in SIDES}
    if banks["From"]["AccountID"] == banks["To"]["AccountID"]:
        raise Refusal("A bank transfer must be between two different accounts.")
    amount = cents(element.get("Amount") or Decimal(0))
    if amount <= 0:
        raise Refusal("The transfer amount must be greater than zero.")
    day = element.get("Date") or write.organisation.today()
    documents.unlocked(write, day)
    rates = {side: _rate(write, bank) for side, bank in banks.items()}
    amounts = {"From": amount, "To": cents(amount / rates["From"] * rates["To"])}
    transfer: Record = {
        "BankTransferID": write.organisation.new_id(),
        "CreatedDateUTC": write.organisation.now(),
        "Date": day,
        "Amount": amount,
        "CurrencyRate": rates["From"],
        "Reference": "",
        "FromIsReconciled": False,
        "ToIsReconciled": False,
        "HasAttachments": False,
        "Status": "AUTHORISED",
        **pick(element, ("Reference", "FromIsReconciled", "ToIsReconciled")),
    }
    for side in SIDES:
        choices = element.get(f"{side}Tracking", ())
        if len(choices) > 2:
            write.problem("A bank transfer may have at most 2 tracking categories per side.")
        transfer[f"{side}Tracking"] = tracked(write, choices)
    write.settle()
    for side, kind in SIDES.items():
        transaction = write.organisation.save(
            "BankTransaction",
            {
                "BankTransactionID": write.organisation.new_id(),
                "Type": kind,
                "BankAccount": nested.account(banks[side]),
                "Date": day,
                "Reference": transfer["Reference"],
                "IsReconciled": transfer[f"{side}IsReconciled"],
                "Status": "AUTHORISED",
                "LineAmountTypes": "NoTax",
                "LineItems": [],
                **_money(write, banks[side], amounts[side], rates[side]),
                "HasAttachments": False,
                "_BankTransferID": transfer["BankTransferID"],
            },
        )
        transfer[f"{side}BankAccount"] = nested.account(banks[side])
        transfer[f"{side}BankTransactionID"] = transaction["BankTransactionID"]
    return write.organisation.save("BankTransfer", transfer)


def delete(write: Write) -> Record:
    """POST with Status DELETED: the transfer and both its bank transactions."""
    transfer = write.to_delete("BankTransfer")
    documents.unlocked(write, transfer["Date"])
    for side in SIDES:
        made = write.table("BankTransaction").get(transfer[f"{side}BankTransactionID"])
        if made is not None:
            write.organisation.save("BankTransaction", {**made, "Status": "DELETED"})
    return write.organisation.save("BankTransfer", {**transfer, "Status": "DELETED"})


def _rate(write: Write, bank: Record) -> Decimal:
    """How many units of the account's currency one unit of the base currency buys."""
    code = bank.get("CurrencyCode") or write.organisation.base_currency
    if code == write.organisation.base_currency:
        return Decimal(1)
    return write.organisation.rates.get(code, Decimal(1))


def _money(write: Write, bank: Record, amount: Decimal, rate: Decimal) -> dict[str, Any]:
    return {
        "CurrencyCode": bank.get("CurrencyCode") or write.organisation.base_currency,
        "CurrencyRate": rate,
        "SubTotal": amount,
        "TotalTax": ZERO,
        "Total": amount,
    }
