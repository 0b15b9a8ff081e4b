"""What a log may say: everything that looks secret is struck out. `log_file` keeps it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextvars import ContextVar

FILE_NAME = "xeroport.log"
STRUCK = "********"
PATTERNS = (
    r"(?i)(?<=bearer )[\w.~+/=-]{8,}",
    r"(?i)(?<=basic )[\w+/=-]{8,}",
    r"(?i)(?<=client_secret=)[^&\s\"']+",
    r"(?i)\b(?:refresh_token|code_verifier|code|token)=[^&\s\"']{8,}",
    r"(?i)(?<=\"access_token\":\")[^\"]+",
    r"(?i)(?<=\"refresh_token\":\")[^\"]+",
    r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*",
)
"""What has the form of a credential. Patterns are texts here: `re` compiles each at its first use,
and a process that only prints its help needs none."""
ADDRESS = r"(?i)(duckdb|parquet|postgres(ql)?|https?):"
NAMED_PASSWORD = r"(?i)\b(password|passwd|pwd|sslpassword)\s*=\s*('[^']*'|[^&\s]*)"  # noqa: S105
_PASSWORD_IN = r"(\b[A-Za-z][\w+.-]*://[^\s/:@\"'`<>]*:)[^\s\"'`<>]*@"  # noqa: S105
SHORTEST = 4
"""Letters of a secret that can be struck out without making the log unreadable."""
FEW = 20
UNSEEN = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
"""What moves a cursor, colours, hides or turns the words around it; line ends and tabs do not."""
_known: dict[int, set[str]] = {}
"""Known secrets by their length: a fleet has ten thousand, which are looked up, not tried."""
inside: ContextVar[str] = ContextVar("inside", default="")
"""What the work at hand belongs to, such as `run 7`; every line of the log says it."""


def hide(text: str) -> None:
    """Strike this text out of all that is logged from now on, in this process; of an address only
    the passwords in it."""
    for secret in passwords(text) if re.match(ADDRESS, text) else (text, *passwords(text)):
        if len(secret) >= SHORTEST:
            _known.setdefault(len(secret), set()).add(secret)


def hide_passwords(words: Iterable[str]) -> None:
    """Strike out the passwords in the addresses among the words of a command."""
    for word in words:
        value = word.partition("=")[2] if word.startswith("-") else word
        if "=" not in value and "@" not in value:
            continue
        for secret in passwords(value):
            if len(secret) >= SHORTEST:
                _known.setdefault(len(secret), set()).add(secret)


def passwords(url: str) -> tuple[str, ...]:
    """The passwords in an address, also in one that is written wrongly."""
    named = tuple(match[2].strip("'") for match in re.finditer(NAMED_PASSWORD, url))
    rest = re.sub(NAMED_PASSWORD, "", url).partition(":")[2].lstrip("/")
    credentials = rest.rpartition("@")[0]
    return (*named, *filter(None, (credentials.partition(":")[2],)))


def without_passwords(text: str) -> str:
    """A text for a person to read, with the passwords of the addresses in it struck out."""
    return re.sub(_PASSWORD_IN, rf"\1{STRUCK}@", text)


def visible(text: str) -> str:
    """A text from outside, for a terminal or a log: what would act on either is shown as an
    escape."""
    return re.sub(UNSEEN, lambda found: found[0].encode("unicode_escape").decode(), text)


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
        text = re.sub(pattern, STRUCK, text)
    return text
