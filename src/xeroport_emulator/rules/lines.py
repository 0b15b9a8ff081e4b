"""The line items of documents: items, accounts, tax types, tracking, amounts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from xeroport_emulator.organisation.money import ZERO, cents
from xeroport_emulator.organisation.table import Record, words
from xeroport_emulator.rules.totals import LARGEST, discount, line_amount, places, tax
from xeroport_emulator.rules.write import Write

PRICED = {*words("Quantity UnitAmount DiscountRate DiscountAmount TaxType ItemCode LineAmount")}
"""Fields of a line that change its amounts."""

SHOWN_ONLY = {"Item", "ItemID", "DiscountEnteredAsPercent", "ValidationErrors"}
"""Fields of a line that replies have and writes do not heed."""
DISCOUNTS = ("DiscountRate", "DiscountAmount")
NOTHING = ("Account must be valid.", "Tax rate must be valid.")
"""Xero's answer, within the line, to an approved line that rounding brings to 0.00."""

NOT_FOR_LINES = {"DEBTORS", "CREDITORS", "RETAINEDEARNINGS", "UNREALISEDCURRENCYGAIN"}


@dataclass(frozen=True)
class LineRules:
    """How the lines of one kind of document behave: which side of an item they take, whether an
    account and a description are needed, whether the tax type comes from the account, whether an
    account that is unknown is removed with a warning, whether the tax may differ from its rate,
    whether discounts of zero may be named, whether a line may come to nothing by rounding."""

    mode: str
    sales: bool
    account_needed: bool = False
    description_needed: bool = False
    tax_defaults: bool = True
    unknown_removed: bool = False
    own_tax: bool = True
    zero_discounts: bool = True
    nothing_allowed: bool = True


def lines(
    write: Write, rules: LineRules, *, old: list[Record] | None = None, same_mode: bool = True
) -> list[Record]:
    """The lines as sent: those with the id of an old line change it, others are new, old ones
    not sent are gone. Problems are noted on the write."""
    before = {
        old_line["LineItemID"]: old_line if same_mode else _untaxed(old_line, rules.mode)
        for old_line in old or ()
    }
    finished = []
    for position, sent in enumerate(write.element.get("LineItems", ())):
        write.position = position
        finished.append(_line(write, sent, before.pop(sent.get("LineItemID", ""), None), rules))
    return finished


def again(write: Write, old: list[Record], rules: LineRules) -> list[Record]:
    """The old lines with their tax worked out again, after the document's mode changed."""
    return [_finish(write, _untaxed(each, rules.mode), rules) for each in old]


def _untaxed(line: Record, mode: str) -> Record:
    """A line whose tax has to be worked out again under another mode."""
    stale = {"TaxAmount"}
    if mode.lower() != "notax" and line.get("TaxType") in ("NONE", "BASEXCLUDED"):
        stale.add("TaxType")
    return {key: value for key, value in line.items() if key not in stale}


def _line(write: Write, sent: Record, old: Record | None, rules: LineRules) -> Record:
    line: Record = {key: value for key, value in sent.items() if key not in SHOWN_ONLY}
    if old is not None:
        stale = {"LineAmount", "TaxAmount"} if PRICED & line.keys() else set()
        if line.get("LineAmount") == old.get("LineAmount") and not any(
            line.get(priced, old.get(priced)) != old.get(priced) for priced in PRICED
        ):
            stale = set()
        if any(
            discount_field in line and discount_field not in old for discount_field in DISCOUNTS
        ):
            stale |= {*DISCOUNTS}  # a discount as a rate takes the place of one as an amount
        line = {**{key: old[key] for key in old if key not in stale}, **line}
    else:
        line["LineItemID"] = write.organisation.new_id()
    _item(write, line, rules)
    return _finish(write, line, rules)


def _finish(write: Write, line: Record, rules: LineRules) -> Record:
    _account(write, line, rules)
    complete(write, line, rules)
    _amounts(write, line, rules)
    _tax(write, line, rules)
    line["Tracking"] = tracked(write, line.get("Tracking", ()))
    if len(line["Tracking"]) > 2:
        write.problem("A line item may have at most 2 tracking categories.")
    return line


def complete(write: Write, line: Record, rules: LineRules) -> None:
    """Note what a line lacks that its document, in its status, needs."""
    text = line.get("Description")
    if text == "" or (rules.description_needed and not text and _has_amount(line)):
        write.problem("The description of a line item must have at least 1 character.")
    named = line.get("AccountID") or line.get("AccountCode")
    if rules.account_needed and not named and _has_amount(line):
        write.problem("Account code must be specified")
        if not line.get("TaxType") and rules.mode.lower() != "notax":
            write.problem("The TaxType field is mandatory")


def _has_amount(line: Record) -> bool:
    return "Quantity" in line or "UnitAmount" in line or bool(line.get("LineAmount"))


