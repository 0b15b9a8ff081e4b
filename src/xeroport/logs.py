"""What a log may say: everything that looks secret is struck out. `log_file` keeps it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextvars import ContextVar

FILE_NAME = "xeroport.log"
STRUCK = "********"
PATTERNS = (
    re.compile(r"(?i)(?<=bearer )[\w.~+/=-]{8,}"),
    re.compile(r"(?i)(?<=basic )[\w+/=-]{8,}"),
    re.compile(r"(?i)(?<=client_secret=)[^&\s\"']+"),
    re.compile(r"(?i)\b(?:refresh_token|code_verifier|code|token)=[^&\s\"']{8,}"),
    re.compile(r"(?i)(?<=\"access_token\":\")[^\"]+"),
    re.compile(r"(?i)(?<=\"refresh_token\":\")[^\"]+"),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"),
)
ADDRESS = re.compile(r"(?i)(duckdb|parquet|postgres(ql)?|https?):")
NAMED_PASSWORD = re.compile(r"(?i)\b(password|passwd|pwd|sslpassword)\s*=\s*('[^']*'|[^&\s]*)")
_PASSWORD_IN = re.compile(r"(\b[A-Za-z][\w+.-]*://[^\s/:@\"'`<>]*:)[^\s\"'`<>]*@")
SHORTEST = 4
"""Letters of a secret that can be struck out without making the log unreadable."""
FEW = 20
UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What moves a cursor, colours, hides or turns the words around it; line ends and tabs do not."""
_known: dict[int, set[str]] = {}
"""Known secrets by their length: a fleet has ten thousand, which are looked up, not tried."""
inside: ContextVar[str] = ContextVar("inside", default="")
"""What the work at hand belongs to, such as `run 7`; every line of the log says it."""


def hide(text: str) -> None:
    """Strike this text out of all that is logged from now on, in this process; of an address only
    the passwords in it."""
    for secret in passwords(text) if ADDRESS.match(text) else (text, *passwords(text)):
        if len(secret) >= SHORTEST:
            _known.setdefault(len(secret), set()).add(secret)


def hide_passwords(words: Iterable[str]) -> None:
    """Strike out the passwords in the addresses among the words of a command."""
    for word in words:
        value = word.partition("=")[2] if word.startswith("-") else word
        for secret in passwords(value):
            if len(secret) >= SHORTEST:
                _known.setdefault(len(secret), set()).add(secret)


def passwords(url: str) -> tuple[str, ...]:
    """The passwords in an address, also in one that is written wrongly."""
    named = tuple(match[2].strip("'") for match in NAMED_PASSWORD.finditer(url))
    rest = NAMED_PASSWORD.sub("", url).partition(":")[2].lstrip("/")
    credentials = rest.rpartition("@")[0]
    return (*named, *filter(None, (credentials.partition(":")[2],)))


def without_passwords(text: str) -> str:
    """A text for a person to read, with the passwords of the addresses in it struck out."""
    return _PASSWORD_IN.sub(rf"\1{STRUCK}@", text)


def visible(text: str) -> str:
    """A text from outside, for a terminal or a log: what would act on either is shown as an
    escape."""
    return UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def redact(text: str) -> str:
    """The text without known secrets and without what has the form of a credential."""
    for length in sorted(_known, reverse=True):
        secrets = _known[length]
        if len(secrets) <= FEW:
            for secret in secrets:
                text = text.replace(secret, STRUCK)
            continue
        start = 0
        while start <= len(text) - length:
            if text[start : start + length] in secrets:
                text = text[:start] + STRUCK + text[start + length :]
            start += 1
    for pattern in PATTERNS:
        text = pattern.sub(STRUCK, text)
    return text
