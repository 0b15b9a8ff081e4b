"""Values in and out of Xero's JSON, exactly; parameters checked; what became of each record."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xeroport.catalogue import load
from xeroport.errors import InputError, UnknownName
from xeroport.xero.pages import extent
from xeroport.xero.policy.outcomes import outcomes
from xeroport.xero.policy.refusals import messages
from xeroport.xero.wire.decode import decode, instant, raw_records
from xeroport.xero.wire.encode import encode, encode_body, stamp
from xeroport.xero.wire.parameters import free_target, target

ID = "297c2dc5-cc47-4afd-8ec8-74990b8761e9"
INVOICES = load().endpoint("invoices.list")


def invoice(text: str) -> dict[str, Any]:
    return decode(INVOICES, b'{"Invoices":[' + text.encode() + b"]}")[0]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1.10", "1.10"),
        ('"1.10"', "1.10"),
        ("0.1", "0.1"),
        ("12345678901234567.891", "12345678901234567.891"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("-0.00", "-0.00"),
        ("1e3", "1E+3"),
        ("40", "40"),
    ],
)
def test_money_keeps_its_digits(text: str, wanted: str) -> None:
    found = invoice(f'{{"Total": {text}}}')["Total"]
    assert isinstance(found, Decimal)
    assert str(found) == wanted


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_money_goes_out_and_comes_back(amount: Decimal) -> None:
    sent = encode({"Invoices": [{"Total": amount}]})
    assert str(decode(INVOICES, sent)[0]["Total"]) == format(amount, "f")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("/Date(1539993600000+0000)/", datetime(2018, 10, 20, tzinfo=UTC)),
        ("/Date(1539993600000+1300)/", datetime(2018, 10, 20, tzinfo=UTC)),
        ("/Date(1573755038314)/", datetime(2019, 11, 14, 18, 10, 38, 314000, tzinfo=UTC)),
        ("/Date(-1000)/", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("/Date(-62135596800000+0000)/", datetime(1, 1, 1, tzinfo=UTC)),
        ("2019-03-12T01:00:00", datetime(2019, 3, 12, 1, tzinfo=UTC)),
        ("2019-03-12T01:00:00+13:00", datetime(2019, 3, 11, 12, tzinfo=UTC)),
        ("2018-11-02 16:31:30+00:00", datetime(2018, 11, 2, 16, 31, 30, tzinfo=UTC)),
        ("/Date(99999999999999999)/", None),
        ("soon", None),
        ("", None),
    ],
)
def test_instants(text: str, wanted: datetime | None) -> None:
    assert instant(text) == wanted


def test_dates_are_the_utc_date_and_never_shift() -> None:
    found = invoice(
        '{"Date":"\\/Date(1539993600000+1300)\\/","DueDate":"2018-10-20",'
        '"UpdatedDateUTC":"/Date(1541176290160+0000)/","ExpectedPaymentDate":"2018-10-20T00:00:00"}'
    )
    assert found["Date"] == found["DueDate"] == date(2018, 10, 20)
    assert type(found["Date"]) is date
    assert found["UpdatedDateUTC"] == datetime(2018, 11, 2, 16, 31, 30, 160000, tzinfo=UTC)


def test_what_does_not_fit_is_kept() -> None:
    text = (
        '{"Total":"n/a","Date":"someday","Status":"BRAND_NEW","SentToContact":"true","New":1.50,'
        '"NewList":[{"Amount":2.50}],"LineItems":"odd","Contact":null,"Payments":[{"Amount":"3"}]}'
    )
    assert invoice(text) == {
        "Total": "n/a",
        "Date": "someday",
        "Status": "BRAND_NEW",
        "SentToContact": True,
        "New": Decimal("1.50"),
        "NewList": [{"Amount": Decimal("2.50")}],
        "LineItems": "odd",
        "Contact": None,
        "Payments": [{"Amount": Decimal(3)}],
    }


@pytest.mark.parametrize("body", [b"", b"  \r\n", b"{}", b'{"Invoices":[]}', b'{"Invoices":null}'])
def test_empty_replies(body: bytes) -> None:
    assert decode(INVOICES, body) == []
    assert raw_records(INVOICES, body) == []
    assert extent(INVOICES, body).records == 0


def test_raw_records_are_xeros_bytes() -> None:
    body = b'{"Id":"x",\r\n "Invoices": [ {"Total": 1.10 },\r\n {"Total": 2} ]}'
    assert raw_records(INVOICES, body) == [b'{"Total": 1.10 }', b'{"Total": 2}']


def test_bodies_are_written_as_xero_wants() -> None:
    east = timezone(timedelta(hours=13))
    record = {
        "Total": Decimal("1E+2"),
        "Rate": Decimal("0.100"),
        "Date": date(2026, 7, 1),
        "At": datetime(2026, 7, 1, 0, 30, 0, 123, tzinfo=east),
        "ID": UUID(ID),
        "Lines": [{"Amount": Decimal("-0.10")}],
        "Flag": True,
        "None": None,
    }
    assert encode(record) == (
        b'{"Total":100,"Rate":0.100,"Date":"2026-07-01","At":"2026-06-30T11:30:00",'
        b'"ID":"297c2dc5-cc47-4afd-8ec8-74990b8761e9","Lines":[{"Amount":-0.10}],"Flag":true,'
        b'"None":null}'
    )
    assert stamp(datetime(2026, 7, 1, 1, 2, 3, 999_999)) == "2026-07-01T01:02:03"


@pytest.mark.parametrize("bad", [Decimal("NaN"), float("inf"), object(), b"bytes", {1, 2}])
def test_what_is_no_json_is_refused(bad: Any) -> None:
    with pytest.raises(InputError):
        encode({"Value": bad})


def test_bodies_get_their_envelope() -> None:
    create = load().endpoint("invoices.create")
    wanted = b'{"Invoices":[{"Type":"ACCREC"}]}'
    assert encode_body(create, {"Type": "ACCREC"}) == wanted
    assert encode_body(create, [{"Type": "ACCREC"}]) == wanted
    assert encode_body(create, {"Invoices": [{"Type": "ACCREC"}]}) == wanted
    assert encode_body(create, b'{ "as it is" }') == b'{ "as it is" }'
    one = load().endpoint("payments.create_one")
    assert encode_body(one, [{"Amount": 1}]) == encode_body(one, {"Amount": 1}) == b'{"Amount":1}'
    with pytest.raises(InputError, match="one record"):
        encode_body(one, [{}, {}])
    with pytest.raises(InputError, match="bytes"):
        encode_body(load().endpoint("invoices.attachments.add"), {"a": 1})


def path(name: str, params: dict[str, Any] | None = None) -> str:
    return target(load().endpoint(name), params)


def test_parameters_are_written_as_xero_reads_them() -> None:
    assert path("invoices.list", {"Statuses": ["PAID", "VOIDED"], "summaryOnly": True}) == (
        "/Invoices?page=1&unitdp=4&Statuses=PAID%2CVOIDED&summaryOnly=true"
    )
    assert (
        path("invoices.list", {"page": 3, "unitdp": 2, "IDs": None}) == "/Invoices?page=3&unitdp=2"
    )
    assert path("invoices.get", {"InvoiceID": UUID(ID)}) == f"/Invoices/{ID}?unitdp=4"
    assert path("contacts.upsert") == "/Contacts?summarizeErrors=false"
    assert path("quotes.list", {"DateFrom": datetime(2026, 7, 1, 23)}) == (
        "/Quotes?page=1&DateFrom=2026-07-01"
    )
    assert path("purchase_orders.list", {"DateFrom": date(2026, 7, 1)}).endswith("=2026-07-01")
    where = {"where": 'Name=="A&B"&&Total>=1', "page": "2"}
    assert path("contacts.list", where) == (
        "/Contacts?page=2&where=Name%3D%3D%22A%26B%22%26%26Total%3E%3D1"
    )
    assert path("items.get", {"ItemID": ID}).startswith("/Items/")
    assert free_target("/New/{Id}", {"Id": "a/b", "on": date(2026, 1, 2), "x": [1, True]}) == (
        "/New/a%2Fb?on=2026-01-02&x=1%2Ctrue"
    )


@pytest.mark.parametrize(
    ("name", "params", "words"),
    [
        ("invoices.list", {"page_size": 5}, "no parameter"),
        ("invoices.list", {"pageSize": 0}, "from 1 to 1000"),
        ("invoices.list", {"pageSize": 1001}, "from 1 to 1000"),
        ("invoices.list", {"page": "two"}, "whole number"),
        ("invoices.list", {"page": True}, "whole number"),
        ("invoices.list", {"summaryOnly": "yes"}, "`true` or `false`"),
        ("invoices.list", {"IDs": [ID, "x"]}, "UUID"),
        ("invoices.list", {"IDs": 5}, "list"),
        ("invoices.list", {"where": {"a": 1}}, "text"),
        ("quotes.list", {"DateFrom": "01/07/2026"}, "date"),
        ("quotes.list", {"DateFrom": "2026-02-30"}, "date"),
        ("invoices.get", {}, "needs the parameter `InvoiceID`"),
        ("invoices.get", {"InvoiceID": "INV-1"}, "UUID"),
        ("contacts.get_by_number", {"ContactNumber": ".."}, "cannot be"),
        ("contacts.get_by_number", {"ContactNumber": ""}, "missing"),
    ],
)
def test_wrong_parameters_are_refused(name: str, params: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        path(name, params)


def test_the_nearest_parameter_is_named() -> None:
    with pytest.raises(UnknownName) as caught:
        path("invoices.list", {"page_size": 5})
    assert caught.value.hint == "did you mean `pageSize`?"


REPLY = {
    "Warnings": [{"Message": "on the envelope"}],
    "Invoices": [
        {"InvoiceID": ID, "InvoiceNumber": "A", "StatusAttributeString": "OK"},
        {
            "InvoiceID": "00000000-0000-0000-0000-000000000000",
            "InvoiceNumber": "B",
            "StatusAttributeString": "ERROR",
            "ValidationErrors": [{"Message": "Invoice # must be unique."}],
        },
        {
            "InvoiceID": ID,
            "StatusAttributeString": "WARNING",
            "Warnings": [{"Description": "removed"}],
        },
        {"HasErrors": True, "LineItems": [{"ValidationErrors": [{"Message": "Item code"}]}]},
    ],
}


def test_outcomes_by_position_and_natural_key() -> None:
    found = outcomes(load().endpoint("invoices.upsert"), json.dumps(REPLY).encode())
    assert [each.position for each in found] == [0, 1, 2, 3]
    assert [each.status for each in found] == ["ok", "error", "warning", "error"]
    assert [each.id for each in found] == [ID, None, ID, None]
    assert [each.natural_key for each in found[:2]] == [
        {"InvoiceNumber": "A"},
        {"InvoiceNumber": "B"},
    ]
    assert found[1].messages == ("Invoice # must be unique.",)
    assert found[2].messages == ("removed",)
    assert found[3].messages == ("Item code",)


def test_messages_do_not_repeat() -> None:
    assert messages(
        {"ValidationErrors": [{"Message": "a"}, {"Message": "a"}, {"Message": ""}]}
    ) == ("a",)
