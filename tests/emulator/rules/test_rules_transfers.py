"""Bank transfers: two bank transactions, two currencies, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from rules_world import World

D = Decimal


def test_a_transfer_has_a_bank_transaction_at_each_end(world: World) -> None:
    made = world.ok(
        "bank_transfers.create",
        {
            "FromBankAccount": {"Code": "090"},
            "ToBankAccount": {"AccountID": world.savings["AccountID"]},
            "Amount": "50.00",
            "Date": "2026-05-05",
        },
    )
    ends = [
        world.get("BankTransaction", made[f"{side}BankTransactionID"]) for side in ("From", "To")
    ]
    assert [each["Type"] for each in ends] == ["SPEND-TRANSFER", "RECEIVE-TRANSFER"]
    assert [each["BankAccount"]["Code"] for each in ends] == ["090", "091"]
    assert [each["Total"] for each in ends] == [D("50"), D("50")]
    assert "UpdatedDateUTC" not in made
    for each in ends:
        world.refused(
            "bank_transactions.update",
            {"Status": "DELETED"},
            BankTransactionID=each["BankTransactionID"],
        )
    identity = made["BankTransferID"]
    world.refused("bank_transfers.delete", {"Status": "VOIDED"}, BankTransferID=identity)
    sent = {"BankTransferID": identity, "Status": "DELETED"}
    assert world.ok("bank_transfers.delete_many", sent)["Status"] == "DELETED"
    for each in ends:
        assert world.get("BankTransaction", each["BankTransactionID"])["Status"] == "DELETED"
    world.refused("bank_transfers.delete", {"Status": "DELETED"}, BankTransferID=identity)


@pytest.mark.parametrize(
    "fields",
    [{"Amount": "0"}, {"ToBankAccount": {"Code": "090"}}, {"ToBankAccount": {"Code": "200"}}],
)
def test_transfers_that_cannot_be(world: World, fields: dict[str, Any]) -> None:
    sent = {
        "FromBankAccount": {"Code": "090"},
        "ToBankAccount": {"Code": "091"},
        "Amount": "5",
        **fields,
    }
    world.refused("bank_transfers.create", sent)


def test_a_transfer_to_another_currency_arrives_in_it(world: World) -> None:
    world.ok("currencies.create", {"Code": "USD"})
    world.ok(
        "accounts.create",
        {
            "Code": "092",
            "Name": "Dollars",
            "Type": "BANK",
            "BankAccountNumber": "3",
            "CurrencyCode": "USD",
        },
    )
    made = world.ok(
        "bank_transfers.create",
        {"FromBankAccount": {"Code": "090"}, "ToBankAccount": {"Code": "092"}, "Amount": "100"},
    )
    arrived = world.get("BankTransaction", made["ToBankTransactionID"])
    assert (arrived["Total"], arrived["CurrencyCode"]) == (D("50.00"), "USD")
