"""Tracked inventory: purchases raise an item's quantity and cost, sales lower them at the average.

Every approved line of a tracked item carries `_Stock`: what it did to the item, so that it can be
taken back when the document changes, and what the ledger posts between stock and cost of sales.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xeroport_emulator.organisation.money import ZERO, base, cents
from xeroport_emulator.organisation.refusal import Refusal
from xeroport_emulator.organisation.table import Record

if TYPE_CHECKING:
    from xeroport_emulator.organisation.organisation import Organisation

SALES = {"ACCREC": -1, "RECEIVE": -1, "ACCRECCREDIT": 1}
PURCHASES = {"ACCPAY": 1, "SPEND": 1, "ACCPAYCREDIT": -1}
"""Type of a document → what a quantity on it does to the stock."""

Change = tuple[Decimal, Decimal]
"""Quantity and cost by which an item's stock changes."""


def moved(organisation: Organisation, old: Record | None, new: Record) -> Record:
    """The document with its lines' effect on stock, which is carried out on the items.

    Refuses what would leave less than nothing on hand.
    """
    before = _noted(old) if old is not None else {}
    if not before and not any("ItemCode" in line for line in new.get("LineItems", ())):
        return new
    changes: dict[str, Change] = {}
    for taken in before.values():
        _add(changes, taken["ItemID"], -taken["Quantity"], -taken["Cost"])
    stocks = [
        _effect(organisation, new, line, before.get(line.get("LineItemID", "")), changes)
        for line in new["LineItems"]
    ]
    if not changes:
        return new
    lines = []
    for line, stock in zip(new["LineItems"], stocks, strict=True):
        bare = {name: value for name, value in line.items() if name != "_Stock"}
        lines.append({**bare, "_Stock": stock} if stock is not None else bare)
    _carry_out(organisation, changes)
    return {**new, "LineItems": lines}


def _posts(document: Record) -> bool:
    known = document.get("Type") in SALES or document.get("Type") in PURCHASES
    return known and document.get("Status") in ("AUTHORISED", "PAID")


def _noted(document: Record) -> dict[str, Record]:
    """Line id → what the line has done to the stock."""
    if not _posts(document):
        return {}
    lines = document.get("LineItems", ())
    return {line["LineItemID"]: line["_Stock"] for line in lines if "_Stock" in line}


def _effect(
    organisation: Organisation,
    document: Record,
    line: Record,
    before: Record | None,
    changes: dict[str, Change],
) -> Record | None:
    """What a line does to the stock of its item; None if it does nothing."""
    item = organisation.tables["Item"].get((line.get("Item") or {}).get("ItemID"))
    if item is None or not item.get("IsTrackedAsInventory") or not _posts(document):
        return None
    kind = document["Type"]
    quantity = line.get("Quantity", ZERO) * (SALES.get(kind) or PURCHASES[kind])
    stock: dict[str, Any] = {"ItemID": item["ItemID"], "Quantity": quantity}
    if kind in PURCHASES:
        tax = line.get("TaxAmount", ZERO) if document["LineAmountTypes"] == "Inclusive" else ZERO
        net = base(line.get("LineAmount", ZERO) - tax, document.get("CurrencyRate"))
        stock["Cost"] = net * PURCHASES[kind]
    else:
        stock |= _accounts(organisation, item)
        same = before is not None and all(before.get(each) == stock[each] for each in stock)
        stock["Cost"] = (before or {})["Cost"] if same else _average(item, changes, quantity)
    _add(changes, item["ItemID"], quantity, stock["Cost"])
    return stock


def _accounts(organisation: Organisation, item: Record) -> Record:
    """The ids of the accounts of stock and of cost of sales."""
    accounts = organisation.tables["Account"]
    codes = {
        "Asset": item["InventoryAssetAccountCode"],
        "CostOfSales": item["PurchaseDetails"]["COGSAccountCode"],
    }
    return {name: (accounts.first("Code", code) or {})["AccountID"] for name, code in codes.items()}


def _average(item: Record, changes: dict[str, Change], quantity: Decimal) -> Decimal:
    """What so many cost on average; the last ones take all that is left of the cost."""
    more, cost = changes.get(item["ItemID"], (ZERO, ZERO))
    held, pool = item["QuantityOnHand"] + more, item["TotalCostPool"] + cost
    if held + quantity == 0:
        return Decimal(-pool)
    return cents(pool * quantity / held) if held > 0 else ZERO


def _add(changes: dict[str, Change], item: str, quantity: Decimal, cost: Decimal) -> None:
    before = changes.get(item, (ZERO, ZERO))
    changes[item] = (before[0] + quantity, before[1] + cost)


def _carry_out(organisation: Organisation, changes: dict[str, Change]) -> None:
    for identity, (quantity, cost) in changes.items():
        item = organisation.tables["Item"].get(identity)
        if item is None or not (quantity or cost):
            continue
        held = item["QuantityOnHand"] + quantity
        if held < 0 and quantity < 0:
            raise Refusal(
                f"The quantity of item '{item['Code']}' on hand is {item['QuantityOnHand']:f}, "
                "which is not enough."
            )
        pool = item["TotalCostPool"] + cost
        organisation.save("Item", {**item, "QuantityOnHand": held, "TotalCostPool": pool})
