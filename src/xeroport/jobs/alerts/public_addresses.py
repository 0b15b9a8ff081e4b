"""Whether an address is one on the internet: as far as its text says, and when it is connected to.

A name on the internet may resolve to an address inside the network, and to another one the next
time: what is connected to is an address that was looked at.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any
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
        return is_global(host)
    except ValueError:
        pass
    last = host.rsplit(".", 1)[-1]
    is_name = "." in host and not last.isdigit() and not last.startswith("0x")
    return is_name and not host.endswith(LOCAL)


EMBEDDING = (
    (ipaddress.ip_network("::ffff:0:0/96"), 0),
    (ipaddress.ip_network("64:ff9b::/96"), 0),
    (ipaddress.ip_network("2002::/16"), 80),
)
"""IPv6 networks whose addresses hold one of IPv4, and how many bits stand after it."""
INSIDE = tuple(
    ipaddress.ip_network(each) for each in ("::/96", "64:ff9b:1::/48", "2001::/32", "fec0::/10")
)
"""Networks that count as inside though no registry says so: old and translated forms of IPv4."""


def is_global(text: str) -> bool:
    """Whether an address is one on the internet, also inside one of IPv6; ValueError for none."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if address.version == 6:
        for network, after in EMBEDDING:
            if address in network:
                return is_global(str(ipaddress.IPv4Address(int(address) >> after & 0xFFFFFFFF)))
        if any(address in network for network in INSIDE):
            return False
    return address.is_global and not address.is_multicast


def check_resolved(host: str, port: int) -> list[str]:
    """The addresses of a host, all of them on the internet; OSError where one is not."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not all(map(is_global, addresses)):
        raise OSError(
            f"`{host}` leads into this network; from the console only servers on the internet are "
            "used: `xeroport alert` declares others"
        )
    return addresses


def connect(place: tuple[str, int], *more: Any, **options: Any) -> socket.socket:
    """`socket.create_connection`, to an address on the internet only."""
    host, port = place
    problem = OSError(f"`{host}` has no address")
    for address in check_resolved(host, port):
        try:
            return socket.create_connection((address, port), *more, **options)
        except OSError as error:
            problem = error
    raise problem
