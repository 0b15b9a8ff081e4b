"""What a person types for an instance's settings → the value that is kept, or a clear refusal."""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

from xeroport.errors import InputError

Mark = Literal[".", ","]
"""What begins the decimals of a number."""

XERO_BASE = "https://api.xero.com"
XERO_IDENTITY = "https://identity.xero.com"
XERO_SIGN_IN = "https://login.xero.com/identity/connect/authorize"
API_PATH = "/api.xro/2.0"
DEFAULT_ZONE = "UTC"
DEFAULT_FORMAT = "YYYY-MM-DD"
DEFAULT_RATE = "60/minute"
XERO_MINUTE = 60
XERO_AT_ONCE = 5
MOST_A_MINUTE = 1_000_000
MOST_AT_ONCE = 100
VISIBLE = re.compile(r"[!-~]+")
DATE_PARTS = re.compile(r"YYYY|YY|MMM|MM|M|DD|D")
SECONDS = {"second": 1, "sec": 1, "s": 1, "minute": 60, "min": 60, "m": 60, "hour": 3600, "h": 3600}


def base_url(text: str) -> str:
    """A base URL without trailing slash and without `/api.xro/2.0`; plain HTTP only to loopback."""
    url = _url(text, "base URL")
    return url.removesuffix(API_PATH).rstrip("/")


def identity_url(base: str, text: str | None = None) -> str:
    """Where tokens come from: the one given, Xero's own for Xero, else the base URL's origin."""
    if text:
        return _url(text, "identity URL").removesuffix("/connect/token").rstrip("/")
    parts = urlsplit(base)
    return XERO_IDENTITY if parts.hostname == "api.xero.com" else f"{parts.scheme}://{parts.netloc}"


def authorise_url(base: str, identity: str) -> str:
    """Where people sign in: Xero's own page for Xero, else the same path at the identity URL."""
    if urlsplit(base).hostname == urlsplit(XERO_BASE).hostname:
        return XERO_SIGN_IN
    return identity + urlsplit(XERO_SIGN_IN).path


def time_zone(text: str) -> str:
    """An IANA time zone's name."""
    from zoneinfo import ZoneInfo, available_timezones

    try:
        return ZoneInfo(text.strip()).key
    except (OSError, KeyError, ValueError):
        guess = _near_zone(text, available_timezones())
        raise InputError(
            f"there is no time zone `{text}`",
            hint=f"did you mean `{guess}`?" if guess else "use a name such as `Europe/London`",
        ) from None


COUNTRIES = {
    "england": "Europe/London",
    "great_britain": "Europe/London",
    "ireland": "Europe/Dublin",
    "malaysia": "Asia/Kuala_Lumpur",
    "new_zealand": "Pacific/Auckland",
    "scotland": "Europe/London",
    "south_africa": "Africa/Johannesburg",
    "uk": "Europe/London",
    "united_kingdom": "Europe/London",
    "wales": "Europe/London",
}
"""Countries with one time zone whose own name is no place in it."""


def _near_zone(text: str, names: Iterable[str]) -> str | None:
    """The time zone that somebody most likely means, by its whole name or by its place alone."""
    typed = text.strip().lower().replace(" ", "_")
    whole = {name.lower(): name for name in names}
    if not typed or typed in whole:
        return whole.get(typed)
    places = {name.lower().rsplit("/", 1)[-1]: name for name in sorted(names) if "/" in name}
    if typed in places or typed in COUNTRIES:
        return places.get(typed) or COUNTRIES[typed]
    by_name = {low: name for low, name in whole.items() if "/" in name}
    best = [
        (difflib.SequenceMatcher(None, typed, near[0]).ratio(), known[near[0]])
        for known in (places, by_name)
        if (near := difflib.get_close_matches(typed, known, n=1, cutoff=0.7))
    ]
    return max(best)[1] if best else None


def date_format(text: str) -> str:
    """A date format of one year, one month and one day: YYYY or YY, MM, M or MMM, DD or D."""
    shape = text.strip()
    parts = [part[0] for part in DATE_PARTS.findall(shape)]
    if sorted(parts) != ["D", "M", "Y"] or re.search(r"[A-Za-z0-9]", DATE_PARTS.sub("", shape)):
        raise InputError(
            f"`{text}` is not a date format",
            hint="use YYYY, MM and DD, such as `YYYY-MM-DD`, `DD/MM/YYYY` or `D MMM YYYY`",
        )
    return shape


