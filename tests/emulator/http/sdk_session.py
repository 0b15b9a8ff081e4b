"""Xero's own Python SDK, pointed at an emulator; notes which of its operations were called."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from unittest.mock import patch

from spec_check import Checked
from xero_python.accounting import AccountingApi
from xero_python.accounting import models as m
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi

from xeroport_emulator import Emulator
from xeroport_emulator.http.serve import served

DAY = date(2026, 10, 20)


def operations() -> set[str]:
    """Every operation the SDK has."""
    inherited = {"get_resource_url", "get_model_finder"}
    found = inspect.getmembers(AccountingApi, inspect.isfunction)
    return {name for name, _ in found if not name.startswith("_")} - inherited


class Session:
    """The SDK's API object; `call` runs an operation and notes its name."""

    def __init__(self, emulator: Emulator, base_url: str) -> None:
        self.emulator = emulator
        self.called: set[str] = set()
        self._held: dict[str, Any] = {}
        token = OAuth2Token(client_id=emulator.client_id, client_secret=emulator.client_secret)
        self.client = ApiClient(
            Configuration(oauth2_token=token),
            oauth2_token_getter=lambda: self._held,
            oauth2_token_saver=self._held.update,
        )
        with patch.object(TokenApi, "client_credentials_token_url", f"{base_url}/connect/token"):
            self.client.get_client_credentials_token()
        self.api = AccountingApi(self.client, base_url=f"{base_url}/api.xro/2.0")

    @property
    def token(self) -> dict[str, Any]:
        return self._held

    def call(self, operation: str, *arguments: Any, **options: Any) -> Any:
        self.called.add(operation)
        return getattr(self.api, operation)("", *arguments, **options)


@contextmanager
def session(emulator: Emulator, document: dict[str, Any] | None = None) -> Iterator[Session]:
    """Serve the emulator and open a session with it; replies are held against the description
    where there is one, and none may deviate."""
    checked = Checked(emulator.app, document) if document is not None else None
    with served(checked or emulator.app) as base_url:
        yield Session(emulator, base_url)
    if checked is not None:
        assert checked.seen
        assert not checked.problems, "\n".join(checked.problems)


def one(sdk: Session, kind: str, **fields: Any) -> dict[str, Any]:
    """A record of the demo company with those fields."""
    for record in sdk.emulator.organisation.tables[kind]:
        if all(record.get(name) == value for name, value in fields.items()):
            return record
    raise LookupError(kind)


def bank(sdk: Session, place: int = 0) -> m.Account:
    accounts = [
        each
        for each in sdk.emulator.organisation.tables["Account"]
        if each["Type"] == "BANK" and each.get("CurrencyCode", "NZD") == "NZD"
    ]
    return m.Account(account_id=accounts[place]["AccountID"])


def line(amount: str = "100", code: str = "200", **more: Any) -> m.LineItem:
    return m.LineItem(
        description="Work", quantity=1.0, unit_amount=float(amount), account_code=code, **more
    )


def contact(sdk: Session) -> m.Contact:
    return m.Contact(contact_id=one(sdk, "Contact", ContactStatus="ACTIVE")["ContactID"])


def invoice(sdk: Session, status: str = "AUTHORISED", **more: Any) -> m.Invoice:
    fields = {"type": "ACCREC", "line_items": [line()], **more}
    return m.Invoice(contact=contact(sdk), status=status, date=DAY, due_date=DAY, **fields)
