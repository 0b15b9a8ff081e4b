"""Purchase orders: numbered, approved, billed."""

from __future__ import annotations

from datetime import date

from xeroport_emulator.organisation.refusal import Refusal
from xeroport_emulator.organisation.table import Record, words
from xeroport_emulator.rules import documents
from xeroport_emulator.rules.lines import LineRules
from xeroport_emulator.rules.verbs import verbs
from xeroport_emulator.rules.write import Write, pick

MOVES = {
    "": ("DRAFT", "SUBMITTED", "AUTHORISED", "BILLED"),
    "DRAFT": ("SUBMITTED", "AUTHORISED", "BILLED", "DELETED"),
    "SUBMITTED": ("DRAFT", "AUTHORISED", "BILLED", "DELETED"),
    "AUTHORISED": ("BILLED", "DELETED"),
    "BILLED": ("AUTHORISED", "DELETED"),
}
NOT_MODIFIABLE = "Purchase Order not of valid status for modification"
NOT_SENT = "Only AUTHORISED and BILLED purchase orders may have SentToContact updated."
FIELDS = words(
    "Reference DeliveryDate DeliveryAddress AttentionTo Telephone DeliveryInstructions "
    "ExpectedArrivalDate"
)


DELETED = (
    "PurchaseOrder status change is invalid",
    "Deleted PurchaseOrders cannot be updated",
)
"""Xero's answer to an order with the number of a deleted one."""


def _save(write: Write, old: Record | None) -> Record:
    element = write.element
    write.unit_places = 4  # orders keep four decimals whatever the caller asks
    if old is not None and old["Status"] == "DELETED":
        raise Refusal(NOT_MODIFIABLE)
    status = documents.step(write, old, MOVES, NOT_MODIFIABLE)
    if old is not None and status == "DELETED":
        return write.organisation.save("PurchaseOrder", {**old, "Status": status})
    number = element.get("PurchaseOrderNumber") or (old or {}).get("PurchaseOrderNumber")
    if not number:
        number = documents.next_number(write, "PO", ("PurchaseOrder", "PurchaseOrderNumber"))
    order: Record = {
        "PurchaseOrderID": write.organisation.new_id(),
        "Date": write.organisation.today(),
        "Reference": "",
        "SentToContact": False,
        "HasAttachments": False,
        **(old or {}),
        **pick(element, (*FIELDS, "Date")),
        "PurchaseOrderNumber": number,
        "Status": status,
    }
    namesake = documents.numbered(write, "PurchaseOrder", number)
    if namesake is not None and namesake["PurchaseOrderID"] != order["PurchaseOrderID"]:
        raise Refusal("Order number must be unique")
    if len(order.get("DeliveryInstructions", "")) > 500:
        write.problem("The DeliveryInstructions may have at most 500 characters.")
    if "SentToContact" in element and element["SentToContact"] != order["SentToContact"]:
        if status in ("AUTHORISED", "BILLED"):
            order["SentToContact"] = element["SentToContact"]
        else:
            write.warn(NOT_SENT)
    contact = documents.party(write, old)
    mode = documents.mode(write, old)
    approved = status in ("AUTHORISED", "BILLED")
    rules = LineRules(
        mode=mode,
        sales=False,
        account_needed=False,
        description_needed=approved,
        unknown_removed=status == "DRAFT",
        zero_discounts=False,
    )
    lines, sums = documents.priced(write, old, rules)
    day: date = order["Date"]
    order |= {
        **documents.currency(write, old, contact["ContactID"]),
        **documents.theme(write, old, default=True),
        "Contact": contact,
        "Date": day,
        "LineAmountTypes": mode,
        "LineItems": lines,
        **sums.fields(),
        "TotalDiscount": sums.discount,
    }
    write.settle()
    return write.organisation.save("PurchaseOrder", order)


def _namesake(write: Write) -> Record | None:
    """The order with the number that was sent; refused at once if a deleted one had it."""
    number = write.element.get("PurchaseOrderNumber")
    order = documents.numbered(write, "PurchaseOrder", number)
    if (
        order is None
        and number
        and write.table("PurchaseOrder").find("PurchaseOrderNumber", number)
    ):
        raise Refusal(*DELETED)
    return order


create, upsert, update = verbs(
    "PurchaseOrder", _save, also=("PurchaseOrderNumber",), namesake=_namesake
)
