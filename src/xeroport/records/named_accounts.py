"""Accounts that a record names outside its lines, against the chart of the last sync: what pays,
the accounts of a transfer, those of an item. All of it is warnings: the chart may have changed."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from xeroport.records.findings import Finding, Path
from xeroport.records.last_sync import ACTIVE, Known, KnownAccount, fold

BANKS = ("BankAccount", "FromBankAccount", "ToBankAccount")
"""Fields that only a bank account can stand in."""
ACCOUNTS = ("Account", *BANKS)
WITH_OWN_CHECKS = ("LineItems", "JournalLines")
LOOKALIKES = str.maketrans("OoIl", "0011")
"""Letters that are typed for figures."""


def account_findings(values: Mapping[str, Any], known: Known, path: Path = ()) -> Iterator[Finding]:
    """What the last sync says about the accounts in a record and in the records inside it."""
    for name, value in values.items():
        here = (*path, name)
        if name in WITH_OWN_CHECKS:
            continue
        if name.endswith("AccountCode") and isinstance(value, str) and value:
            yield from _of_code(here, value, known)
        elif isinstance(value, Mapping):
            if name in ACCOUNTS:
                yield from _named(here, value, known)
            else:
                yield from account_findings(value, known, here)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, Mapping):
                    yield from account_findings(item, known, (*here, index))


def accounts_like(code: str, accounts: Mapping[str, KnownAccount]) -> list[str]:
    """The codes that somebody may mean who wrote an account's name, both, or nearly the code."""
    wanted = fold(code)
    named = [
        account.code
        for account in accounts.values()
        if fold(account.name) == wanted
        or (wanted.startswith(f"{fold(account.code)} ") and wanted.endswith(fold(account.name)))
    ]
    without_zeros = [each for each in accounts if each.lstrip("0") == code.lstrip("0")]
    close = difflib.get_close_matches(code.translate(LOOKALIKES), accounts, n=1)
    return named or without_zeros or close


def _named(path: Path, account: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    """An account that pays or is paid from, by code, id or name."""
    code, account_id, name = (account.get(field) for field in ("Code", "AccountID", "Name"))
    if code:
        yield from _of_code((*path, "Code"), str(code), known)
    elif not account_id and name:
        near = accounts_like(str(name), known.accounts or {})
        hint = f"`{'.'.join(map(str, path))}.Code` is `{near[0]}`" if near else None
        yield Finding((*path, "Name"), "an account is given by its code, not its name", hint)
    elif account_id and known.accounts is not None:
        held = known.account_of(account_id)
        if held is not None:
            yield from _usable((*path, "AccountID"), held)


def _of_code(path: Path, code: str, known: Known) -> Iterator[Finding]:
    if known.accounts is None:
        return
    account = known.accounts.get(code)
    if account is not None:
        yield from _usable(path, account)
    else:
        yield missing_account(path, code, known.accounts)


def missing_account(path: Path, code: str, accounts: Mapping[str, KnownAccount]) -> Finding:
    """What to say of a code that the last sync has no account for."""
    near = accounts_like(code, accounts)
    hint = f"did you mean `{near[0]}`?" if near else None
    return Finding(path, f"the last sync has no account `{code}`", hint, "warning")


def closed_account(path: Path, account: KnownAccount) -> Finding:
    """What to say of an account that is not active."""
    said = f"the account {account.shown} is {account.status.lower()}; Xero refuses it"
    return Finding(path, said, "use an active account", "warning")


def _usable(path: Path, account: KnownAccount) -> Iterator[Finding]:
    if account.status != ACTIVE:
        yield closed_account(path, account)
    elif account.type != "BANK" and any(part in BANKS for part in path):
        said = f"{account.shown} is not a bank account"
        yield Finding(path, said, "money comes and goes through a bank account only", "warning")