def decimal_mark(text: str) -> Mark | None:
    """The mark that begins the decimals in files: `.` or `,`; None for `ask`."""
    mark = text.strip()
    if mark.lower() in ("", "ask"):
        return None
    if mark not in (".", ","):
        raise InputError(
            f"`{text}` is not a decimal mark", hint="it is `.` or `,`; `ask` for neither"
        )
    return "." if mark == "." else ","


def rate_limit(text: str) -> int:
    """Calls a minute, from `60`, `60/minute`, `1/second` or `3600/hour`."""
    found = re.fullmatch(r"\s*([0-9]{1,9})\s*(?:(?:/|per)\s*([a-z]+))?\s*", text.lower())
    seconds = SECONDS.get(found[2] or "minute") if found else None
    calls = int(found[1]) * 60 // seconds if found and seconds else 0
    if not 1 <= calls <= MOST_A_MINUTE:
        raise InputError(
            f"`{text}` is not a rate limit", hint="Xero allows `60/minute` for each organisation"
        )
    return calls


def concurrency(text: str | int) -> int:
    """How many calls may be under way at once."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= MOST_AT_ONCE:
        raise InputError(
            f"`{text}` is not a number of calls at once",
            hint="Xero allows `5` for each organisation",
        )
    return number


def check_limits(base: str, calls_a_minute: int, at_once: int) -> None:
    """InputError for limits above Xero's own; an emulator on this machine has none."""
    if is_loopback(urlsplit(base).hostname):
        return
    if calls_a_minute > XERO_MINUTE:
        raise InputError(
            f"the rate limit of {calls_a_minute:,} calls a minute is above Xero's",
            hint=f"Xero allows `{XERO_MINUTE}/minute` for each organisation; less is fine",
        )
    if at_once > XERO_AT_ONCE:
        raise InputError(
            f"{at_once} calls at once are more than Xero allows",
            hint=f"Xero allows `{XERO_AT_ONCE}` for each organisation; less is fine",
        )


def scopes(text: str) -> tuple[str, ...]:
    """Scopes separated by spaces or commas; none means all that the connection has."""
    words = tuple(dict.fromkeys(text.replace(",", " ").split()))
    for word in words:
        if not VISIBLE.fullmatch(word):
            raise InputError(f"`{word}` is not a scope", hint="such as `accounting.settings.read`")
    return words


def tenant_id(text: str) -> str | None:
    """A tenant id: one word; none means the one that the token names."""
    word = text.strip()
    if word and not VISIBLE.fullmatch(word):
        raise InputError(
            f"`{text}` is not a tenant id",
            hint="leave it out: the token of a custom connection names it",
        )
    return word or None


def client_id(text: str) -> str:
    """A client id: one word."""
    word = text.strip()
    if not word or re.search(r"\s", word):
        raise InputError(
            "the client id must be one word" if word else "the client id is empty",
            hint="copy it from the app's configuration page at developer.xero.com",
        )
    return word


PARSERS: dict[str, Callable[[str], Any]] = {
    "time_zone": time_zone,
    "date_format": date_format,
    "decimal_mark": decimal_mark,
    "rate_limit": rate_limit,
    "concurrency": concurrency,
    "base_url": base_url,
    "client_id": client_id,
    "scopes": scopes,
    "tenant_id": tenant_id,
}
"""Setting of an instance → what makes its value of a text; `identity_url` follows the base URL."""


def parsed(typed: Mapping[str, str | None]) -> dict[str, Any]:
    """The values of the settings that were typed; InputError for what cannot be one."""
    return {
        name: parse(text)
        for name, parse in PARSERS.items()
        if (text := typed.get(name)) is not None
    }


def parts_of(url: str) -> SplitResult:
    """The parts of an address; empty ones for what cannot be one, such as `http://[x`."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  ValueError for what is no port
    except ValueError:
        return SplitResult("", "", "", "", "")
    return parts


@lru_cache
def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is this machine itself."""
    if host is None:
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _url(text: str, what: str) -> str:
    url = text.strip()
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _not_a_url(text, what) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise _not_a_url(text, what)
    if re.search(r"\s", url) or parts.query or parts.fragment or "@" in parts.netloc:
        raise _not_a_url(text, what)
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise InputError(
            f"the {what} `{text}` is plain HTTP: the client secret would travel unencrypted",
            hint=f"use `https://{parts.netloc}`; plain HTTP is for this machine only",
        )
    return url.rstrip("/")


def _not_a_url(text: str, what: str) -> InputError:
    bare = "://" not in text and re.fullmatch(r"[\w.-]+(:\d+)?(/\S*)?", text.strip())
    return InputError(
        f"`{text}` is not a {what}",
        hint=f"did you mean `https://{text.strip()}`?" if bare else f"such as `{XERO_BASE}`",
    )
