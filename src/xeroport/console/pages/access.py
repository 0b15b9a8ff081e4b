"""Who can open this console: sessions, links, roles."""

from __future__ import annotations

import time
from typing import cast, get_args

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from xeroport.console.web.forms import choice, form_at
from xeroport.console.web.render import page
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import console
from xeroport.store import console_access
from xeroport.store.console_access import Role


def show(request: Request, link: str = "", role: str = "act") -> HTMLResponse:
    """Sessions and links; `link` is a new one, for a role."""
    state = console(request)
    return page(
        request,
        "access.html",
        here="access",
        sessions=console_access.count_sessions(state.store, now=time.time()),
        role=request.scope["session"]["role"],
        has_password=state.console_access.has_password,
        link=link,
        link_role=role,
    )


def new_link(request: Request, form: FormData) -> Response:
    """Make a link for another browser or another person."""
    role = cast(Role, choice(form, "role", *get_args(Role)))
    token = console(request).console_access.new_link(role)
    base = str(request.base_url).rstrip("/")
    return show(request, f"{base}/login?link={token}", role)


ROUTES = [page_at("/access", show), form_at("/access/link", new_link)]
