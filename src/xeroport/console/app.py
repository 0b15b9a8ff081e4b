"""The console as an ASGI app: routes, guard and error pages around one home folder."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import duckdb
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from xeroport.console.jobs import xero_sign_in
from xeroport.console.jobs.commands import Work
from xeroport.console.jobs.demo import DemoOrganisation
from xeroport.console.jobs.own_scheduler import OwnScheduler
from xeroport.console.jobs.remembered_layouts import RememberedLayouts
from xeroport.console.jobs.reviews import Reviews
from xeroport.console.jobs.uploads import Uploads
from xeroport.console.pages import (
    access,
    agents,
    books,
    data,
    document,
    endpoints,
    event_stream,
    fleet,
    flow_editor,
    flows,
    guide,
    history,
    inbox,
    instances,
    login,
    outbox,
    overview,
    place,
    proposals,
    push,
    push_results,
    record,
    runs,
    schedules,
    search,
    sign_in,
    sql,
    statement_lines,
    statements,
    summary,
    tries,
    undo,
    views,
    wizard,
)
from xeroport.console.reading import sql_process
from xeroport.console.reading.book_places import Places
from xeroport.console.reading.books_protocol import NoBooks
from xeroport.console.reading.engine_words import unreadable
from xeroport.console.web.guard import ConsoleAccess, SignInGuard
from xeroport.console.web.render import STATIC, page, problem
from xeroport.console.web.roles import route_of
from xeroport.console.web.state import Console
from xeroport.errors import AccessError, UnknownName, XeroportError
from xeroport.store.calls.file import Calls
from xeroport.store.database import Store
from xeroport.store.machine_errors import of_the_machine

log = logging.getLogger("xeroport.console")
PAGES = (
    login, wizard, sign_in, instances, summary, overview, statement_lines, statements, place,
    views, books, document, history, search, data, record, sql, push, push_results,
    outbox, proposals, undo, endpoints, tries, runs, schedules, flow_editor, flows, inbox,
    fleet, access, agents, guide, event_stream,
)  # fmt: skip


def build(
    home: Path,
    *,
    console_access: ConsoleAccess | None = None,
    hosts: frozenset[str] = frozenset({"127.0.0.1", "localhost", "::1"}),
    cookie: str = "xeroport",
    extra_routes: tuple[BaseRoute, ...] = (),
    open_paths: tuple[str, ...] = (),
) -> Starlette:
    """The console over a home folder. `extra_routes` (with their `open_paths`) let another part,
    such as the webhook's receiver, answer beside it."""
    keeper = console_access or ConsoleAccess()
    store = Store(home)
    keeper.keep_in(store)
    uploads = Uploads(home)
    state = Console(
        store=store,
        home=home,
        console_access=keeper,
        places=Places(home, store),
        work=Work(home, store),
        demo=DemoOrganisation(home, store),
        uploads=uploads,
        layouts=RememberedLayouts(home),
        reviews=Reviews(store, uploads),
        calls=Calls(home),
        scheduler=OwnScheduler(home, store),
        cookie=cookie,
    )
    routes: list[BaseRoute] = [each for module in PAGES for each in module.ROUTES]
    routes.append(Mount("/login/static", StaticFiles(directory=STATIC), name="static"))
    routes += extra_routes
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(
                SignInGuard,
                console_access=keeper,
                hosts=hosts,
                cookie=cookie,
                open_paths=open_paths,
            )
        ],
        exception_handlers={
            HTTPException: _http_problem,
            XeroportError: _known_problem,
            duckdb.Error: _unreadable,
            ClientDisconnect: _too_long,
            Exception: _unexpected,
        },
        lifespan=_lifespan,
    )
    app.state.console = state
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    state: Console = app.state.console
    state.demo.resume()
    state.scheduler.resume()
    try:
        yield
    finally:
        state.work.close()
        xero_sign_in.end_unfinished()
        state.scheduler.close()
        state.demo.close()
        state.places.close()
        sql_process.close()


def _known_problem(request: Request, error: Exception) -> Response:
    """Our own errors as a page, in their own words."""
    assert isinstance(error, XeroportError)
    if isinstance(error, NoBooks):
        name = request.path_params.get("instance", "")
        here = request.url.path.rsplit("/", 1)[-1]
        return page(request, "no_books.html", name=name, error=error, here=here)
    if isinstance(error, UnknownName):
        return problem(request, error, status=404)
    return problem(request, error, status=403 if isinstance(error, AccessError) else 422)


def _unreadable(request: Request, error: Exception) -> Response:
    """Books that DuckDB cannot read: damaged, or made by another version."""
    assert isinstance(error, duckdb.Error)
    return problem(request, unreadable(error))


def _too_long(request: Request, error: Exception) -> Response:
    """A body that outgrew the guard's limit, or a visitor who left."""
    return PlainTextResponse("that is more than this page takes", 413)


def _unexpected(request: Request, error: Exception) -> Response:
    """A failure of ours: a plain page, the details in the log."""
    log.error("unexpected error on %s", request.url.path, exc_info=error)
    meant = of_the_machine(error)
    if meant is not None:
        return problem(request, meant)
    return PlainTextResponse(
        "Something went wrong here. Nothing more was done; the details are in the log.", 500
    )


def _page_above(request: Request) -> str:
    """The page that a form's address belongs to: somebody reloads what was wrong with a form, or
    comes back to its address; "" for none."""
    path = request.url.path
    while path := path.rpartition("/")[0]:
        if route_of(request.app.routes, "GET", path) is not None:
            return path
    return ""


def _http_problem(request: Request, error: Exception) -> Response:
    """Starlette's own refusals (no such page, wrong method) as a page."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405 and request.method == "GET" and (above := _page_above(request)):
        return RedirectResponse(above, 303)
    if error.status_code == 404:
        told = XeroportError("there is no such page", hint="the address may be mistyped")
    elif error.status_code == 405:
        told = XeroportError("this page cannot be used that way")
    else:
        told = XeroportError(error.detail)
    return problem(request, told, status=error.status_code)
