"""Saved views: what a person chose on a list or a statement, under a name."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from xeroport.console.web.address_numbers import whole
from xeroport.console.web.forms import form_at, text
from xeroport.console.web.render import said
from xeroport.console.web.state import console, instance_of
from xeroport.errors import InputError
from xeroport.store import saved_views
from xeroport.store.saved_views import SavedView

PAGE = re.compile(r"(books|statements|data)/[\w-]{1,80}")
LONGEST = 2_000
NAME = 60
LEFT_OUT = frozenset({"said", "from"})
"""What an address says of the moment, not of the choice."""


def views_of(request: Request, instance: str, page: str) -> tuple[SavedView, ...]:
    """The saved views of a page."""
    return saved_views.of_page(console(request).store, instance, page)


def save(request: Request, form: FormData) -> Response:
    """Save what the page shows."""
    page, query = text(form, "page"), text(form, "query")
    name = " ".join(text(form, "name").replace("\0", "").split())
    store = console(request).store
    instance = instance_of(request)
    if not PAGE.fullmatch(page):
        raise InputError("this page cannot be saved as a view", hint="go back and try again")
    chosen = [pair for pair in parse_qsl(query[:LONGEST]) if pair[0] not in LEFT_OUT]
    where = f"/instances/{instance.name}/{page}?{urlencode(chosen)}"
    if not name or len(name) > NAME:
        return said(request, where, "the view needs a name", tone="bad",
                    hint=f"up to {NAME} letters, such as: Overdue in November")  # fmt: skip
    saved_views.save(store, instance.name, page, name=name, query=urlencode(chosen))
    return said(request, where, "the view is saved: everyone who opens this console has it")


def remove(request: Request, form: FormData) -> Response:
    """Forget a saved view."""
    page, view = text(form, "page"), text(form, "view")
    store = console(request).store
    instance = instance_of(request)
    saved_views.remove(store, instance.name, whole(view, 0, low=0))
    where = f"/instances/{instance.name}/{page if PAGE.fullmatch(page) else 'books'}"
    return said(request, where, "the view is removed")


ROUTES = [
    form_at("/instances/{instance}/views", save),
    form_at("/instances/{instance}/views/remove", remove),
]
