"""Items of the price list: unique codes; the quantity of tracked items is Xero's own."""

from __future__ import annotations

from decimal import Decimal

from xeroport_emulator.organisation.refusal import Refusal
from xeroport_emulator.organisation.table import Record, words
from xeroport_emulator.rules.lines import account_of, tax_rate
from xeroport_emulator.rules.totals import places
from xeroport_emulator.rules.usage import item_in_use
from xeroport_emulator.rules.verbs import verbs
from xeroport_emulator.rules.write import Write, pick

WRITABLE = words(
    "Code InventoryAssetAccountCode Name IsSold IsPurchased Description PurchaseDescription"
)


def delete(write: Write) -> None:
    """DELETE: gone without a trace."""
    item = write.named("Item", "ItemID", "Code")
    if item.get("QuantityOnHand") or (
        item["IsTrackedAsInventory"] and item_in_use(write.organisation, item["Code"])
    ):
        raise Refusal(
            "The item could not be deleted because it is associated with inventory transactions"
        )
    write.table("Item").remove(item["ItemID"])


def _save(write: Write, old: Record | None) -> Record:
    element = write.element
    item: Record = {
        "ItemID": write.organisation.new_id(),
        "IsSold": True,
        "IsPurchased": True,
        "IsTrackedAsInventory": False,
        "SalesDetails": {},
        "PurchaseDetails": {},
        **(old or {}),
        **pick(element, WRITABLE),
    }
    code = item.get("Code")
    if not code:
        raise Refusal("The Item Code must be specified.")
    for each in write.table("Item").find("Code", code):
        if each["ItemID"] != item["ItemID"]:
            raise Refusal(f"Price List Item with Code ''{code}'' already exists")
    for side in ("SalesDetails", "PurchaseDetails"):
        if side in element:
            item[side] = {**item[side], **_details(write, element[side])}
    asset = item.get("InventoryAssetAccountCode")
    cost = item["PurchaseDetails"].get("COGSAccountCode")
    if cost and not asset:
        write.problem("Cost Of Goods Sold Account must be used with an Inventory Asset Account")
    tracked = bool(asset and cost)
    if asset and "InventoryAssetAccountCode" in element:
        account = account_of(write, asset, None, given=asset)
        if account is not None and account["Type"] != "INVENTORY":
            write.problem("The InventoryAssetAccountCode must be an inventory account.")
    if tracked:
        item["IsTrackedAsInventory"] = True
        item.setdefault("QuantityOnHand", Decimal("0.0000"))
        item.setdefault("TotalCostPool", Decimal("0.00"))
    write.settle()
    return write.organisation.save("Item", item)


def _details(write: Write, sent: Record) -> Record:
    details = pick(sent, ("UnitPrice", "AccountCode", "COGSAccountCode", "TaxType"))
    if "UnitPrice" in details:
        details["UnitPrice"] = places(details["UnitPrice"], write.unit_places)
    for each in ("AccountCode", "COGSAccountCode"):
        if details.get(each):
            account_of(write, details[each], None, given=details[each])
    if details.get("TaxType"):
        tax_rate(write, details["TaxType"])
    return details


def _coded(write: Write) -> Record | None:
    code = write.element.get("Code")
    return write.table("Item").first("Code", code) if code else None


create, upsert, update = verbs("Item", _save, also=("Code",), namesake=_coded)
