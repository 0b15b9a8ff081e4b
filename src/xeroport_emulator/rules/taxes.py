"""Tax rates and currencies."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from xeroport_emulator.organisation.currencies import currency_name
from xeroport_emulator.organisation.money import ZERO
from xeroport_emulator.organisation.refusal import Refusal
from xeroport_emulator.organisation.table import Record
from xeroport_emulator.rules.totals import places
from xeroport_emulator.rules.usage import tax_in_use
from xeroport_emulator.rules.write import Write, pick


def create(write: Write) -> Record:
    """PUT: a new rate; Xero makes up its TaxType."""
    if write.element.get("Name") and write.table("TaxRate").find("Name", write.element["Name"]):
        raise Refusal("Please enter a unique Name.")
    return _save(write, None)


def upsert(write: Write) -> Record:
    """POST: by TaxType, else by Name, else new."""
    table = write.table("TaxRate")
    kind, name = write.element.get("TaxType"), write.element.get("Name")
    found = table.first("TaxType", kind) if kind else None
    if kind and found is None:
        raise Refusal(f"An existing Tax Rate with the TaxType {kind} could not be found")
    return _save(write, found or (table.first("Name", name) if name else None))


def create_currency(write: Write) -> Record:
    """PUT: subscribe to a currency."""
    code = write.element.get("Code", "").upper()
    if code not in write.organisation.catalogue.enums["CurrencyCode"]:
        raise Refusal(f"'{code}' is not a valid currency code.")
    if write.table("Currency").get(code) is not None:
        raise Refusal(f"Organisation is already subscribed to currency {code}")
    return write.organisation.save(
        "Currency",
        {"Code": code, "Description": write.element.get("Description") or currency_name(code)},
    )


def _save(write: Write, old: Record | None) -> Record:
    element = write.element
    status = element.get("Status", (old or {}).get("Status", "ACTIVE"))
    if status not in ("ACTIVE", "DELETED", "ARCHIVED"):
        raise Refusal(f"'{status}' is not a valid Status for a tax rate.")
    if old is not None and not old["TaxType"].startswith("TAX"):
        raise Refusal("The tax rates Xero provides cannot be changed.")
    if old is not None and status != "ACTIVE":
        if status == "DELETED" and tax_in_use(write.organisation, old["TaxType"]):
            raise Refusal("The tax rate is in use and cannot be deleted.")
        return write.organisation.save("TaxRate", {**old, "Status": status})
    rate: Record = {**(old or {}), **pick(element, ("Name", "ReportTaxType")), "Status": "ACTIVE"}
    if not rate.get("Name"):
        write.problem("The Name of the tax rate must be specified.")
    if old is None:
        rate["TaxType"] = _next_type(write)
    if "TaxComponents" in element or old is None:
        rate["TaxComponents"] = _components(write, element.get("TaxComponents") or [])
    compound = effective(rate["TaxComponents"])
    report = rate.setdefault("ReportTaxType", "NONE")
    both = not report.startswith(("OUTPUT", "INPUT"))
    rate |= {
        "DisplayTaxRate": compound,
        "EffectiveRate": compound,
        "CanApplyToAssets": True,
        "CanApplyToEquity": True,
        "CanApplyToExpenses": both or report.startswith("INPUT"),
        "CanApplyToLiabilities": True,
        "CanApplyToRevenue": both or report.startswith("OUTPUT"),
    }
    write.settle()
    return write.organisation.save("TaxRate", rate)


def effective(components: list[dict[str, Any]]) -> Decimal:
    """The rate of all components in percent; a compound one is taken on top of the others."""
    plain = sum((e["Rate"] for e in components if not e["IsCompound"]), ZERO)
    compound = sum((e["Rate"] for e in components if e["IsCompound"]), ZERO)
    return places(plain + compound + plain * compound / 100, 4)


def _components(write: Write, sent: list[Record]) -> list[dict[str, Any]]:
    if not sent:
        write.problem("A tax rate must have at least one tax component.")
    if sum(bool(component_sent.get("IsCompound")) for component_sent in sent) > 1:
        write.problem("Only one tax component may be compound.")
    components = []
    for component_sent in sent:
        if not component_sent.get("Name"):
            write.problem("A tax component must have a Name.")
        rate = component_sent.get("Rate", ZERO)
        if rate < 0 or rate > 100:
            write.problem("The Rate of a tax component must be between 0 and 100.")
        if rate != places(rate, 4):
            write.problem("The Rate of a tax component may have at most 4 decimals.")
        component = {"IsCompound": False, "IsNonRecoverable": False, **component_sent, "Rate": rate}
        components.append(component)
    return components


def _next_type(write: Write) -> str:
    counters = write.organisation.counters
    while True:
        counters["TAX"] = counters.get("TAX", 0) + 1
        candidate = f"TAX{counters['TAX']:03d}"
        if write.table("TaxRate").get(candidate) is None:
            return candidate
