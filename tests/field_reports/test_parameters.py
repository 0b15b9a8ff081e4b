"""Parameters that Xero would read as another question are refused before anything is sent."""

from __future__ import annotations

import pytest

from xeroport.catalogue import load
from xeroport.errors import InputError
from xeroport.xero.wire.parameters import target


@pytest.mark.parametrize(
    ("endpoint", "params", "nearest"),
    [
        ("invoices.list", {"Statuses": "AUTHORIZED"}, "`AUTHORISED`"),
        ("invoices.list", {"Statuses": ["DRAFT", "voidd"]}, "`VOIDED`"),
        ("quotes.list", {"Status": "ACEPTED"}, "`ACCEPTED`"),
        ("purchase_orders.list", {"Status": "authorised"}, "`AUTHORISED`"),
        ("reports.profit_and_loss", {"timeframe": "MONTHS"}, "`MONTH`"),
    ],
)
def test_a_value_that_xero_does_not_know_names_the_nearest(
    endpoint: str, params: dict[str, object], nearest: str
) -> None:
    with pytest.raises(InputError) as refused:
        target(load().endpoint(endpoint), params)
    assert nearest in str(refused.value.hint)


@pytest.mark.parametrize(
    ("endpoint", "params"),
    [
        ("invoices.list", {"InvoiceNumbers": ["INV-1", "A,B"]}),
        ("prepayments.list", {"InvoiceNumbers": ("a, b",)}),
    ],
)
def test_a_comma_inside_a_value_is_refused(endpoint: str, params: dict[str, object]) -> None:
    with pytest.raises(InputError, match="what follows the comma"):
        target(load().endpoint(endpoint), params)


def test_values_that_xero_knows_go_through() -> None:
    path = target(load().endpoint("invoices.list"), {"Statuses": "DRAFT,PAID"})
    assert "Statuses=DRAFT%2CPAID" in path
    assert "Statuses=ESCALATED" in target(
        load().endpoint("invoices.list"), {"Statuses": "ESCALATED"}
    )
    assert "timeframe=MONTH" in target(
        load().endpoint("reports.balance_sheet"), {"timeframe": "MONTH"}
    )
