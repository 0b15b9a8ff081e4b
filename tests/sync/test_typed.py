"""Values arrive exact or are rejected with their reason; nothing that came is lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sync.books import rows_of

from xeroport.catalogue import load
from xeroport.destinations import Batch, LandedBatch, open_destination
from xeroport.jobs.sync.landing import LandingFile, read_page

KEY = "11111111-2222-3333-4444-5555555555%02d"


class Landing:
    """Land replies of a list endpoint and look at what came of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "x.duckdb"
        self.number = 0
        self.drift: dict[str, int] = {}

    def land(self, stream: str, body: str | bytes) -> LandedBatch:
        endpoint = load().streams[stream]
        page = read_page(endpoint, body.encode() if isinstance(body, str) else body)
        self.number += 1
        self.drift = page.drift
        landing = LandingFile(self.folder / f"{self.number}.ndjson")
        landing.add(page.records, form=page.form)
        destination = open_destination(f"duckdb:{self.path}", instance="acme")
        try:
            return destination.land(
                Batch(
                    stream=stream,
                    record=str(endpoint.record),
                    number=self.number,
                    state="{}",
                    synced_at=datetime(2026, 11, 1, tzinfo=UTC),
                    files=(landing.close(),),
                    longest=landing.longest,
                    form=landing.form,
                )
            )
        finally:
            destination.close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return rows_of(self.path, "acme", sql)


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path)


def invoices(*fields: str) -> str:
    records = ",".join(
        f'{{"InvoiceID": "{KEY % number}", {each}}}' for number, each in enumerate(fields)
    )
    return f'{{"Status": "OK",\r\n  "Invoices": [\r\n {records}]}}'


def decimals(digits: int, places: int) -> st.SearchStrategy[Decimal]:
    most = Decimal(10) ** (digits - places) - Decimal(1).scaleb(-places)
    return st.decimals(-most, most, places=places, allow_nan=False, allow_infinity=False)


money_texts = st.one_of(
    decimals(15, 2).map(str),
    decimals(15, 4).map(str),
    decimals(24, 4).map(lambda each: format(each, "f")),
    st.integers(-(10**20) + 1, 10**20 - 1).map(str),
    decimals(12, 2).map(lambda each: f"{each}00"),
    decimals(9, 2).map(lambda each: f"{each:e}"),
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts=st.lists(money_texts, min_size=1, max_size=60), quoted=st.booleans())
def test_money_text_to_decimal_and_back(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], quoted: bool
) -> None:
    landing = Landing(tmp_path_factory.mktemp("money"))
    written = [f'"{each}"' if quoted else each for each in texts]
    result = landing.land("invoices", invoices(*(f'"Total": {each}' for each in written)))
    assert result.rejected == 0
    found = landing.rows("SELECT total FROM invoice ORDER BY invoice_id")
    assert [each for (each,) in found] == [Decimal(each) for each in texts]


@pytest.mark.parametrize("field", ["Total", "CurrencyRate"])
@pytest.mark.parametrize(
    "amount", ["499999999999.9999", "17592186044417", "-35184372088833", "12345678901234.5"]
)
def test_a_trillion_is_as_exact_as_a_cent(landing: Landing, field: str, amount: str) -> None:
    """Where doubles are further apart than a column's places, several decimals give one."""
    column = "total" if field == "Total" else "currency_rate"
    assert landing.land("invoices", invoices(f'"{field}": {amount}')).rejected == 0
    assert landing.rows(f"SELECT {column} FROM invoice") == [(Decimal(amount),)]


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rates=st.one_of(
        *(
            st.lists(decimals(digits, places), min_size=1, max_size=40)
            for digits, places in ((20, 10), (15, 10), (15, 8), (15, 5), (15, 2))
        )
    )
)
def test_rates_keep_ten_places(
    tmp_path_factory: pytest.TempPathFactory, rates: list[Decimal]
) -> None:
    landing = Landing(tmp_path_factory.mktemp("rates"))
    result = landing.land("invoices", invoices(*(f'"CurrencyRate": {e:f}' for e in rates)))
    assert result.rejected == 0
    found = landing.rows("SELECT currency_rate FROM invoice ORDER BY invoice_id")
    assert [each for (each,) in found] == rates


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("Total", "1.23456"),
        ("Total", "1e-7"),
        ("Total", '"12,50"'),
        ("Total", "1e30"),
        ("Total", "12345678901234567890.12345"),
        ("CurrencyRate", "0.12345678901"),
        ("Date", '"soon"'),
        ("Date", '"/Date(x)/"'),
        ("UpdatedDateUTC", '"2026-13-01T00:00:00"'),
        ("HasAttachments", '"maybe"'),
        ("BrandingThemeID", '"not-an-id"'),
        ("Total", '{"a": 1}'),
    ],
)
def test_what_will_not_cast_is_kept_with_its_reason(
    landing: Landing, field: str, given: str
) -> None:
    other = '"Total": 1.5' if field != "Total" else '"SubTotal": 1.5'
    result = landing.land("invoices", invoices(f'"{field}": {given}, {other}', '"Total": 7'))
    assert result.rejected == 1
    rejected = landing.rows("SELECT stream, table_name, record_key, field, value FROM _rejects")
    (row,) = rejected
    assert row[:4] == ("invoices", "invoice", KEY % 0, field)
    if not given.startswith("{"):
        written = json.loads(given) if given.startswith('"') else row[4]
        assert row[4] == written
        if not given.startswith('"'):
            assert Decimal(row[4]) == Decimal(given)
    assert landing.rows("SELECT count(*) FROM invoice") == [(2,)]
    again = landing.land("invoices", invoices('"Total": 1'))
    assert again.rejected == 0
    assert landing.rows("SELECT count(*) FROM _rejects") == [(0,)]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("/Date(1539993600000+0000)/", datetime(2018, 10, 20)),
        ("/Date(1573755038314)/", datetime(2019, 11, 14, 18, 10, 38, 314000)),
        ("/Date(1539993600000+1300)/", datetime(2018, 10, 20)),
        ("/Date(-86400000)/", datetime(1969, 12, 31)),
        ("/Date(0+0000)/", datetime(1970, 1, 1)),
        ("/Date(86400000+0000)/", datetime(1970, 1, 2)),
        ("/Date(-8640000000+0000)/", datetime(1969, 9, 23)),
        ("/Date(-62135596800000+0000)/", datetime(1, 1, 1)),
        ("2018-10-20T00:00:00", datetime(2018, 10, 20)),
        ("2018-10-20T11:00:00.5Z", datetime(2018, 10, 20, 11, 0, 0, 500000)),
        ("2018-10-20T11:00:00+13:00", datetime(2018, 10, 19, 22)),
        ("2018-10-20", datetime(2018, 10, 20)),
    ],
)
def test_dates_in_every_form(landing: Landing, text: str, instant: datetime) -> None:
    slashed = text.replace("/", "\\/")
    for form in (text, slashed):
        body = invoices(f'"UpdatedDateUTC": "{form}", "Date": "{form}"')
        assert landing.land("invoices", body).rejected == 0
        found = landing.rows("SELECT updated_date_utc, date FROM invoice")
        assert found == [(instant, instant.date())]


