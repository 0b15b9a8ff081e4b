"""Money spent and received at the bank, also as prepayments and overpayments."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from xeroport_emulator.organisation.refusal import Refusal
from xeroport_emulator.organisation.table import Record, words
from xeroport_emulator.rules import documents, linked, nested
from xeroport_emulator.rules.contacts import IDENTIFIED
from xeroport_emulator.rules.lines import LineRules
from xeroport_emulator.rules.settling import settled_credit
from xeroport_emulator.rules.verbs import either, verbs
from xeroport_emulator.rules.write import Write, pick

PLAIN = ("RECEIVE", "SPEND")
CREDITS = {"PREPAYMENT": "Prepayment", "OVERPAYMENT": "Overpayment"}
RECONCILED = (
    "This Bank Transaction cannot be edited as it has been reconciled with a Bank Statement."
)
FIELDS = ("Reference", "Url", "IsReconciled")


def bank_account(write: Write, sent: Record | None) -> Record:
    """The active bank account named by id or code; refuses at once if there is none such."""
    found = write.account(sent or {})
    if found is None or found["Type"] != "BANK" or found["Status"] != "ACTIVE":
        raise Refusal("A valid bank account must be specified by its Code or AccountID.")
    return found


def _new(write: Write) -> Record:
    """A new bank transaction; that of a prepayment or an overpayment makes one."""
    kind = write.element.get("Type", "")
    direction, _, credit = kind.partition("-")
    if direction not in PLAIN or (credit and credit not in CREDITS):
        raise Refusal(f"'{kind}' is not a valid Type for a bank transaction.")
    transaction = {
        "BankTransactionID": write.organisation.new_id(),
        "Type": kind,
        "Reference": "",
        "IsReconciled": False,
        "HasAttachments": False,
        "Date": write.organisation.today(),
        **pick(write.element, FIELDS),
    }
    if write.element.get("Status", "AUTHORISED") != "AUTHORISED":
        raise Refusal("The Status of a new bank transaction must be AUTHORISED.")
    saved = _finish(write, transaction, None)
    return _credit(write, saved, CREDITS[credit]) if credit else saved


def _change(write: Write, old: Record) -> Record:
    element = write.element
    documents.unlocked(write, old["Date"])
    if old["Status"] != "AUTHORISED":
        raise Refusal("Bank Transaction not of valid status for modification")
    if old["Type"].endswith("-TRANSFER"):
        raise Refusal("A bank transfer cannot be changed as a bank transaction.")
    status = element.get("Status", "AUTHORISED")
    if status not in ("AUTHORISED", "DELETED", "VOIDED"):
        raise Refusal(f"'{status}' is not a valid Status for a bank transaction.")
    reconciled = old["IsReconciled"] and element.get("IsReconciled", True)
    if status != "AUTHORISED":
        if reconciled:
            raise Refusal(RECONCILED)
        return _delete(write, old)
    if element.get("Type", old["Type"]) != old["Type"]:
        raise Refusal("The Type of an existing bank transaction cannot be changed.")
    if "-" in old["Type"]:
        raise Refusal("Prepayments and overpayments cannot be changed, only deleted.")
    changed = _finish(write, {**old, **pick(element, FIELDS)}, old)
    if reconciled and any(
        changed[each] != old[each] for each in ("LineItems", "Total", "Date", "BankAccount")
    ):
        raise Refusal(RECONCILED)
    return changed


def _delete(write: Write, old: Record) -> Record:
    for name in CREDITS.values():
        credit = write.table(name).get(old.get(f"{name}ID"))
        if credit is None:
            continue
        if credit["Allocations"] or credit["Payments"]:
            raise Refusal("The credit has been allocated or refunded; undo that first.")
        voided = {**credit, "Status": "VOIDED"}
        write.organisation.save(name, voided)
    deleted = write.organisation.save("BankTransaction", {**old, "Status": "DELETED"})
    linked.follow(write.organisation, deleted["BankTransactionID"])
    return deleted


def _finish(write: Write, transaction: Record, old: Record | None) -> Record:
    element = write.element
    credit = transaction["Type"].partition("-")[2]
    contact = documents.party(write, old, IDENTIFIED)
    if old is None or element.get("BankAccount"):
        bank = bank_account(write, element.get("BankAccount"))
    else:
        bank = write.table("Account").get(old["BankAccount"]["AccountID"]) or {}
    day: date = element.get("Date") or transaction["Date"]
    documents.unlocked(write, day)
    mode = documents.mode(write, old)
    if credit == "OVERPAYMENT":
        mode = "NoTax"
        _on_control_account(write, receivable=transaction["Type"].startswith("RECEIVE"))
    rules = LineRules(
        mode=mode,
        sales=transaction["Type"].startswith("RECEIVE"),
        account_needed=credit != "OVERPAYMENT",
        own_tax=False,
    )
    held = bank.get("CurrencyCode") or write.organisation.base_currency
    if element.get("CurrencyCode", held) != held:
        write.problem("The currency of a bank transaction must be that of its bank account.")
    element["CurrencyCode"] = held
    lines, sums = documents.priced(write, old, rules)
    if sums.total < 0:
        write.problem("The total of a bank transaction must not be negative.")
    transaction = {
        **transaction,
        **documents.currency(write, old),
        "Status": "AUTHORISED",
        "Contact": contact,
        "BankAccount": nested.account(bank),
        "Date": day,
        "LineAmountTypes": mode,
        "LineItems": lines,
        **sums.fields(),
    }
    write.settle()
    saved = write.organisation.save("BankTransaction", transaction)
    linked.follow(write.organisation, saved["BankTransactionID"])
    return saved


def _on_control_account(write: Write, *, receivable: bool) -> None:
    """The lines of an overpayment stand on the control account, whatever was sent."""
    system = "DEBTORS" if receivable else "CREDITORS"
    for line in write.element.get("LineItems", ()):
        code = line.pop("AccountCode", None)
        line.pop("AccountID", None)
        found = write.table("Account").first("Code", code) if code else None
        if code and (found is None or found.get("SystemAccount") != system):
            write.problem(f"Account code '{code}' is not a valid code for this document.")


def _credit(write: Write, transaction: Record, name: str) -> Record:
    """The prepayment or overpayment of a bank transaction, and the transaction with its id."""
    credit: Record = {
        f"{name}ID": write.organisation.new_id(),
        "Type": transaction["Type"],
        **pick(
            transaction,
            words(
                "Contact Date Status LineAmountTypes LineItems SubTotal TotalTax Total "
                "CurrencyCode CurrencyRate Reference"
            ),
        ),
        "Allocations": [],
        "Payments": [],
        "HasAttachments": False,
        "AppliedAmount": Decimal("0.00"),
        "_BankTransactionID": transaction["BankTransactionID"],
    }
    saved = write.organisation.save(name, settled_credit(credit))
    return write.organisation.save(
        "BankTransaction", {**transaction, f"{name}ID": saved[f"{name}ID"]}
    )


create, upsert, update = verbs("BankTransaction", either(_new, _change))
