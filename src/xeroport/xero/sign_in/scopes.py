"""What a login may be used for, as the scopes that Xero knows since 2026."""

from __future__ import annotations

from collections.abc import Iterable

from xeroport.errors import UnknownName

ALWAYS = ("offline_access", "accounting.settings.read")
"""To stay signed in, and to read the organisation itself."""

USES: dict[str, tuple[str, ...]] = {
    "read": (
        "accounting.invoices.read",
        "accounting.payments.read",
        "accounting.banktransactions.read",
        "accounting.manualjournals.read",
        "accounting.contacts.read",
        "accounting.budgets.read",
    ),
    "reports": (
        "accounting.reports.aged.read",
        "accounting.reports.balancesheet.read",
        "accounting.reports.banksummary.read",
        "accounting.reports.budgetsummary.read",
        "accounting.reports.executivesummary.read",
        "accounting.reports.profitandloss.read",
        "accounting.reports.trialbalance.read",
        "accounting.reports.taxreports.read",
    ),
    "attachments": ("accounting.attachments.read",),
    "write": (
        "accounting.invoices",
        "accounting.payments",
        "accounting.banktransactions",
        "accounting.manualjournals",
        "accounting.contacts",
        "accounting.settings",
    ),
    "write-attachments": ("accounting.attachments",),
}
DEFAULT_USES = ("read", "reports", "attachments")


def scopes_of(uses: Iterable[str]) -> tuple[str, ...]:
    """The scopes that some uses need together; UnknownName for a use that there is not."""
    scopes = dict.fromkeys(ALWAYS)
    for use in uses:
        if use not in USES:
            raise UnknownName("use", use, USES, hint=f"there are {', '.join(USES)}")
        scopes.update(dict.fromkeys(USES[use]))
    return tuple(scopes)