def _item(write: Write, line: Record, rules: LineRules) -> None:
    code = line.get("ItemCode")
    if not code:
        line.pop("ItemCode", None)
        return
    item = write.table("Item").first("Code", code)
    if item is None:
        write.problem(f"Item code '{code}' is not valid")
        return
    line["ItemCode"] = item["Code"]
    line["Item"] = {key: item[key] for key in ("ItemID", "Name", "Code") if item.get(key)}
    details = item.get("SalesDetails" if rules.sales else "PurchaseDetails", {})
    text = item.get("Description" if rules.sales else "PurchaseDescription")
    if text or item.get("Name"):
        line.setdefault("Description", text or item["Name"])
    for field, source in (("UnitAmount", "UnitPrice"), ("TaxType", "TaxType")):
        if source in details and not (field == "UnitAmount" and "LineAmount" in line):
            line.setdefault(field, details[source])
    code = details.get("AccountCode") or (None if rules.sales else details.get("COGSAccountCode"))
    if item.get("IsTrackedAsInventory") and not rules.sales:
        line.pop("AccountID", None)
        line["AccountCode"] = item["InventoryAssetAccountCode"]
    if code and "AccountID" not in line:
        line.setdefault("AccountCode", code)


def _account(write: Write, line: Record, rules: LineRules) -> None:
    code, identity = line.get("AccountCode"), line.get("AccountID")
    if not code and not identity:
        line.pop("AccountCode", None)
        line.pop("AccountID", None)
        return
    if rules.unknown_removed and not _is_known(write, code, identity):
        write.warn(
            f"Account code '{code or identity}' has been removed as it does not match a "
            "recognised account."
        )
        line.pop("AccountCode", None)
        line.pop("AccountID", None)
        return
    found = account_of(write, code, identity, given=f"{code or identity}")
    if found is not None:
        if found.get("SystemAccount") in NOT_FOR_LINES or found["Type"] == "BANK":
            write.problem(
                f"Account code '{code or identity}' is not a valid code for this document."
            )
        line["AccountID"] = found["AccountID"]
        line.pop("AccountCode", None)
        if found.get("Code"):
            line["AccountCode"] = found["Code"]
        if rules.tax_defaults and found.get("TaxType"):
            line.setdefault("TaxType", found["TaxType"])


def _is_known(write: Write, code: str | None, identity: str | None) -> bool:
    table = write.table("Account")
    found = table.first("Code", code) if code else table.get(identity)
    return found is not None and found.get("Status") != "DELETED"


def account_of(
    write: Write, code: str | None, identity: str | None, *, given: str
) -> Record | None:
    """The active account with that code, or with that id; None with a problem noted."""
    table = write.table("Account")
    found = table.first("Code", code) if code else table.get(identity)
    if found is None or found.get("Status") == "DELETED":
        write.problem(f"Account code '{given}' is not a valid code for this document.")
        return None
    if found.get("Status") == "ARCHIVED":
        write.problem(
            f"Account code '{given}' has been archived, or has been deleted. Each line item must "
            "reference a valid account."
        )
        return None
    return found


def _amounts(write: Write, line: Record, rules: LineRules) -> None:
    sent, price = line.get("LineAmount"), line.get("UnitAmount")
    if "Quantity" in line:
        line["Quantity"] = places(line["Quantity"], 4)
        if line["Quantity"] < 0:
            write.problem("Quantity must not be less than zero")
    if "UnitAmount" in line:
        line["UnitAmount"] = places(line["UnitAmount"], write.unit_places)
    if sent is None and not {"Quantity", "UnitAmount"} & line.keys():
        line["LineAmount"] = ZERO
        return
    quantity = line.setdefault("Quantity", Decimal("1.0000"))
    if "UnitAmount" not in line and sent is not None and quantity:
        line["UnitAmount"] = places(_undiscounted(line, sent) / quantity, write.unit_places)
        line["LineAmount"] = cents(sent)
    else:
        line.setdefault("UnitAmount", Decimal("0.0000"))
        line["LineAmount"] = _expected(write, line, sent, rules)
    rounded_away = line["LineAmount"] == 0 and price and quantity and not discount(line)
    if rounded_away and not rules.nothing_allowed:
        write.line_problem(*NOTHING)
    _discounts(write, line)
    if abs(line["LineAmount"]) > LARGEST:
        write.problem(f"The line total may not be greater than {LARGEST}.")


def _expected(write: Write, line: Record, sent: Decimal | None, rules: LineRules) -> Decimal:
    """The amount of a line by its quantity, price and discount; what was sent must agree.

    Two oddities of Xero: a sent amount of 0.00 beside a discount is always refused, and on
    purchase orders so is a discount of zero.
    """
    expected, off = line_amount(line), discount(line)
    shown = None if sent is None or cents(sent) == expected else _shown(sent)
    if sent is not None and cents(sent) == 0 and off:
        shown = _shown(-off)
    if not rules.zero_discounts and any(line.get(each) == 0 for each in DISCOUNTS) and expected:
        shown = "0"
    if shown is not None:
        write.problem(
            f"The line total {shown} does not match the expected line total {_shown(expected)}"
        )
    return expected


