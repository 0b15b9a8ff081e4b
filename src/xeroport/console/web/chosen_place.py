"""The books that a request is about: as chosen in this browser, else where the last sync went."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import Request

from xeroport.console.reading.book_places import Choice
from xeroport.console.reading.books_protocol import SECONDS, Reading
from xeroport.console.web.address_numbers import whole
from xeroport.console.web.state import console
from xeroport.store.instances import Instance, schema_name


def cookie_name(instance: str) -> str:
    """The cookie that keeps a browser's choice for an instance."""
    return f"xeroport_place_{schema_name(instance)}"


def chosen(request: Request, instance: Instance) -> Choice:
    """The choice that this request reads by; the page shows it."""
    cookie = request.cookies.get(cookie_name(instance.name))
    wanted = whole(cookie, -1, low=0)
    place = console(request).places.choice(instance.name, wanted)
    request.state.choice = place
    return place


@contextmanager
def reading(
    request: Request, instance: Instance, *, seconds: float = SECONDS, copy: bool = False
) -> Iterator[Reading]:
    """The chosen books of an instance; the page says as of when they are."""
    place = chosen(request, instance).place
    places = console(request).places
    with places.read(instance.name, place, seconds=seconds, copy=copy) as opened:
        if not copy:
            request.state.as_of = opened.as_of
        yield opened
