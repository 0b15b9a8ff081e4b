"""Linked transactions: a cost line of a bill or of spent money, billed on to a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xeroport_emulator.organisation.refusal import Refusal
from xeroport_emulator.organisation.table import Record, words
from xeroport_emulator.rules.write import Write, pick

if TYPE_CHECKING:
    from xeroport_emulator.organisation.organisation import Organisation

FIELDS = words(
    "SourceTransactionID SourceLineItemID ContactID TargetTransactionID TargetLineItemID"
)
SOURCE_DIFFERS = "The SourceLineItemID and SourceTransactionID do not match"
CONTACT_DIFFERS = "The ContactID and the TargetTransaction ContactID do not match"


def create(write: Write) -> Record:
    """PUT: a new link."""
    write.refuse_id("LinkedTransaction")
    return _save(write, {"LinkedTransactionID": write.organisation.new_id()})


def update(write: Write) -> Record:
    """POST to one link: its contact and target may change, its source may not."""
    old = write.named("LinkedTransaction", "LinkedTransactionID")
    if old["Status"] in ("BILLED", "VOIDED"):
        raise Refusal("A billed or voided linked transaction cannot be changed.")
    for each in ("SourceTransactionID", "SourceLineItemID"):
        if write.element.get(each, old[each]) != old[each]:
            raise Refusal("The source of a linked transaction cannot be changed.")
    return _save(write, old)


def delete(write: Write) -> None:
    """DELETE: gone without a trace."""
    old = write.named("LinkedTransaction", "LinkedTransactionID")
    if old["Status"] == "BILLED":
        raise Refusal("A billed linked transaction cannot be deleted.")
    write.table("LinkedTransaction").remove(old["LinkedTransactionID"])


def follow(organisation: Organisation, document_id: str) -> None:
    """Bring the status of the links of a document up to date after the document changed."""
    table = organisation.tables["LinkedTransaction"]
    if not len(table):
        return
    for side in ("SourceTransactionID", "TargetTransactionID"):
        for link in table.find(side, document_id):
            source = _source(organisation, link)
            target = organisation.tables["Invoice"].get(link.get("TargetTransactionID"))
            status = _status(source, target)
            if status != link["Status"]:
                organisation.save("LinkedTransaction", {**link, "Status": status})


def _save(write: Write, old: Record) -> Record:
    link = {**old, **pick(write.element, FIELDS), "Type": "BILLABLEEXPENSE"}
    source = _source(write.organisation, link)
    if source is None or source["Type"] not in ("ACCPAY", "SPEND"):
        raise Refusal("The SourceTransactionID must be that of a bill or of spent money.")
    if not _has_line(source, link.get("SourceLineItemID")):
        raise Refusal(SOURCE_DIFFERS)
    link["SourceTransactionTypeCode"] = source["Type"]
    contact = link.get("ContactID")
    if contact and write.table("Contact").get(contact) is None:
        write.problem("An existing Contact with the specified ContactID could not be found")
    target = None
    if link.get("TargetTransactionID"):
        target = write.table("Invoice").get(link["TargetTransactionID"])
        if target is None or target["Type"] != "ACCREC":
            raise Refusal("The TargetTransactionID must be that of a sales invoice.")
        if contact and target["Contact"]["ContactID"] != contact:
            raise Refusal(CONTACT_DIFFERS)
        if link.get("TargetLineItemID") and not _has_line(target, link["TargetLineItemID"]):
            raise Refusal("The TargetLineItemID and TargetTransactionID do not match")
        link["ContactID"] = target["Contact"]["ContactID"]
    elif link.get("TargetLineItemID"):
        raise Refusal("A TargetLineItemID needs a TargetTransactionID.")
    write.settle()
    link["Status"] = _status(source, target)
    return write.organisation.save("LinkedTransaction", link)


def _source(organisation: Organisation, link: Record) -> Record | None:
    identity = link.get("SourceTransactionID")
    tables = organisation.tables
    return tables["Invoice"].get(identity) or tables["BankTransaction"].get(identity)


def _has_line(document: Record, line_id: str | None) -> bool:
    return any(each["LineItemID"] == line_id for each in document["LineItems"])


def _status(source: Record | None, target: Record | None) -> str:
    if source is None or source["Status"] in ("VOIDED", "DELETED"):
        return "VOIDED"
    if target is not None and target["Status"] in ("AUTHORISED", "PAID"):
        return "BILLED"
    if target is not None and target["Status"] in ("DRAFT", "SUBMITTED"):
        return "ONDRAFT"
    return "APPROVED" if source["Status"] in ("AUTHORISED", "PAID") else "DRAFT"
