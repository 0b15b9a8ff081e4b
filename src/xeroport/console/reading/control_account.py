"""Why what is owed differs from the balance of its account in the ledger, where it does."""

from __future__ import annotations

from decimal import Decimal

from xeroport.books.statements.ageing import AgedContact, Ageing, beside
from xeroport.books.statements.figures import read_figures
from xeroport.books.statements.statement_model import Books, money


def control_note(ageing: Ageing, books: Books, total: Decimal) -> list[str]:
    """The note that the statement has, for a sum of all that is open."""
    role = "DEBTORS" if ageing.sales else "CREDITORS"
    control = [account for account in books.accounts.values() if account.system == role]
    if not control:
        return []
    key = control[0].account_id
    figures = read_figures(
        ageing.ask, ageing.schema, until=ageing.at, cuts=(ageing.at,), accounts=(key,)
    )
    cents = figures.moved(None, ageing.at).get(key, 0)
    all_contacts = AgedContact("", "", (), total, ageing.prepaid())
    return beside(money(cents if ageing.sales else -cents), (all_contacts,), control[0].name)