def test_strays_are_kept_in_extra_beside_their_record_or_line(landing: Landing) -> None:
    body = invoices(
        '"New": {"A": [1, 2.50]}, "Contact": {"ContactID": "' + KEY % 9 + '", "Name": "Ann",'
        ' "FirstName": "A", "Phones": [{"PhoneNumber": "1"}], "Odd": true},'
        ' "LineItems": [{"LineAmount": 1.10, "Shade": "red", "Tracking": [{"Name": "R", "X": 1}]},'
        ' {"LineAmount": 2}], "Payments": {"not": "a list"}'
    )
    landing.land("invoices", body)
    assert set(landing.drift) == {
        "Invoice.New",
        "Invoice.Contact.Odd",
        "Invoice.LineItems.Shade",
        "Invoice.LineItems.Tracking.X",
        "Invoice.Payments",
    }
    ((extra,),) = landing.rows("SELECT _extra FROM invoice")
    assert json.loads(extra) == {
        "New": {"A": [1, 2.5]},
        "Contact.Odd": True,
        "Contact.FirstName": "A",
        "Contact.Phones": [{"PhoneNumber": "1"}],
        "Payments": {"not": "a list"},
    }
    lines = landing.rows("SELECT line_amount, _extra FROM invoice_line_item ORDER BY position")
    assert lines == [(Decimal("1.1"), '{"Shade":"red"}'), (Decimal(2), None)]
    assert landing.rows("SELECT name, _extra FROM invoice_line_item_tracking") == [("R", '{"X":1}')]


def test_text_stays_as_it_is(landing: Landing) -> None:
    odd = [
        "12345678901234567890, and 1.5",
        'quote " backslash \\ /',
        "Søhne\u2028 é 漢字 😀",
        "a\nb\tc",
    ]
    body = invoices(*(f'"Reference": {json.dumps(each)}, "Total": 1.10' for each in odd))
    landing.land("invoices", body)
    found = landing.rows("SELECT reference, total FROM invoice ORDER BY invoice_id")
    assert found == [(each, Decimal("1.1")) for each in odd]


def test_the_last_of_several_versions_stays(landing: Landing) -> None:
    one = f'{{"InvoiceID": "{KEY % 1}", "Reference": "%s", "LineItems": [{{"LineAmount": %d}}]}}'
    landing.land("invoices", '{"Invoices": [' + one % ("a", 1) + "," + one % ("b", 2) + "]}")
    assert landing.rows("SELECT reference FROM invoice") == [("b",)]
    assert landing.rows("SELECT line_amount FROM invoice_line_item") == [(Decimal(2),)]


def test_a_batch_lands_once(landing: Landing) -> None:
    landing.land("invoices", invoices('"Total": 1'))
    landing.number -= 1
    result = landing.land("invoices", invoices('"Total": 2'))
    assert result.repeated
    assert landing.rows("SELECT total FROM invoice") == [(Decimal(1),)]
