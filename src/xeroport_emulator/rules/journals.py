"""Manual journals: two lines at least, balanced, and never on the control accounts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from xeroport_emulator.organisation.money import ZERO, cents
from xeroport_emulator.organisation.refusal import Refusal
from xeroport_emulator.organisation.table import Record
from xeroport_emulator.rules import documents
from xeroport_emulator.rules.lines import tax_rate, tracked
from xeroport_emulator.rules.totals import tax
from xeroport_emulator.rules.verbs import verbs
from xeroport_emulator.rules.write import Write, pick

MODES = ("NoTax", "Exclusive", "Inclusive")
MOVES = {"": ("DRAFT", "POSTED"), "DRAFT": ("POSTED", "DELETED"), "POSTED": ("VOIDED",)}
NOT_MODIFIABLE = "Manual Journal not of valid status for modification"
REFUSED_SYSTEM = {"DEBTORS", "CREDITORS", "UNREALISEDCURRENCYGAIN", "BANKCURRENCYGAIN"}
REFUSED_TYPES = {"BANK", "INVENTORY"}


def _save(write: Write, old: Record | None) -> Record:
    element = write.element
    if old is not None:
        documents.unlocked(write, old["Date"])
        if old["Status"] not in ("DRAFT", "POSTED"):
            raise Refusal(NOT_MODIFIABLE)
    status = documents.step(write, old, MOVES, NOT_MODIFIABLE)
    if old is not None and status in ("DELETED", "VOIDED"):
        return write.organisation.save("ManualJournal", {**old, "Status": status})
    journal: Record = {
        "ManualJournalID": write.organisation.new_id(),
        "Date": write.organisation.today(),
        "ShowOnCashBasisReports": True,
        "HasAttachments": False,
        "JournalLines": [],
        **(old or {}),
        **pick(element, ("Narration", "Date", "Url", "ShowOnCashBasisReports")),
        "Status": status,
        "LineAmountTypes": documents.mode(write, old, MODES),
    }
    day: date = journal["Date"]
    documents.unlocked(write, day)
    if not journal.get("Narration"):
        write.problem("The Narration must be specified.")
    mode = journal["LineAmountTypes"]
    sent = element.get("JournalLines")
    if sent:
        posted = status == "POSTED"
        journal["JournalLines"] = [_line(write, line, mode, posted=posted) for line in sent]
    elif old is not None and mode != old["LineAmountTypes"]:
        journal["JournalLines"] = [
            _line(write, {k: v for k, v in line.items() if k != "TaxAmount"}, mode, posted=True)
            for line in old["JournalLines"]
        ]
    lines = [line for line in journal["JournalLines"] if not line["IsBlank"]]
    if len(lines) < 2:
        write.problem("A manual journal must have at least 2 lines.")
    elif old is not None and status == "POSTED" and any("AccountID" not in line for line in lines):
        write.problem("Account code or ID must be specified")
    _balance(write, lines, mode)
    write.settle()
    return write.organisation.save("ManualJournal", journal)


def _line(write: Write, sent: Record, mode: str, *, posted: bool) -> Record:
    line = pick(sent, ("LineAmount", "AccountCode", "AccountID", "Description", "TaxType"))
    line["IsBlank"] = "LineAmount" not in sent and not line.get("AccountCode")
    line["LineAmount"] = cents(sent.get("LineAmount", Decimal(0)))
    _account(write, line, posted=posted)
    if mode == "NoTax":
        line["TaxType"] = write.organisation.no_tax
    rate = ZERO
    if mode != "NoTax" and line.get("TaxType"):
        rate_found = tax_rate(write, line["TaxType"])
        rate = rate_found.get("EffectiveRate", ZERO) if rate_found else ZERO
    tax_sent = sent.get("TaxAmount") if mode != "NoTax" else None
    line["TaxAmount"] = (
        cents(tax_sent) if tax_sent is not None else tax(line["LineAmount"], rate, mode)
    )
    line["Tracking"] = tracked(write, sent.get("Tracking", ()))
    return line


def _account(write: Write, line: Record, *, posted: bool) -> None:
    code, identity = line.get("AccountCode"), line.get("AccountID")
    table = write.table("Account")
    found = table.first("Code", code) if code else table.get(identity)
    if found is None and (code or identity):
        write.warn(
            f"Account code ''{code or identity}'' has been removed as it does not match a "
            "recognised account."
        )
        line.pop("AccountCode", None)
        line.pop("AccountID", None)
    if found is None:
        if posted and not line["IsBlank"]:
            write.problem("Account code or ID must be specified")
        return
    if found["Status"] != "ACTIVE":
        write.problem(f"Account code '{code or identity}' has been archived and cannot be used.")
    if found["Type"] in REFUSED_TYPES or found.get("SystemAccount") in REFUSED_SYSTEM:
        write.problem(f"Account code '{code or identity}' is not a valid code for this document.")
    line["AccountID"] = found["AccountID"]
    if found.get("Code"):
        line["AccountCode"] = found["Code"]
    if found.get("TaxType"):
        line.setdefault("TaxType", found["TaxType"])


def _balance(write: Write, lines: list[Record], mode: str) -> None:
    amounts = [
        line["LineAmount"] + (line["TaxAmount"] if mode == "Exclusive" else ZERO) for line in lines
    ]
    debits = sum((amount for amount in amounts if amount > 0), ZERO)
    credits = sum((amount for amount in amounts if amount < 0), ZERO)
    if debits + credits != 0:
        write.problem(f"The total debits ({debits}) must equal total credits ({credits})")


create, upsert, update = verbs("ManualJournal", _save)
