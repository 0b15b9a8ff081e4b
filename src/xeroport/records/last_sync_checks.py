"""A cleaned record against what the last sync knows: what Xero would refuse, said beforehand.

All of it is warnings: Xero may have changed since.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from xeroport.catalogue import RecordType
from xeroport.records.findings import Finding, Path
from xeroport.records.last_sync import ACTIVE, Known, KnownAccount, KnownTaxRate, fold
from xeroport.records.named_accounts import account_findings, closed_account, missing_account

CLASS_WORDS = {
    "ASSET": "an asset",
    "EQUITY": "equity",
    "EXPENSE": "an expense",
    "LIABILITY": "a liability",
    "REVENUE": "revenue",
}
CONTROL = {"DEBTORS", "CREDITORS"}
"""The system accounts that what is owed is posted to."""
SALES_AND_PURCHASES = {"Invoice", "CreditNote", "PurchaseOrder", "Quote", "RepeatingInvoice"}


def known_findings(
    record: RecordType, values: Mapping[str, Any], known: Known, *, names_accounts: bool
) -> Iterator[Finding]:
    """What the last sync says about a record; `names_accounts` says that fields outside its lines
    may."""
    contact = values.get("Contact")
    if isinstance(contact, Mapping) and known.contacts is not None:
        yield from _contact(contact, known)
    if known.has_lists_of_lines:
        for name in ("LineItems", "JournalLines"):
            for index, line in enumerate(values.get(name) or ()):
                yield from _line((name, index), record, line, known)
    if record.name == "Account":
        account = KnownAccount("", "", str(values.get("Type", "")), "", ACTIVE)
        yield from _pair((), values.get("TaxType"), _class_of(account), "", known)
    if names_accounts:
        yield from account_findings(values, known)
    if "CurrencyCode" in values:
        yield from _currency(values, known)
    day = values.get("Date")
    if day is not None and known.lock_date is not None and day <= known.lock_date:
        said = f"{day} is in a closed period: the books are locked up to {known.lock_date}"
        yield Finding(("Date",), said, "use a later date, or move the lock date", "warning")


def translate_tax_names(
    values: dict[str, Any], known: Known, instance: str, *, is_of_xero: bool = False
) -> list[Finding]:
    """Tax rates that are given by name become their codes, wherever a field is a tax type.

    Only active rates count. A name that stands for two, or only for a deleted one, is reported; as
    a warning where the record was read from Xero (`is_of_xero`), which may have it since long.
    """
    findings: list[Finding] = []
    _translate(values, (), known, instance, findings)
    return [replace(each, level="warning") for each in findings] if is_of_xero else findings


def _translate(
    value: Any, path: Path, known: Known, instance: str, findings: list[Finding]
) -> None:
    if isinstance(value, list):
        for index, item in enumerate(value):
            _translate(item, (*path, index), known, instance, findings)
        return
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        if type(inner) is dict or type(inner) is list:
            _translate(inner, (*path, name), known, instance, findings)
        elif name.endswith("TaxType") and name != "ReportTaxType" and isinstance(inner, str):
            code, finding = _tax_code((*path, name), inner, known, instance)
            value[name] = code
            findings += [finding] if finding is not None else []


def _tax_code(path: Path, text: str, known: Known, instance: str) -> tuple[str, Finding | None]:
    rate = known.rate(text)
    if not text or (rate is not None and rate.status == ACTIVE):
        return text, None
    same = known.rates_called(text)
    active = sorted({each.tax_type for each in same if each.status == ACTIVE})
    if len(active) == 1:
        return active[0], None
    if active:
        codes = ", ".join(f"`{code}`" for code in active)
        said = f"`{text}` is the name of {len(active)} tax rates: {codes}"
        return text, Finding(path, said, "give the code instead")
    if rate is not None or same:
        gone = rate or same[0]
        said = f"the tax rate `{text}` is {gone.status.lower()} in Xero (`{gone.tax_type}`)"
        return text, Finding(path, said, "use one that is active")
    is_name = " " in text or "%" in text or not text.isupper()
    if known.tax_rates is None:
        if not is_name:
            return text, None
        hint = f"`xeroport sync {instance} tax_rates` first, so that it can be translated"
        return text, Finding(
            path, f"`{text}` is the name of a tax rate, not a code", hint, "warning"
        )
    names = {rate.name: rate for rate in known.tax_rates if rate.status == ACTIVE}
    codes_in_use = {rate.tax_type for rate in names.values()}
    alike = [code for code in codes_in_use if code.upper() == text.upper()]
    if len(alike) == 1:
        return alike[0], None
    near = difflib.get_close_matches(text, [*names, *(r.tax_type for r in names.values())], n=1)
    guess = f"did you mean `{near[0]}`?" if near else None
    return text, Finding(path, f"the last sync has no tax rate `{text}`", guess, "warning")


def _contact(contact: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    contact_id, name = contact.get("ContactID"), contact.get("Name")
    way_out = "un-archive it in Xero first"
    if contact_id:
        held = known.contact_ids.get(contact_id)
        if held is None:
            said = f"the last sync has no contact `{contact_id}`"
            yield Finding(("Contact", "ContactID"), said, level="warning")
        elif held.status != ACTIVE:
            said = f"the contact `{held.name}` is {held.status.lower()}; Xero refuses it"
            yield Finding(("Contact", "ContactID"), said, way_out, "warning")
        return
    if not name or contact.get("ContactNumber"):
        return
    same = known.contact_names.get(fold(name), ())
    active = [held for held in same if held.status == ACTIVE]
    if not same:
        yield Finding(
            ("Contact", "Name"),
            f"the last sync has no contact `{name}`",
            "Xero creates a new contact for it",
            "warning",
        )
    elif not active:
        said = f"the contact `{name}` is {same[0].status.lower()}; Xero refuses it"
        yield Finding(("Contact", "Name"), said, way_out, "warning")
    elif len(active) > 1:
        said = f"{len(active)} contacts are called `{name}`"
        yield Finding(("Contact", "Name"), said, "say which with `Contact.ContactID`", "warning")


def _line(
    path: Path, record: RecordType, line: Mapping[str, Any], known: Known
) -> Iterator[Finding]:
    account = _account(line, known)
    code = line.get("AccountCode")
    if code and known.accounts is not None and account is None:
        yield missing_account((*path, "AccountCode"), code, known.accounts)
    if account is not None:
        shown = account.shown
        if account.status != ACTIVE:
            yield closed_account((*path, "AccountCode"), account)
        elif account.type == "BANK" and record.name in SALES_AND_PURCHASES:
            said = f"{shown} is a bank account, which no line can be posted to"
            hint = "use a revenue or expense account"
            yield Finding((*path, "AccountCode"), said, hint, "warning")
        elif account.system in CONTROL:
            said = f"{shown} is a control account, which Xero posts to itself"
            yield Finding((*path, "AccountCode"), said, "use a revenue or expense account",
                          "warning")  # fmt: skip
        tax_type = line.get("TaxType")
        yield from _pair((*path, "TaxType"), tax_type, _class_of(account), shown, known)
    item = line.get("ItemCode")
    if item and known.items is not None and item not in known.items:
        yield Finding((*path, "ItemCode"), f"the last sync has no item `{item}`", level="warning")
    for index, tracking in enumerate(line.get("Tracking") or ()):
        yield from _tracking((*path, "Tracking", index), tracking, known)


def _account(line: Mapping[str, Any], known: Known) -> KnownAccount | None:
    if line.get("AccountCode"):
        return (known.accounts or {}).get(line["AccountCode"])
    return known.account_of(line["AccountID"]) if line.get("AccountID") else None


def _pair(
    path: Path, tax_type: Any, account_class: str, shown: str, known: Known
) -> Iterator[Finding]:
    """A tax type that does not go with the class of its account."""
    rate = known.rate(tax_type) if tax_type else None
    if rate is None or rate.classes is None or not account_class or account_class in rate.classes:
        return
    word = CLASS_WORDS.get(account_class, account_class)
    about = f"account {shown}, {word}" if shown else f"an account that is {word}"
    said = f"the tax type `{tax_type}` cannot be used with {about}"
    yield Finding(path, said, _fitting(account_class, rate, known), "warning")


def _fitting(account_class: str, rate: KnownTaxRate, known: Known) -> str | None:
    """The tax types of the same rate that do go with an account."""
    fitting = [
        other.tax_type
        for other in known.tax_rates or ()
        if other.status == ACTIVE
        and other.rate == rate.rate
        and other.classes is not None
        and account_class in other.classes
    ]
    return f"`{fitting[0]}` can" if fitting else None


def _class_of(account: KnownAccount) -> str:
    return account.account_class or CLASS_OF_TYPE.get(account.type, "")


CLASS_OF_TYPE = {
    **dict.fromkeys(("BANK", "CURRENT", "FIXED", "INVENTORY", "NONCURRENT", "PREPAYMENT"), "ASSET"),
    **dict.fromkeys(("CURRLIAB", "LIABILITY", "TERMLIAB", "PAYG"), "LIABILITY"),
    **dict.fromkeys(("DEPRECIATN", "DIRECTCOSTS", "EXPENSE", "OVERHEADS"), "EXPENSE"),
    **dict.fromkeys(("REVENUE", "SALES", "OTHERINCOME"), "REVENUE"),
    "EQUITY": "EQUITY",
}


def _tracking(path: Path, tracking: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    if known.tracking is None or not tracking.get("Name"):
        return
    name, option = tracking["Name"], tracking.get("Option")
    status, options = known.tracking.get(fold(name), (None, {}))
    if status is None:
        said = f"the last sync has no tracking category `{name}`"
        yield Finding((*path, "Name"), said, level="warning")
    elif status != ACTIVE:
        said = f"the tracking category `{name}` is {status.lower()}"
        yield Finding((*path, "Name"), said, level="warning")
    elif option and options.get(fold(option)) != ACTIVE:
        state = options.get(fold(option))
        said = (
            f"the last sync has no option `{option}` of `{name}`"
            if state is None
            else f"the option `{option}` of `{name}` is {state.lower()}"
        )
        yield Finding((*path, "Option"), said, level="warning")


def _currency(values: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    code, rate = values.get("CurrencyCode"), values.get("CurrencyRate")
    base = known.base_currency
    if not isinstance(code, str):
        return
    if known.currencies is not None and code not in {*known.currencies, base}:
        said = f"the organisation has no currency `{code}`"
        yield Finding(("CurrencyCode",), said, "add it in Xero first", "warning")
    if base is not None and code != base and rate == 1:
        yield Finding(
            ("CurrencyRate",),
            f"the rate of {code} against {base} is exactly 1",
            f"leave it out and Xero takes the day's rate, or give {code} per {base}",
            "warning",
        )
