"""The construction industry scheme of the United Kingdom: what is held back from labour.

An organisation is in it as a contractor (its bills are paid less the deduction) or as a
subcontractor (its sales are). Contacts have rates of their own; materials are never deducted from.
Whether Total is before the deduction is not said anywhere: here it is, and AmountDue is after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from xeroport_emulator.organisation.money import ZERO, cents
from xeroport_emulator.organisation.table import Record

if TYPE_CHECKING:
    from xeroport_emulator.organisation.organisation import Organisation

LABOUR: Final = {"ACCREC": "CISLABOURINCOME", "ACCPAY": "CISLABOUREXPENSE"}
"""Type of an invoice → the system account whose lines are labour."""
HELD_BACK: Final = {"ACCREC": "CISASSETS", "ACCPAY": "CISLIABILITY"}
"""Type of an invoice → the system account that holds its deduction."""


def settings(organisation: Organisation) -> dict[str, Any]:
    """What `CISSettings` of the organisation shows."""
    kept = organisation.details.get("_CIS")
    if not kept:
        return {"CISContractorEnabled": False, "CISSubContractorEnabled": False}
    return dict(kept)


def contact_settings(contact: Record) -> dict[str, Any]:
    """What `CISSettings` of a contact shows; no rate where it is not in the scheme."""
    rate = contact.get("_CISRate")
    return {"CISEnabled": False} if rate is None else {"CISEnabled": True, "Rate": rate}


def deducted(organisation: Organisation, invoice: Record, lines: Iterable[Record]) -> Record:
    """`CISDeduction` and `CISRate` of an approved invoice, empty if nothing is held back."""
    rate = _rate(organisation, invoice)
    if not rate:
        return {}
    accounts, system = organisation.tables["Account"], LABOUR[invoice["Type"]]
    inclusive = invoice["LineAmountTypes"] == "Inclusive"
    labour = ZERO
    for line in lines:
        account = accounts.get(line.get("AccountID")) or {}
        if account.get("SystemAccount") == system:
            labour += line["LineAmount"] - (line["TaxAmount"] if inclusive else ZERO)
    amount = cents(labour * rate / 100)
    return {"CISDeduction": amount, "CISRate": rate} if amount else {}


def _rate(organisation: Organisation, invoice: Record) -> Decimal:
    kept = organisation.details.get("_CIS") or {}
    if invoice["Type"] == "ACCREC":
        rate = kept.get("Rate") if kept.get("CISSubContractorEnabled") else None
    else:
        contact = organisation.tables["Contact"].get(invoice["Contact"]["ContactID"]) or {}
        rate = contact.get("_CISRate") if kept.get("CISContractorEnabled") else None
    return Decimal(rate or 0)
