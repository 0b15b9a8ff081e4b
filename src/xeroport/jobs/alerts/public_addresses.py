"""Whether an address is one on the internet, as far as its text says."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

LOCAL = (".local", ".internal", ".lan", ".home", ".localdomain", ".localhost", ".corp", ".intranet")


def is_public(url: str) -> bool:
    """Whether a URL's host looks like one on the internet: a full name, or a public address."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").lower()
        parts.port  # noqa: B018  ValueError for what is no port
    except ValueError:
        return False
    if not host or "@" in parts.netloc or len(url.split()) > 1:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        pass
    last = host.rsplit(".", 1)[-1]
    is_name = "." in host and not last.isdigit() and not last.startswith("0x")
    return is_name and not host.endswith(LOCAL)
