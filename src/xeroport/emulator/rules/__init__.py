"""Xero's rules for writes: one function for each of them, in one table."""

from __future__ import annotations

from typing import Final

from xeroport.emulator.rules import accounts, contacts, invoices, items
from xeroport.emulator.rules.write import Rule

RULES: Final[dict[str, Rule | str]] = {
    "accounts.create": accounts.create,
    "accounts.update": accounts.update,
    "accounts.delete": accounts.delete,
    "contacts.create": contacts.create,
    "contacts.upsert": contacts.upsert,
    "contacts.update": contacts.update,
    "invoices.create": invoices.create,
    "invoices.upsert": invoices.upsert,
    "invoices.update": invoices.update,
    "items.create": items.create,
    "items.upsert": items.upsert,
    "items.update": items.update,
    "items.delete": items.delete,
}
"""Endpoint name → its rule, or a word that says who carries it out instead."""
