"""Settings as a person types them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xeroport import settings
from xeroport.catalogue import load
from xeroport.catalogue.time_zones import date_format_of, time_zones, zone_of
from xeroport.errors import InputError


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://api.xero.com", "https://api.xero.com"),
        (" https://api.xero.com/ ", "https://api.xero.com"),
        ("https://api.xero.com/api.xro/2.0", "https://api.xero.com"),
        ("https://api.xero.com/api.xro/2.0/", "https://api.xero.com"),
        ("https://gateway.example/xero/api.xro/2.0", "https://gateway.example/xero"),
        ("http://localhost:8321", "http://localhost:8321"),
        ("http://127.0.0.1:8321/", "http://127.0.0.1:8321"),
        ("http://[::1]:8321", "http://[::1]:8321"),
    ],
)
def test_base_urls(typed: str, kept: str) -> None:
    assert settings.base_url(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "", "x", "api.xero.com", "//api.xero.com", "https://", "https://a b.example", "file:///etc",
        "http://api.xero.com", "http://localhost.evil.example", "http://127.0.0.1.evil.example",
        "http://x.localhost", "http://0.0.0.0", "http://10.0.0.1", "http://[::2]", "http://127.1",
        "https://user:word@api.xero.com", "https://api.xero.com\\@evil.example", "https://a:0",
        "https://a:65536", "https://a/?q=1", "https://a/#f", "https://[", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_addresses_that_are_refused(typed: str) -> None:
    for parse in (settings.base_url, lambda text: settings.identity_url("https://a", text)):
        if typed:
            with pytest.raises(InputError):
                parse(typed)


def test_the_identity_url_follows_the_base_url() -> None:
    assert settings.identity_url("https://api.xero.com") == "https://identity.xero.com"
    assert settings.identity_url("http://127.0.0.1:1") == "http://127.0.0.1:1"
    assert settings.identity_url("https://g.example/xero") == "https://g.example"
    given_one = settings.identity_url("https://a", "https://id.example/connect/token")
    assert given_one == "https://id.example"


@given(st.text(max_size=60))
def test_no_text_makes_an_address_that_is_unsafe(text: str) -> None:
    for typed in (text, "http://" + text, "https://" + text):
        try:
            kept = settings.base_url(typed)
        except InputError:
            continue
        assert kept.startswith(("https://", "http://localhost", "http://127.", "http://[::"))
        assert settings.base_url(kept) == kept


@pytest.mark.parametrize(
    ("typed", "calls"),
    [("60/minute", 60), ("60", 60), ("1/second", 60), ("3600/hour", 60), (" 30 per min ", 30)],
)
def test_rate_limits(typed: str, calls: int) -> None:
    assert settings.rate_limit(typed) == calls


@pytest.mark.parametrize("typed", ["", "0", "-1", "fast", "60/fortnight", "1/hour", "1e3", "٦٠"])
def test_rates_that_are_refused(typed: str) -> None:
    with pytest.raises(InputError):
        settings.rate_limit(typed)


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("Europe/Lodon", "Europe/London"),
        ("auckland", "Pacific/Auckland"),
        ("europe/london", "Europe/London"),
        ("New York", "America/New_York"),
    ],
)
def test_a_time_zone_that_is_not_one_names_the_nearest(typed: str, near: str) -> None:
    with pytest.raises(InputError) as caught:
        settings.time_zone(typed)
    assert f"`{near}`" in (caught.value.hint or "")


@pytest.mark.parametrize("typed", ["../../etc/passwd", "/etc/localtime", "\0", "", "x" * 5000])
def test_time_zones_that_are_no_names(typed: str) -> None:
    with pytest.raises(InputError):
        settings.time_zone(typed)


@pytest.mark.parametrize("typed", ["YYYY-MM-DD", "D/M/YY", "DD MMM YYYY", "YYYYMMDD"])
def test_date_formats(typed: str) -> None:
    assert settings.date_format(typed) == typed


@pytest.mark.parametrize(
    "typed", ["", "YYYY", "YYYY-MM", "DD/MM/YYYY hh", "dd/mm/yyyy", "YYYY-MM-DD-DD"]
)
def test_date_formats_that_are_refused(typed: str) -> None:
    with pytest.raises(InputError):
        settings.date_format(typed)


def test_scopes_and_client_ids() -> None:
    assert settings.scopes(" a.read, b  a.read ") == ("a.read", "b")
    assert settings.scopes("") == ()
    assert settings.client_id(" ID ") == "ID"
    with pytest.raises(InputError):
        settings.client_id("two words")


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("Aukland", "Pacific/Auckland"),
        ("New Zealand", "Pacific/Auckland"),
        ("UK", "Europe/London"),
        ("auckland", "Pacific/Auckland"),
        ("Londn", "Europe/London"),
        ("new york", "America/New_York"),
        ("Sidney", "Australia/Sydney"),
        ("Europe/Lodon", "Europe/London"),
    ],
)
def test_the_nearest_time_zone_is_offered(typed: str, near: str) -> None:
    with pytest.raises(InputError) as refused:
        settings.time_zone(typed)
    assert refused.value.hint == f"did you mean `{near}`?"


def test_nothing_far_away_is_offered() -> None:
    with pytest.raises(InputError) as refused:
        settings.time_zone("Mars/Olympus")
    assert "mean" not in str(refused.value.hint)


def test_every_time_zone_of_xero_is_known() -> None:
    catalogue = load()
    names = catalogue.values(catalogue.record("Organisation").by_name["Timezone"])
    assert len(names) > 100
    assert {name for name in names if zone_of({"Timezone": name}) is None} == set()
    assert {settings.time_zone(zone) for zone in time_zones().values()} == set(
        time_zones().values()
    )
    assert zone_of({"Timezone": "Nowhere"}) is None
    assert date_format_of({"CountryCode": "US"}) == "MM/DD/YYYY"
    assert date_format_of({"CountryCode": "NZ"}) == "DD/MM/YYYY"
    assert date_format_of({}) is None
