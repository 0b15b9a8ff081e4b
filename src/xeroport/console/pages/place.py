"""Choosing the destination that an instance's pages read."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from xeroport.console.web.chosen_place import cookie_name
from xeroport.console.web.forms import form_at, text, way_back
from xeroport.console.web.navigation import after_switch
from xeroport.console.web.render import remember_instance
from xeroport.console.web.state import console, instance_of
from xeroport.store import instances

YEAR = 365 * 86_400


def choose(request: Request, form: FormData) -> Response:
    """Keep the choice in this browser."""
    name = instance_of(request).name
    response = RedirectResponse(way_back(form), 303)
    wanted = text(form, "place")
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 16:
        response.set_cookie(
            cookie_name(name), wanted, max_age=YEAR, samesite="strict", httponly=True
        )
    return response


def switch(request: Request, form: FormData) -> Response:
    """Show another organisation, on the same page where it has one."""
    name = instances.get(console(request).store, text(form, "to")).name
    response = RedirectResponse(after_switch(way_back(form), name), 303)
    remember_instance(response, name)
    return response


ROUTES = [
    form_at("/switch", switch, "view"),
    form_at("/instances/{instance}/place", choose, "view"),
]