def _discounts(write: Write, line: Record) -> None:
    amount = line.get("DiscountAmount")
    if amount is not None and amount > cents(line["Quantity"] * line["UnitAmount"]):
        write.problem(
            f"The discount rate '{_shown(amount)}' is invalid. Discount must not "
            "be greater than the line total."
        )
    for each in DISCOUNTS:
        if each in line and (line[each] < 0 or (each == "DiscountRate" and line[each] > 100)):
            write.problem(
                f"{each} must be between 0 and 100."
                if each == "DiscountRate"
                else f"{each} must not be negative."
            )


def _undiscounted(line: Record, amount: Decimal) -> Decimal:
    if line.get("DiscountAmount"):
        return amount + Decimal(line["DiscountAmount"])
    rate = line.get("DiscountRate") or ZERO
    return amount if rate >= 100 else amount * 100 / (100 - rate)


def _shown(amount: Decimal) -> str:
    return f"{cents(amount)}"


def _tax(write: Write, line: Record, rules: LineRules) -> None:
    if rules.mode.lower() == "notax":
        if line.get("TaxAmount"):
            write.problem("The TaxAmount must be zero when the LineAmountTypes is NoTax.")
        line["TaxType"] = write.organisation.no_tax
        line["TaxAmount"] = ZERO
        return
    rate = ZERO
    if line.get("TaxType"):
        found = tax_rate(write, line["TaxType"])
        if found is not None:
            line["TaxType"] = found["TaxType"]
            rate = found.get("EffectiveRate", ZERO)
            _fits(write, found, line)
    sent, expected = line.get("TaxAmount"), tax(line["LineAmount"], rate, rules.mode)
    line["TaxAmount"] = cents(sent) if sent is not None else expected
    if not rules.own_tax and line["TaxAmount"] != expected:
        write.problem(
            f"Tax amount {_shown(line['TaxAmount'])} is incorrect for {line.get('TaxType', 'NONE')}"
            f" tax type, should be {_shown(expected)}"
        )


_SIDES = {
    "ASSET": "CanApplyToAssets",
    "EQUITY": "CanApplyToEquity",
    "EXPENSE": "CanApplyToExpenses",
    "LIABILITY": "CanApplyToLiabilities",
    "REVENUE": "CanApplyToRevenue",
}
"""Class of an account → the flag of a tax rate that lets it apply there."""


def _fits(write: Write, rate: Record, line: Record) -> None:
    account = write.table("Account").get(line.get("AccountID"))
    if account is not None and rate.get(_SIDES.get(account.get("Class", ""), "")) is False:
        code = account.get("Code") or account["Name"]
        write.problem(
            f"The TaxType code '{rate['TaxType']}' cannot be used with account code '{code}'."
        )


def tax_rate(write: Write, tax_type: str) -> Record | None:
    """The active tax rate of that type; None with a problem noted."""
    found = write.table("TaxRate").get(tax_type) or write.table("TaxRate").first(
        "TaxType", tax_type
    )
    if found is None or found.get("Status", "ACTIVE") != "ACTIVE":
        write.problem(
            f"The TaxType code {tax_type} does not exist or cannot be used for this type of "
            "transaction."
        )
        return None
    return found


def tracked(write: Write, choices: Iterable[Record]) -> list[Record]:
    """Tracking choices with ids and names; those that are wrong are noted as problems."""
    options = [_tracking(write, choice) for choice in choices]
    return [option for option in options if option is not None]


def _tracking(write: Write, sent: Record) -> Record | None:
    """One tracking choice, by id or by name."""
    if not sent:
        return None
    table = write.table("TrackingCategory")
    name = sent.get("Name", "")
    category = table.get(sent.get("TrackingCategoryID")) or next(
        (each for each in table.find("Name", name) if each.get("Status") == "ACTIVE"), None
    )
    if category is None or category.get("Status") != "ACTIVE":
        write.problem(f"Tracking category '{name or sent.get('TrackingCategoryID')}' is not valid.")
        return None
    wanted = sent.get("Option", "")
    for option in category.get("Options", ()):
        same_id = option["TrackingOptionID"] == sent.get("TrackingOptionID", "").lower()
        same_name = not sent.get("TrackingOptionID") and (
            option["Name"].casefold() == wanted.strip().casefold()
        )
        if (same_id or same_name) and option.get("Status", "ACTIVE") == "ACTIVE":
            return {
                "TrackingCategoryID": category["TrackingCategoryID"],
                "TrackingOptionID": option["TrackingOptionID"],
                "Name": category["Name"],
                "Option": option["Name"],
            }
    write.problem(
        f"Tracking option '{wanted or sent.get('TrackingOptionID')}' is not valid for the "
        f"tracking category '{category['Name']}'."
    )
    return None
