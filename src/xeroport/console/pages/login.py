"""The start, signing in and out, the theme, and the charting script from the installed package."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from xeroport import logs
from xeroport.console.web.forms import form_at, text, way_back
from xeroport.console.web.password_line import LineFull
from xeroport.console.web.render import THEMES, environment
from xeroport.console.web.roles import RoleRoute, page_at
from xeroport.console.web.state import console
from xeroport.store import console_access as access
from xeroport.store.console_access import Role

YEAR = 365 * 86_400
MONTH = 30 * 86_400
FORM_SECONDS = 10.0
"""How long a stranger may take to send a password."""


async def start(request: Request) -> Response:
    """The first page: the instances."""
    return RedirectResponse("/instances", 303)


LATE = "This browser is signed out. What you just sent was not done; sign in and send it again."


def _login_page(request: Request, problem: str = "", status: int = 200) -> HTMLResponse:
    theme = request.cookies.get("xeroport_theme", "")
    text = (
        environment()
        .get_template("login.html")
        .render(
            theme=theme if theme in THEMES else "",
            problem=problem,
            has_password=console(request).console_access.has_password,
        )
    )
    return HTMLResponse(text, status_code=status)


def _enter(request: Request, token: str) -> Response:
    state = console(request)
    response = RedirectResponse("/", 303)
    response.set_cookie(
        state.cookie,
        token,
        max_age=MONTH,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        path="/",
    )
    return response


async def login(request: Request) -> Response:
    """The login page; with a fresh one-time link, a session."""
    link = request.query_params.get("link")
    if link is None:
        if request.scope["session"]["csrf"]:
            return RedirectResponse("/", 303)
        return _login_page(request, LATE if "late" in request.query_params else "")
    token = console(request).console_access.enter_by_link(link)
    if token is None:
        return _login_page(request, "This link was used already or is not of this console.", 403)
    return _enter(request, token)


async def password(request: Request) -> Response:
    """Sign in by password; wrong ones cost time, by address."""
    state = console(request)
    try:
        async with asyncio.timeout(FORM_SECONDS):
            found = await request.form(max_files=0, max_fields=8, max_part_size=4096)
    except TimeoutError:
        return _login_page(request, "That took too long; try again.", 408)
    offered = str(found.get("password", ""))
    logs.hide(offered)
    roles: list[Role | None] = []

    def is_right() -> bool:
        roles.append(state.console_access.role_of(offered))
        return roles[-1] is not None

    address = request.client.host if request.client else ""
    try:
        await state.password_line.check(address, is_right)
    except LineFull:
        return _login_page(
            request, "Too many passwords came from your address. Wait a moment.", 429
        )
    role = roles[-1]
    if role is None:
        return _login_page(request, "That is not the password.", 403)
    return _enter(request, await run_in_threadpool(state.console_access.enter, role))


def leave(request: Request, _: FormData) -> Response:
    """End the session."""
    console(request).console_access.leave(request.scope["session"]["token"])
    return _signed_out(request)


def leave_all(request: Request, _: FormData) -> Response:
    """Sign every browser out, this one too."""
    access.end_all(console(request).store)
    return _signed_out(request)


def _signed_out(request: Request) -> Response:
    response = RedirectResponse("/login", 303)
    response.delete_cookie(console(request).cookie)
    return response


def theme(request: Request, form: FormData) -> Response:
    """Remember light, dark or the system's choice, and go back."""
    chosen = text(form, "theme")
    response = RedirectResponse(way_back(form), 303)
    if chosen in THEMES:
        response.set_cookie("xeroport_theme", chosen, max_age=YEAR, samesite="strict")
    return response


async def plotly(request: Request) -> Response:
    """Plotly's own script, as its Python package brings it."""
    spec = find_spec("plotly")
    if spec is None or not spec.submodule_search_locations:
        raise HTTPException(404, "the charts need `pip install 'xeroport[console]'`")
    path = Path(spec.submodule_search_locations[0]) / "package_data" / "plotly.min.js"
    return FileResponse(
        path, media_type="text/javascript", headers={"Cache-Control": "private, max-age=86400"}
    )


ROUTES = [
    page_at("/", start),
    page_at("/login", login),
    RoleRoute("/login", password, method="POST", role="view"),
    form_at("/login/leave", leave, "view"),
    form_at("/login/leave-all", leave_all),
    form_at("/theme", theme, "view"),
    page_at("/plotly.js", plotly),
]
