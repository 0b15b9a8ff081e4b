"""Choosing the destination that an instance's pages read."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from xeroport.console.reading.chosen_place import cookie_name
from xeroport.console.web.forms import form, text, way_back
from xeroport.console.web.navigation import after_switch
from xeroport.console.web.render import remember_instance
from xeroport.console.web.roles import form_at
from xeroport.console.web.state import console
from xeroport.store import instances

YEAR = 365 * 86_400


async def choose(request: Request) -> Response:
    """Keep the choice in this browser."""
    found = await form(request)
    name = instances.get(console(request).store, request.path_params["instance"]).name
    response = RedirectResponse(way_back(found), 303)
    wanted = text(found, "place")
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 16:
        response.set_cookie(
            cookie_name(name), wanted, max_age=YEAR, samesite="strict", httponly=True
        )
    return response


async def switch(request: Request) -> Response:
    """Show another organisation, on the same page where it has one."""
    found = await form(request)
    name = instances.get(console(request).store, text(found, "to")).name
    response = RedirectResponse(after_switch(way_back(found), name), 303)
    remember_instance(response, name)
    return response


ROUTES = [
    form_at("/switch", switch, "view"),
    form_at("/instances/{instance}/place", choose, "view"),
]
