"""The chart of accounts: unique codes and names, archived when used, deleted only when unused."""

from __future__ import annotations

from xeroport_emulator.organisation.refusal import Refusal
from xeroport_emulator.organisation.reporting import CLASS_OF, reporting_name
from xeroport_emulator.organisation.table import Record, words
from xeroport_emulator.rules.renames import account_renamed
from xeroport_emulator.rules.usage import account_in_use
from xeroport_emulator.rules.write import Write, pick

WRITABLE = words(
    "Code Name Type Description TaxType EnablePaymentsToAccount ShowInExpenseClaims AddToWatchlist "
    "BankAccountNumber BankAccountType CurrencyCode ReportingCode"
)


def create(write: Write) -> Record:
    """PUT: one new account."""
    return add(write, write.element)


def add(write: Write, element: Record) -> Record:
    """A new account of those values."""
    kind = element.get("Type")
    if kind not in CLASS_OF:
        raise Refusal("A valid account Type must be specified.")
    account: Record = {
        "AccountID": write.organisation.new_id(),
        "Status": "ACTIVE",
        "Class": CLASS_OF[kind],
        "TaxType": write.organisation.no_tax,
        "EnablePaymentsToAccount": False,
        "ShowInExpenseClaims": False,
        "AddToWatchlist": False,
        "BankAccountType": "",
        "HasAttachments": False,
        "ReportingCode": CLASS_OF[kind][:3],
        **pick(element, WRITABLE),
    }
    account["ReportingCodeName"] = reporting_name(account["ReportingCode"])
    if kind == "BANK":
        account["BankAccountType"] = account["BankAccountType"] or "BANK"
        account["CurrencyCode"] = account.get("CurrencyCode") or write.organisation.base_currency
        if not account.get("BankAccountNumber") and account["BankAccountType"] != "PAYPAL":
            write.problem("A bank account number must be specified for a bank account.")
    else:
        account.pop("CurrencyCode", None)
        if not account.get("Code"):
            write.problem("The account Code must be specified.")
    _check(write, account)
    return write.organisation.save("Account", account)


def update(write: Write) -> Record:
    """POST to one account: change it, or archive it in a call of its own."""
    old = write.named("Account", "AccountID")
    sent = {
        key: value
        for key, value in write.element.items()
        if key in (*WRITABLE, "Status") and value != old.get(key)
    }
    if sent.keys() == {"Status"}:
        return _change_status(write, old, sent["Status"])
    if "Status" in sent:
        raise Refusal("The status of an account must be changed in a call of its own.")
    if old["Status"] != "ACTIVE":
        raise Refusal("An archived account cannot be changed.")
    if old["Type"] == "BANK" and sent:
        raise Refusal("Bank accounts cannot be updated.")
    if old.get("SystemAccount") and sent.keys() & {"Type", "TaxType"}:
        raise Refusal("The type and tax type of a system account cannot be changed.")
    kind = sent.get("Type", old["Type"])
    if kind not in CLASS_OF or (kind == "BANK") != (old["Type"] == "BANK"):
        raise Refusal("A valid account Type must be specified.")
    return change(write, old, {**sent, "Class": CLASS_OF[kind]})


def change(write: Write, old: Record, values: Record) -> Record:
    """The account with new values; documents follow its code and name."""
    account = {**old, **values}
    _check(write, account)
    write.settle()
    if any(account.get(each) != old.get(each) for each in ("Code", "Name")):
        account_renamed(write.organisation, account, recoded=account.get("Code") != old.get("Code"))
    return write.organisation.save("Account", account)


def delete(write: Write) -> Record:
    """DELETE: only an account nothing refers to; the reply shows it as DELETED."""
    old = write.named("Account", "AccountID")
    if old.get("SystemAccount"):
        raise Refusal("System accounts cannot be deleted.")
    if account_in_use(write.organisation, old):
        raise Refusal("The account is in use and cannot be deleted; archive it instead.")
    write.table("Account").remove(old["AccountID"])
    return {**old, "Status": "DELETED"}


def _change_status(write: Write, old: Record, status: str) -> Record:
    if status not in ("ACTIVE", "ARCHIVED"):
        raise Refusal(f"'{status}' is not a valid Status for an account.")
    if status == "ARCHIVED" and old.get("SystemAccount"):
        raise Refusal("System accounts cannot be archived.")
    return write.organisation.save("Account", {**old, "Status": status})


def _check(write: Write, account: Record) -> None:
    code, name = account.get("Code"), account.get("Name")

    def is_taken(field: str) -> bool:
        namesakes = write.table("Account").find(field, account[field])
        return any(other["AccountID"] != account["AccountID"] for other in namesakes)

    if not name:
        write.problem("The account Name must be specified.")
    elif is_taken("Name"):
        write.problem("Please enter a unique Name.")
    if code and len(code) > 10:
        write.problem("Account Code is too long. Maximum of 10 characters allowed")
    if code and is_taken("Code"):
        write.problem("Please enter a unique Code.")
    tax = account.get("TaxType")
    if tax and write.table("TaxRate").get(tax) is None and tax != "NONE":
        write.problem(f"The TaxType code '{tax}' does not exist or cannot be used for accounts.")
    if len(account.get("Description") or "") > 4000:
        write.problem("The Description of an account may have at most 4000 characters.")
    currency = account.get("CurrencyCode")
    if currency and write.table("Currency").get(currency) is None:
        write.problem(f"Organisation is not subscribed to currency {currency}")
