"""The `where` language: what it selects, and how it refuses."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from emulator_caller import Caller
from hypothesis import given, settings
from hypothesis import strategies as st

from xeroport_emulator import Emulator
from xeroport_emulator.http.refusals import RefusedCall
from xeroport_emulator.query.where import compiled

Record = dict[str, Any]
Test = Callable[[Record], bool]

ORGANISATION = Emulator("empty").organisation

RECORDS: list[Record] = [
    {
        "InvoiceID": "11111111-1111-1111-1111-111111111111",
        "Type": "ACCREC",
        "Status": "PAID",
        "Total": Decimal("115.00"),
        "Date": date(2026, 7, 1),
        "Reference": "Blue Box",
        "Contact": {"Name": "Ada & Co", "ContactID": "22222222-2222-2222-2222-222222222222"},
        "SentToContact": True,
    },
    {"Type": "ACCPAY", "Status": "DRAFT", "Total": Decimal(0), "Date": date(2025, 1, 31)},
    {"Type": "ACCREC", "Status": "DRAFT", "Total": Decimal("-3.5"), "Reference": "box"},
]


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        ('Status=="PAID"', [0]),
        ('Status=="paid"', [0]),
        ('status = "DRAFT"', [1, 2]),
        ('Status!="PAID"', [1, 2]),
        ('Type=="ACCREC" AND Status=="DRAFT"', [2]),
        ('Type=="ACCREC"&&Status=="DRAFT"', [2]),
        ('Status=="PAID" OR Total<0', [0, 2]),
        ('Status=="PAID"||Total<0', [0, 2]),
        ('Type=="ACCREC" AND (Status=="PAID" OR Total<0)', [0, 2]),
        ('Type=="ACCPAY" OR Type=="ACCREC" AND Status=="PAID"', [0, 1]),
        ("Total>=115.00", [0]),
        ("Total > -4 AND Total <= 0", [1, 2]),
        ("Date>=DateTime(2026,07,01)", [0]),
        ("Date<DateTime(2026, 7, 1)", [1]),
        ("Date==null", [2]),
        ("Reference!=null", [0, 2]),
        ('Reference.Contains("Box")', [0]),
        ('Reference!=null&&Reference.StartsWith("b")', [2]),
        ('Reference.EndsWith("ox")', [0, 2]),
        ('Reference.ToLower()=="blue box"', [0]),
        ('Contact.Name=="Ada & Co"', [0]),
        ('Contact.ContactID==Guid("22222222-2222-2222-2222-222222222222")', [0]),
        ('InvoiceID=Guid("11111111-1111-1111-1111-111111111111")', [0]),
        ("SentToContact==true", [0]),
        ("SentToContact", [0]),
        ('!(Status=="PAID")', [1, 2]),
        ('NOT Status=="PAID"', [1, 2]),
    ],
)
def test_what_is_selected(where: str, wanted: list[int]) -> None:
    test = compiled(ORGANISATION, "Invoice", where)
    assert [place for place, record in enumerate(RECORDS) if test(record)] == wanted


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ('Reference=="a', "Unterminated string literal"),
        ('SearchTerm=="a"', "No property or field 'SearchTerm' exists in type 'Invoice'"),
        ('Contact.Nope=="a"', "No property or field 'Nope' exists in type 'Contact'"),
        (
            'Date>"2026-01-01"',
            "Operator '>' incompatible with operand types 'DateTime?' and 'String'",
        ),
        (
            'InvoiceID=="11111111-1111-1111-1111-111111111111"',
            "Operator '==' incompatible with operand types 'Guid' and 'String'",
        ),
        ('Reference=="a"b"', "Syntax error"),
        ('Status=="PAID" AND', "Expression expected"),
        ('(Status=="PAID"', "')' expected"),
        ("Status", "Expression of type 'Boolean' expected"),
        ('Total.Contains("1")', "No applicable method 'Contains' exists in type 'Decimal'"),
        ('InvoiceID==Guid("x")', "Guid should contain 32 digits with 4 dashes"),
        ("Date>DateTime(2026,13,1)", "No applicable constructor exists in type 'DateTime'"),
        ("Total # 1", "Syntax error"),
        ("(" * 200 + 'Status=="A"' + ")" * 200, "Syntax error"),
    ],
)
def test_how_it_refuses(demo: Caller, where: str, message: str) -> None:
    reply = demo.get("/Invoices", params={"where": where, "page": 1})
    body = reply.json()
    assert reply.status_code == 400
    assert (body["ErrorNumber"], body["Type"]) == (16, "QueryParseException")
    assert body["Message"].startswith(message)


def test_orders_and_quotes_have_no_where(demo: Caller) -> None:
    everything = demo.get("/PurchaseOrders?page=1").json()["pagination"]["itemCount"]
    filtered = demo.get("/PurchaseOrders", params={"page": 1, "where": 'Status=="NOPE"'})
    assert filtered.json()["pagination"]["itemCount"] == everything


def test_pages_of_a_filtered_list_agree_with_the_tables(demo: Caller) -> None:
    where = 'Type=="ACCREC" AND Date>=DateTime(2026,1,1) AND AmountDue>0'
    body = demo.get("/Invoices", params={"page": 1, "pageSize": 1000, "where": where}).json()
    wanted = {
        each["InvoiceID"]
        for each in demo.emulator.organisation.tables["Invoice"]
        if each["Type"] == "ACCREC" and each["Date"] >= date(2026, 1, 1) and each["AmountDue"] > 0
    }
    assert wanted
    assert {each["InvoiceID"] for each in body["Invoices"]} == wanted


NUMBERS = st.integers(-5, 5)


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> tuple[str, Test]:
    """An expression over Total and CurrencyRate, and what it means in Python."""
    kind = draw(st.integers(0, 3 if depth else 0))
    if kind == 0:
        field = draw(st.sampled_from(["Total", "CurrencyRate"]))
        sign = draw(st.sampled_from(["==", "!=", ">", ">=", "<", "<="]))
        number = draw(NUMBERS)
        meaning: Test = eval(f"lambda r: r['{field}'] {sign} {number}")
        return f"{field} {sign} {number}", meaning
    if kind == 1:
        text, test = draw(expressions(depth - 1))
        return f"!({text})", lambda record: not test(record)
    left, one = draw(expressions(depth - 1))
    right, other = draw(expressions(depth - 1))
    if kind == 2:
        word = draw(st.sampled_from(["AND", "&&", "and"]))
        return f"({left}) {word} ({right})", lambda record: one(record) and other(record)
    word = draw(st.sampled_from(["OR", "||", "or"]))
    return f"({left}) {word} ({right})", lambda record: one(record) or other(record)


@settings(max_examples=80, deadline=None)
@given(expressions(), NUMBERS, NUMBERS)
def test_it_means_what_python_means(made: tuple[str, Test], total: int, rate: int) -> None:
    text, meaning = made
    record = {"Total": Decimal(total), "CurrencyRate": Decimal(rate)}
    assert compiled(ORGANISATION, "Invoice", text)(record) == meaning(record)


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet='abT ot"()=<>!&|.,-0123456789#\\é', max_size=40))
def test_nonsense_is_refused_and_nothing_worse(text: str) -> None:
    with contextlib.suppress(RefusedCall):
        compiled(ORGANISATION, "Invoice", text)


def _ids(reply: Any, kind: str, key: str) -> set[str]:
    assert reply.status_code == 200, reply.text
    return {each[key] for each in reply.json()[kind]}


def test_where_sees_the_whole_of_a_nested_record(start: Callable[..., Caller]) -> None:
    xero = start("empty", limits="off")
    contact = {"Name": "Kōwhai & Sons", "ContactNumber": "K-77", "EmailAddress": "k@example.org"}
    xero.put("/Contacts", json=contact)
    xero.put("/Contacts", json={"Name": "Another"})
    line = {"Description": "x", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}
    common = {"Type": "ACCREC", "Status": "AUTHORISED", "LineAmountTypes": "NoTax"}
    common |= {"LineItems": [line], "Date": "2026-05-01"}
    dated = {**common, "DueDate": "2026-05-20"}
    mine = xero.put("/Invoices", json={**dated, "Contact": {"ContactNumber": "K-77"}})
    other = xero.put("/Invoices", json={**dated, "Contact": {"Name": "Another"}})
    mine_id = mine.json()["Invoices"][0]["InvoiceID"]
    other_id = other.json()["Invoices"][0]["InvoiceID"]
    for where in (
        'Contact.ContactNumber=="K-77"',
        'Contact.ContactNumber=="K-77" AND Status=="AUTHORISED"',
        'Contact.EmailAddress=="K@example.org"',
        "Contact.ContactNumber!=null",
    ):
        shown = xero.get("/Invoices", params={"where": where})
        assert _ids(shown, "Invoices", "InvoiceID") == {mine_id}, where
    ordered = xero.get("/Invoices", params={"order": "Contact.ContactNumber DESC"}).json()
    assert [each["InvoiceID"] for each in ordered["Invoices"]] == [mine_id, other_id]
    bank = {"Name": "Cheque", "Code": "090", "Type": "BANK", "BankAccountNumber": "12345"}
    account = xero.put("/Accounts", json=bank).json()["Accounts"][0]["AccountID"]
    payment = {"Account": {"AccountID": account}, "Amount": 10, "Date": "2026-05-02"}
    xero.put("/Payments", json={**payment, "Invoice": {"InvoiceID": mine_id}})
    xero.put("/Payments", json={**payment, "Amount": 4, "Invoice": {"InvoiceID": other_id}})
    for where, amounts in (
        ('Invoice.Status=="PAID"', [10]),
        ('Invoice.Status=="AUTHORISED"', [4]),
        ('Invoice.Contact.ContactNumber=="K-77"', [10]),
    ):
        shown = xero.get("/Payments", params={"where": where}).json()["Payments"]
        assert [each["Amount"] for each in shown] == amounts, where
    owing = xero.get("/Contacts", params={"where": "Balances.AccountsReceivable.Outstanding>0"})
    assert [each["Name"] for each in owing.json()["Contacts"]] == ["Another"]


def test_what_is_not_kept_is_refused_and_never_silently_false(start: Callable[..., Caller]) -> None:
    xero = start("empty", limits="off")
    for path, where, part, at in (
        ("/Items", "AllowBackorders==true", "AllowBackorders", 0),
        ("/Contacts", 'Name=="x" AND XeroNetworkKey!=null', "XeroNetworkKey", 14),
        ("/Invoices", "Contact.Hi==null", "Hi", 8),
    ):
        reply = xero.get(path, params={"where": where})
        assert reply.status_code == 400
        message = reply.json()["Message"]
        assert message.startswith(f"No property or field '{part}' exists in type")
        assert message.endswith(f"(at index {at})")


def test_what_replies_always_show_can_be_asked_for(start: Callable[..., Caller]) -> None:
    xero = start("demo", limits="off")
    every = len(xero.get("/Contacts").json()["Contacts"])
    shown = xero.get("/Contacts", params={"where": "HasValidationErrors==false"}).json()
    assert len(shown["Contacts"]) == every


def test_a_guid_without_dashes_names_the_same_record(start: Callable[..., Caller]) -> None:
    xero = start("demo", limits="off")
    invoice = xero.get("/Invoices?page=1&pageSize=1").json()["Invoices"][0]
    identity, contact = invoice["InvoiceID"], invoice["Contact"]["ContactID"]
    bare, bare_contact = identity.replace("-", ""), contact.replace("-", "").upper()
    assert xero.get(f"/Invoices/{bare}").json()["Invoices"][0]["InvoiceID"] == identity
    assert _ids(xero.get(f"/Invoices?IDs={bare}&page=1"), "Invoices", "InvoiceID") == {identity}
    where = {"where": f'InvoiceID==Guid("{bare}")'}
    assert _ids(xero.get("/Invoices", params=where), "Invoices", "InvoiceID") == {identity}
    by_contact = _ids(xero.get(f"/Invoices?ContactIDs={contact}&page=1"), "Invoices", "InvoiceID")
    assert identity in by_contact
    bare_shown = xero.get(f"/Invoices?ContactIDs={bare_contact}&page=1")
    assert _ids(bare_shown, "Invoices", "InvoiceID") == by_contact
    assert xero.get(f"/Invoices/{bare}/History").status_code == 200


def test_bank_transfers_change_too(start: Callable[..., Caller], clock: Any) -> None:
    xero = start("empty", limits="off")
    banks = []
    for code, name in (("090", "Cheque"), ("091", "Savings")):
        bank = {"Name": name, "Code": code, "Type": "BANK", "BankAccountNumber": "1" + code}
        banks += xero.put("/Accounts", json=bank).json()["Accounts"]
    clock.advance(60)
    before = xero.emulator.organisation.now().strftime("%Y-%m-%dT%H:%M:%S")
    clock.advance(60)
    ends = {
        "FromBankAccount": {"AccountID": banks[0]["AccountID"]},
        "ToBankAccount": {"AccountID": banks[1]["AccountID"]},
    }
    made = xero.put("/BankTransfers", json={**ends, "Amount": 12}).json()["BankTransfers"][0]
    identity = made["BankTransferID"]
    shown = xero.get("/BankTransfers", headers={"If-Modified-Since": before})
    assert _ids(shown, "BankTransfers", "BankTransferID") == {identity}
    clock.advance(60)
    later = xero.emulator.organisation.now().strftime("%Y-%m-%dT%H:%M:%S")
    assert not xero.get("/BankTransfers", headers={"If-Modified-Since": later}).json()[
        "BankTransfers"
    ]
    clock.advance(60)
    xero.post(f"/BankTransfers/{identity}", json={"Status": "DELETED"})
    shown = xero.get("/BankTransfers?includeDeleted=true", headers={"If-Modified-Since": later})
    assert _ids(shown, "BankTransfers", "BankTransferID") == {identity}
